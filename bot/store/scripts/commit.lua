-- One step of a conversation: what changed, what is finished by it, and every lifetime refreshed.
-- KEYS: fence, conversation, done events, inbox, attempts, live, recent, stem of tasks.
-- ARGV: fence, thread, plan as JSON, TTL, then fields and values of the conversation.
local thread, plan, ttl = ARGV[2], cjson.decode(ARGV[3]), ARGV[4]
local used = now()

if #ARGV > 4 then
  redis.call('HSET', KEYS[2], unpack(ARGV, 5))
end
for _, entry in ipairs(plan.entries) do
  redis.call('XDEL', KEYS[4], entry)
  redis.call('HDEL', KEYS[5], entry .. ':errors', entry .. ':deaths', entry .. ':by')
end
for _, event in ipairs(plan.events) do
  redis.call('SADD', KEYS[3], event)
end

local task = redis.call('HGET', KEYS[2], 'task')
if task then
  redis.call('SET', KEYS[8] .. task, thread, 'EX', ttl)
  redis.call('ZADD', KEYS[7], seconds(used), thread)
end

if plan.live == true then
  redis.call('ZADD', KEYS[6], seconds(used), thread)
elseif plan.live == false then
  redis.call('ZREM', KEYS[6], thread)
else
  redis.call('ZADD', KEYS[6], 'XX', seconds(used), thread)
end

-- An index forgets a thread when the thread itself is forgotten.
for _, index in ipairs({ KEYS[6], KEYS[7] }) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', seconds(used - tonumber(ttl)))
  redis.call('EXPIRE', index, ttl)
end
redis.call('EXPIRE', KEYS[2], ttl)
redis.call('EXPIRE', KEYS[3], ttl)
return 1
