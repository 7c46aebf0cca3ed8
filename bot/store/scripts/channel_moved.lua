-- KEYS: fence, alias of the new id, moved channels. ARGV: fence, old id, TTL of aliases, new id.
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[3], ARGV[4], ARGV[2])
return 1
