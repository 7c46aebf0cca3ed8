-- KEYS: fence, approval, pause, the audit's. ARGV: fence, digest of what the person saw, who they
-- are, their vote, the audit's. Answers the verdict, which is the audit's word, and the votes that stand,
-- oldest first: one of each person, each for what is asked now.
local state = redis.call('HGET', KEYS[2], 'state')
local votes = {}
for _, vote in ipairs(cjson.decode(redis.call('HGET', KEYS[2], 'votes') or '[]')) do
  if vote[3] == ARGV[2] then -- an older version of this program may have left others there
    votes[#votes + 1] = vote
  end
end

local function judge()
  if not state then
    return 'unknown'
  elseif state ~= 'open' then
    return state == 'closed' and 'closed' or 'lost'
  elseif redis.call('HGET', KEYS[2], 'digest') ~= ARGV[2] then
    return 'outdated'
  elseif redis.call('EXISTS', KEYS[3]) == 1 then
    return 'paused'
  end
  for _, vote in ipairs(votes) do
    if vote[1] == ARGV[3] then
      return 'known'
    end
  end
  return 'voted'
end

local verdict = judge()
local moved = audit(verdict, verdict == 'voted')
if moved then
  return moved
end
if verdict == 'voted' then
  votes[#votes + 1] = { ARGV[3], ARGV[4], ARGV[2] }
  redis.call('HSET', KEYS[2], 'votes', cjson.encode(votes))
end
local standing = {}
for place, vote in ipairs(votes) do
  standing[place] = vote[2]
end
return audited({ verdict, standing })
