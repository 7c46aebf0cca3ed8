-- Says why nothing can be decided or voted now; nil where something can. One rule for both.
-- `approval` and `pause` are keys; `digest` is of what the person saw; denials go past a pause.
local function why_not(approval, pause, digest, approves)
  local state = redis.call('HGET', approval, 'state')
  if not state then
    return 'unknown'
  elseif state ~= 'open' then
    return state == 'closed' and 'closed' or 'lost'
  elseif redis.call('HGET', approval, 'digest') ~= digest then
    return 'outdated'
  elseif approves and redis.call('EXISTS', pause) == 1 then
    return 'paused'
  end
  return nil
end
