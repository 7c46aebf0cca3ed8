-- KEYS: fence, approval. ARGV: fence, the decision that lapses.
-- Another decision that was made since stays.
if redis.call('HGET', KEYS[2], 'state') ~= 'decided'
  or redis.call('HGET', KEYS[2], 'decision') ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[2], 'state', 'open')
redis.call('HDEL', KEYS[2], 'decision')
return 1
