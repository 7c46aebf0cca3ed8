-- KEYS: stems of conversations, of aliases, of posted messages. ARGV: thread, TTL of aliases.
return resolve(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2])
