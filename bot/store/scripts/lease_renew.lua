-- KEYS: fence, lease. ARGV: fence, holder, milliseconds. A renewal never shortens the lease.
-- An expired lease that nobody took (the fence is still ours) is taken up again.
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
else
  redis.call('PEXPIRE', KEYS[2], ARGV[3], 'GT')
end
return 1
