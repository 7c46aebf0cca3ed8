-- Follows names from a thread ("channel:root") to the thread whose conversation it is. A thread has
-- its own alias (continued elsewhere), it is no root but a message of ours in a thread, or its channel
-- has an alias (moved to a new id).
local function alias(stem, name, ttl)
  return redis.call('GETEX', stem .. name, 'EX', ttl)
end

local function next_place(stem, posted, at, ttl)
  local whole = alias(stem, at, ttl) or redis.call('GET', posted .. at)
  if whole then
    return whole
  end
  local channel, root = string.match(at, '^(.*):([^:]*)$')
  local moved = channel and alias(stem, channel, ttl)
  return moved and (moved .. ':' .. root)
end

-- Answers `thread` itself where none leads to a conversation. 8: names never form longer
-- chains in practice, and a circle must end.
local function resolve(conversations, aliases, posted, thread, ttl)
  local at = thread
  for _ = 1, 8 do
    if redis.call('EXISTS', conversations .. at) == 1 then
      return at
    end
    at = next_place(aliases, posted, at, ttl)
    if not at then
      return thread
    end
  end
  return thread
end
