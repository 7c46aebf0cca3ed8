"""A Pulumi Neo API on the loopback: every endpoint, live event streams, scripted agents, faults."""
