-- KEYS: dead letters, inbox. ARGV: id of the letter, the input as it is to be taken in.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], '*', 'json', ARGV[2])
return 1
