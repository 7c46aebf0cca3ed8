-- Says why nothing can be decided or voted now; nil where something can. One rule for both.
-- `approval` and `pause` are keys; `digest` is of what the person saw; denials go past a pause.
-- What an inbox `entry` has decided once, and what lapsed, it does not decide when it is heard again.
local function why_not(approval, pause, digest, approves, entry)
  local state = redis.call('HGET', approval, 'state')
  if not state then
    return 'unknown'
  elseif entry ~= '' and redis.call('HEXISTS', approval, 'lapsed ' .. entry) == 1 then
    return 'lapsed'
  elseif state ~= 'open' then
    return state == 'closed' and 'closed' or 'lost'
  elseif redis.call('HGET', approval, 'digest') ~= digest then
    return 'outdated'
  elseif approves and redis.call('EXISTS', pause) == 1 then
    return 'paused'
  end
  return nil
end
