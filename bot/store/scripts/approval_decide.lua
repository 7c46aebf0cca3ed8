-- KEYS: fence, approval, pause, the audit's. ARGV: fence, digest of what the person saw, decision,
-- '1' if it approves, its inbox entry, the audit's. Answers the verdict, which is the audit's word,
-- and the decision that stands.
local standing = redis.call('HGET', KEYS[2], 'decision') or ''
local verdict = why_not(KEYS[2], KEYS[3], ARGV[2], ARGV[4] == '1', ARGV[5]) or 'won'
local moved = audit(verdict, verdict == 'won')
if moved then
  return moved
end
if verdict == 'won' then
  standing = ARGV[3]
  redis.call('HSET', KEYS[2], 'state', 'decided', 'decision', standing)
end
return audited({ verdict, standing })
