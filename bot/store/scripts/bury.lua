-- KEYS: fence, inbox, dead letters, attempts. ARGV: fence, entry id, input, error.
-- Only what was in the inbox is buried, so that a repetition buries nothing twice.
if redis.call('XDEL', KEYS[2], ARGV[2]) == 0 then
  return 0
end
redis.call('XADD', KEYS[3], '*', 'json', ARGV[3], 'error', ARGV[4], 'entry', ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2] .. ':errors', ARGV[2] .. ':deaths', ARGV[2] .. ':by')
return 1
