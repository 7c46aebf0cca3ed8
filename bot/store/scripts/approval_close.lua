-- KEYS: fence, approval, approvals that are not closed, the audit's. ARGV: fence, member, outcome,
-- TTL, the audit's. The audit's word is 'closed'.
local state = redis.call('HGET', KEYS[2], 'state')
if not state or state == 'closed' then
  return audited(0)
end
local moved = audit('closed')
if moved then
  return moved
end
redis.call('HSET', KEYS[2], 'state', 'closed', 'outcome', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SREM', KEYS[3], ARGV[2])
return audited(1)
