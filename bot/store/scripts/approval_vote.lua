-- KEYS: fence, approval, pause, the audit's. ARGV: fence, digest of what the person saw, who they
-- are, their vote, its inbox entry, the audit's. Answers the verdict, which is the audit's word, and the votes that stand,
-- oldest first: one of each person, each for what is asked now.
local votes = {}
for _, vote in ipairs(cjson.decode(redis.call('HGET', KEYS[2], 'votes') or '[]')) do
  if vote[3] == ARGV[2] then -- an older version of this program may have left others there
    votes[#votes + 1] = vote
  end
end

local function known_or_new()
  for _, vote in ipairs(votes) do
    if vote[1] == ARGV[3] then
      return 'known'
    end
  end
  return 'voted'
end

local verdict = why_not(KEYS[2], KEYS[3], ARGV[2], true, ARGV[5]) or known_or_new()
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
