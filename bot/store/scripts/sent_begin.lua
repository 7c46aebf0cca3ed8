-- KEYS: fence, mark. ARGV: fence, the call's timeout in seconds, TTL, then fields and values.
-- Records that a call goes out now; a mark that is done stays so.
if redis.call('HGET', KEYS[2], 'state') == 'done' then
  return 0
end
local at = now()
redis.call('HSET', KEYS[2], 'state', 'sent',
  'at', seconds(at), 'deadline', seconds(at + tonumber(ARGV[2])), unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
