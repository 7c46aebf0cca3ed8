-- KEYS: fence, approval. ARGV: fence, digest of what the person saw, decision.
-- Answers the verdict and the decision that stands.
local state = redis.call('HGET', KEYS[2], 'state')
if not state then
  return { 'unknown', '' }
end
local standing = redis.call('HGET', KEYS[2], 'decision') or ''
if state ~= 'open' then
  return { state == 'closed' and 'closed' or 'lost', standing }
end
if redis.call('HGET', KEYS[2], 'digest') ~= ARGV[2] then
  return { 'outdated', '' }
end
redis.call('HSET', KEYS[2], 'state', 'decided', 'decision', ARGV[3])
return { 'won', ARGV[3] }
