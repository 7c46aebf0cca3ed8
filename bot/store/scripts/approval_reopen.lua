-- KEYS: fence, approval. ARGV: fence, the decision that lapses.
-- Another decision that was made since stays. What is asked may have changed meanwhile.
if redis.call('HGET', KEYS[2], 'state') ~= 'decided'
  or redis.call('HGET', KEYS[2], 'decision') ~= ARGV[2] then
  return 0
end
local digest = redis.call('HGET', KEYS[2], 'digest_now')
if digest then
  local record = redis.call('HGET', KEYS[2], 'record_now')
  redis.call('HSET', KEYS[2], 'record', record, 'digest', digest)
end
redis.call('HSET', KEYS[2], 'state', 'open')
redis.call('HDEL', KEYS[2], 'decision', 'record_now', 'digest_now')
return 1
