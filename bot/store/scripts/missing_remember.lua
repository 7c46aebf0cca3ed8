-- KEYS: missing features. ARGV: feature, TTL.
redis.call('ZADD', KEYS[1], seconds(now() + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', seconds(now()))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
