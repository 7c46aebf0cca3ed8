-- KEYS: mark. Answers its fields and the server's time.
local mark = redis.call('HGETALL', KEYS[1])
mark[#mark + 1] = 'now'
mark[#mark + 1] = seconds(now())
return mark
