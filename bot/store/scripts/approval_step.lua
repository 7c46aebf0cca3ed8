-- KEYS: fence, approval. ARGV: fence, digest of what is asked, the step that was done.
-- A step belongs to what is asked: where that has changed, the next one begins anew.
if redis.call('HGET', KEYS[2], 'state') == 'open'
  and redis.call('HGET', KEYS[2], 'digest') == ARGV[2] then
  local done = redis.call('HGET', KEYS[2], 'steps') or ''
  redis.call('HSET', KEYS[2], 'steps', done .. ARGV[3] .. ' ')
  return 1
end
return 0
