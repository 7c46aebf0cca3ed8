"""Slack's side: payloads in, Web API calls out, Block Kit. Knows nothing of Neo."""
