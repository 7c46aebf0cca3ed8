-- KEYS: fence, approval, approvals that are not closed. ARGV: fence, member, record, digest.
-- An open one follows what is shown now; a decided one keeps what it was decided on, and what is
-- asked now beside it, for when the decision lapses; a closed one is never touched.
local state = redis.call('HGET', KEYS[2], 'state')
if state == 'decided' then
  redis.call('HSET', KEYS[2], 'record_now', ARGV[3], 'digest_now', ARGV[4])
elseif not state or (state == 'open' and redis.call('HGET', KEYS[2], 'digest') ~= ARGV[4]) then
  redis.call('HSET', KEYS[2], 'state', 'open', 'record', ARGV[3], 'digest', ARGV[4])
  redis.call('HDEL', KEYS[2], 'votes', 'steps') -- they were for what was shown before
  redis.call('SADD', KEYS[3], ARGV[2])
end
return redis.call('HGETALL', KEYS[2])
