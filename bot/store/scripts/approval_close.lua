-- KEYS: fence, approval, approvals that are not closed. ARGV: fence, member, outcome, TTL.
local state = redis.call('HGET', KEYS[2], 'state')
if not state or state == 'closed' then
  return 0
end
redis.call('HSET', KEYS[2], 'state', 'closed', 'outcome', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SREM', KEYS[3], ARGV[2])
return 1
