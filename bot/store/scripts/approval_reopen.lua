-- KEYS: fence, approval, the audit's. ARGV: fence, the decision that lapses, its inbox entry, the
-- audit's. The audit's word is 'open'.
-- Another decision that was made since stays. What is asked may have changed meanwhile.
if redis.call('HGET', KEYS[2], 'state') ~= 'decided'
  or redis.call('HGET', KEYS[2], 'decision') ~= ARGV[2] then
  return audited(0)
end
local moved = audit('open')
if moved then
  return moved
end
local digest = redis.call('HGET', KEYS[2], 'digest_now')
if digest then
  local record = redis.call('HGET', KEYS[2], 'record_now')
  redis.call('HSET', KEYS[2], 'record', record, 'digest', digest)
  redis.call('HDEL', KEYS[2], 'steps')
end
redis.call('HSET', KEYS[2], 'state', 'open', 'lapsed ' .. ARGV[3], '1')
-- With the votes: people agreed that it be done then, not whenever the next one says yes.
redis.call('HDEL', KEYS[2], 'decision', 'record_now', 'digest_now', 'votes')
return audited(1)
