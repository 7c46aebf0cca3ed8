-- KEYS: fence, alias. ARGV: fence, where it leads, TTL.
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
return 1
