-- KEYS: inbox, stems of conversations, of aliases, of posted messages, of starting threads, moved
-- channels, marks..., seals...
-- ARGV: input, thread or '', '1' if addressed, TTL of marks, of starting, of aliases, seals' number,
-- a channel's new id or '', its old one.
local input, thread, addressed = ARGV[1], ARGV[2], ARGV[3] == '1'
local last_mark = #KEYS - tonumber(ARGV[7])

for i = last_mark + 1, #KEYS do
  redis.call('SET', KEYS[i], '1', 'EX', ARGV[4])
end

local known = 0
for i = 7, last_mark do
  known = known + redis.call('EXISTS', KEYS[i])
end

local function remember()
  for i = 7, last_mark do
    redis.call('SET', KEYS[i], '1', 'EX', ARGV[4])
  end
end

if known > 0 then
  -- The same thing under one more name: a third delivery may carry that one alone.
  remember()
  return 'duplicate'
end

local function has_conversation()
  local place = resolve(KEYS[2], KEYS[3], KEYS[4], thread, ARGV[6])
  return redis.call('EXISTS', KEYS[2] .. place) == 1
    or redis.call('EXISTS', KEYS[5] .. thread) == 1
end

if not addressed and (thread == '' or not has_conversation()) then
  return 'not_addressed'
end

remember()
if addressed and thread ~= '' then
  redis.call('SET', KEYS[5] .. thread, '1', 'EX', ARGV[5])
end
if ARGV[8] ~= '' then -- at once: what is said there from now on is known by the old id alone
  redis.call('SET', KEYS[3] .. ARGV[8], ARGV[9], 'EX', ARGV[6])
  redis.call('HSET', KEYS[6], ARGV[8], ARGV[9])
end
redis.call('XADD', KEYS[1], '*', 'json', input)
return 'stored'
