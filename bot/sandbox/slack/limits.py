"""Slack's rate limits: tiers per method, and one message a second per channel. Pure but for time.

Source: Slack's rate limit page (the numbers are minimums) and the tier on each method's page. How
large a burst Slack tolerates is not published: here a method may spend one minute's allowance at
once, and a channel takes three messages at once.
"""

import math
from collections.abc import Mapping
from typing import Any

from bot.clock import Clock

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls per minute by tier."""
CHANNEL_BURST = 3
POSTS_PER_MINUTE = 300
"""The workspace's own cap on posting: "several hundred" a minute."""
POSTING = "chat.postMessage"

TIERS = {
    "apps.connections.open": 3,
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "conversations.replies": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.join": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.conversations": 3,
    "users.list": 2,
    "users.info": 4,
    "bots.info": 3,
    "team.info": 3,
    "reactions.add": 3,
    "reactions.remove": 2,
    "reactions.get": 3,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
    "files.info": 4,
    "views.open": 4,
    "views.update": 4,
    "agents.sessions.setStatus": 3,
    "agents.sessions.rename": 3,
}
"""Tiers by method; a method that is not here has a special one that is not met in practice."""


class _Bucket:
    """Tokens that come back at a steady rate; full at the start."""

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._tokens = capacity
        self._at = now

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token, 0 when there is one."""
        gained = (now - self._at) * self._per_second
        self._tokens = min(self._capacity, self._tokens + gained)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._per_second)

    def take(self) -> None:
        """Spend a token."""
        self._tokens -= 1


class Limits:
    """The budgets of one workspace and app."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, method: str, args: Mapping[str, Any]) -> int:
        """Count a call; return 0, or the seconds for `Retry-After` when it is refused."""
        now = self._clock.monotonic()
        buckets = [*self._of(method, args, now)]
        wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
        if wait:
            return math.ceil(wait)
        for bucket in buckets:
            bucket.take()
        return 0

    def _of(self, method: str, args: Mapping[str, Any], now: float) -> list[_Bucket]:
        if method == POSTING:
            channel = f"{POSTING} {args.get('channel')}"
            return [
                self._bucket(POSTING, POSTS_PER_MINUTE, POSTS_PER_MINUTE / 60, now),
                self._bucket(channel, CHANNEL_BURST, 1.0, now),
            ]
        if method not in TIERS:
            return []
        allowance = PER_MINUTE[TIERS[method]]
        return [self._bucket(method, allowance, allowance / 60, now)]

    def _bucket(self, name: str, capacity: float, per_second: float, now: float) -> _Bucket:
        return self._buckets.setdefault(name, _Bucket(capacity, per_second, now))
