-- Follows aliases from a thread ("channel:root") to the thread whose conversation it is. A thread
-- has its own alias (continued elsewhere), or its channel has one (moved to a new id).
local function alias(stem, name, ttl)
  return redis.call('GETEX', stem .. name, 'EX', ttl)
end

local function next_place(stem, at, ttl)
  local whole = alias(stem, at, ttl)
  if whole then
    return whole
  end
  local channel, root = string.match(at, '^(.*):([^:]*)$')
  local moved = channel and alias(stem, channel, ttl)
  return moved and (moved .. ':' .. root)
end

-- Answers `thread` itself where no alias leads to a conversation. 8: aliases never form longer
-- chains in practice, and a circle must end.
local function resolve(conversations, aliases, thread, ttl)
  local at = thread
  for _ = 1, 8 do
    if redis.call('EXISTS', conversations .. at) == 1 then
      return at
    end
    at = next_place(aliases, at, ttl)
    if not at then
      return thread
    end
  end
  return thread
end
