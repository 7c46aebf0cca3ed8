-- KEYS: head, entries. Answers the head, the server's time, and how many entries there are.
return { redis.call('GET', KEYS[1]) or '', seconds(now()), redis.call('LLEN', KEYS[2]) }
