-- KEYS: fence, attempts. ARGV: fence, entry id, change of deaths, change of errors.
-- Answers errors and deaths after the change.
local deaths = redis.call('HINCRBY', KEYS[2], ARGV[2] .. ':deaths', ARGV[3])
local errors = redis.call('HINCRBY', KEYS[2], ARGV[2] .. ':errors', ARGV[4])
return { errors, deaths }
