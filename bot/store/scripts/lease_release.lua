-- KEYS: fence, lease. ARGV: fence. The fence stays: whoever comes next raises it.
redis.call('DEL', KEYS[2])
return 1
