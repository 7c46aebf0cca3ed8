-- The server's clock, so that replicas with different clocks agree.
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local function seconds(value)
  return string.format('%.6f', value)
end
