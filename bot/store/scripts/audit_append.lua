-- KEYS: the audit's. ARGV: the audit's. For what no other script makes true.
return audit('done') or audited(1)
