-- KEYS: fence, mark, the message by its place if it is in a thread.
-- ARGV: fence, TTL, its thread, fields and values.
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
if KEYS[3] then
  redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[2])
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
