-- KEYS: fence, mark. ARGV: fence, TTL, fields and values.
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
