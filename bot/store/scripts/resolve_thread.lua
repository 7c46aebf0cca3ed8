-- KEYS: stem of conversations, stem of aliases. ARGV: thread, TTL of aliases.
return resolve(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
