-- KEYS: fence, attempts. ARGV: fence, entry id, who begins ('' when an attempt ends), more errors.
-- Answers errors and deaths after the change.
local entry, who = ARGV[2], ARGV[3]
local died = 0
if who == '' then
  redis.call('HDEL', KEYS[2], entry .. ':by')
else
  -- Who began, did not end it, and is not the one who begins now, has died. Who comes back to it
  -- itself only lost the store in the middle.
  local before = redis.call('HGET', KEYS[2], entry .. ':by')
  died = before and before ~= who and 1 or 0
  redis.call('HSET', KEYS[2], entry .. ':by', who)
end
local deaths = redis.call('HINCRBY', KEYS[2], entry .. ':deaths', died)
local errors = redis.call('HINCRBY', KEYS[2], entry .. ':errors', ARGV[4])
return { errors, deaths }
