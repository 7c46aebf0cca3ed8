-- KEYS: lease, fence. ARGV: holder, milliseconds, '1' to take it from whoever has it.
-- Answers the new fence, or nil while another holds the lease.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and ARGV[3] ~= '1' then
  return nil
end
-- Never below the clock: should the server lose its data, a fence of the past is not given again.
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local fence = string.format('%.0f', math.max(last + 1, now() * 1000000))
redis.call('SET', KEYS[2], fence)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return fence
