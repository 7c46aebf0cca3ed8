"""A page that reads as Slack: people act in it, the bridge answers, and faults are a click away."""
