-- KEYS: missing features. Answers those whose end is still to come.
return redis.call('ZRANGEBYSCORE', KEYS[1], seconds(now()), '+inf')
