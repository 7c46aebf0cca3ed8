-- KEYS: fence, mark. ARGV: fence. The call certainly did nothing.
return redis.call('DEL', KEYS[2])
