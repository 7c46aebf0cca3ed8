-- Stands in front of every script that writes for an owner.
-- KEYS[1]: the fence. ARGV[1]: the fence that the caller raised when it took the lease.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('FENCED another process owns the installation')
end
