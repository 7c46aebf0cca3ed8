"""Neo's side: its wire, its events as a closed union, its client. Knows nothing of Slack."""
