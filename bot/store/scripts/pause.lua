-- KEYS: the pause, the audit's. ARGV: who pauses, or '' to resume, the audit's. Audit's word: 'done'.
-- Answers whether anything changed, and the pause that stands, or has just ended.
local by = redis.call('HGET', KEYS[1], 'by') or ''
local at = redis.call('HGET', KEYS[1], 'at') or ''
if (ARGV[1] == '') == (by == '') then
  return audited({ 0, by, at })
end
local moved = audit('done', true)
if moved then
  return moved
end
if ARGV[1] == '' then
  redis.call('DEL', KEYS[1])
else
  by, at = ARGV[1], seconds(now())
  redis.call('HSET', KEYS[1], 'by', by, 'at', at)
end
return audited({ 1, by, at })
