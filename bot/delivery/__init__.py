"""The way out to Slack: recorded before the call, looked up after a lost answer, posted once."""
