-- Lets a script append to the installation's hash chain together with what it changes. Needs clock.
-- Last KEYS: head, entries, mark. Last ARGV, as JSON: the `head` that the entries are chained to,
-- `facts` (by the script's word for what happened: an `entry` and the `head` after it; not every
-- word has one), `marked` (whether the mark counts), `ttl` of the mark.
-- The script calls `audit` with its word before it writes anything, and returns its answer if there
-- is one: then the chain has moved, nothing was done, and the caller chains anew. At the end it
-- returns `audited(answer)`. `changes`: what happens now cannot have happened before, so that it is
-- recorded whatever the mark says; it is for repetitions that change nothing.
local plan = cjson.decode(ARGV[#ARGV])
local appended = ''

local function audit(word, changes)
  local head_key, entries, mark = KEYS[#KEYS - 2], KEYS[#KEYS - 1], KEYS[#KEYS]
  local fact = plan.facts[word]
  if not fact then
    return nil
  end
  if plan.marked and not changes and redis.call('EXISTS', mark) == 1 then
    return nil -- appended before the caller lost our answer, or died
  end
  local head = redis.call('GET', head_key) or ''
  if head ~= plan.head then
    return { 'moved', head, seconds(now()) }
  end
  redis.call('RPUSH', entries, fact.entry)
  redis.call('SET', head_key, fact.head)
  if plan.marked then
    redis.call('SET', mark, '1', 'EX', plan.ttl)
  end
  appended = fact.head
  return nil
end

local function audited(answer)
  return { appended, answer }
end
