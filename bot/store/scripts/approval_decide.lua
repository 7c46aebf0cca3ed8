-- KEYS: fence, approval, pause, the audit's. ARGV: fence, digest of what the person saw, decision,
-- '1' if it approves, the audit's. Answers the verdict, which is the audit's word, and the decision
-- that stands.
local state = redis.call('HGET', KEYS[2], 'state')
local standing = redis.call('HGET', KEYS[2], 'decision') or ''

local function judge()
  if not state then
    return 'unknown'
  elseif state ~= 'open' then
    return state == 'closed' and 'closed' or 'lost'
  elseif redis.call('HGET', KEYS[2], 'digest') ~= ARGV[2] then
    return 'outdated'
  elseif ARGV[4] == '1' and redis.call('EXISTS', KEYS[3]) == 1 then
    return 'paused'
  end
  return 'won'
end

local verdict = judge()
local moved = audit(verdict, verdict == 'won')
if moved then
  return moved
end
if verdict == 'won' then
  standing = ARGV[3]
  redis.call('HSET', KEYS[2], 'state', 'decided', 'decision', standing)
end
return audited({ verdict, standing })
