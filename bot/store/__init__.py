"""All of Redis: keys and their lifetimes, fenced scripts, the embedded server. Knows no network."""
