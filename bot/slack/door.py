"""The one door for outgoing Slack calls: paced, by priority, behind the lease check."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot.clock import Clock, Sleep
from bot.errors import SlackError, SlackRateLimited
from bot.slack.ops import ChatPostMessage, FilesCompleteUpload, Priority, Sent, SlackOp
from bot.slack.pacing import Lane, Pace, Pacer
from bot.slack.sender import UPLOAD, SlackSender, request_of
from bot.slack.session import Call

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_T = TypeVar("_T")


TIER_2, TIER_3, TIER_4 = 20, 50, 100
"""Calls a minute of each method in one workspace (Slack's rate limits page)."""

POSTS_PER_MINUTE = 240
"""Posts a minute in one workspace: Slack says "several hundred" and no number."""

PER_MINUTE: Mapping[str, int] = {
    "agents.sessions.rename": TIER_3,
    "agents.sessions.setStatus": TIER_3,
    "bots.info": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": POSTS_PER_MINUTE,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "reactions.add": TIER_3,
    "reactions.remove": TIER_2,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.conversations": TIER_3,
    "users.info": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.update": TIER_4,
}

BURST_SHARE = 0.2
"""The share of a minute's calls that may go at once; the rest is spread over the minute, so
that no minute, wherever it begins, has more calls than its limit."""

CHANNEL_PACE = Pace(per_second=1.0, burst=3)
"""Posts in one channel: Slack's rule is one a second, with short bursts tolerated."""

CARD_SECONDS = 3.0
"""Between two updates of one message: Slack's advice for progress displays."""

CARDS_SECONDS = 1.5
"""The same for each such message of the workspace: together they stay within `chat.update`'s."""

MOST_CHANNELS = 10_000
"""Channels whose pace is remembered before the idle ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the door keeps to; the defaults are Slack's own for an internal app."""

    per_minute: Mapping[str, int] = field(default_factory=lambda: PER_MINUTE)
    otherwise: int = TIER_3
    channel: Pace = CHANNEL_PACE
    card: float = CARD_SECONDS
    per_card: float = CARDS_SECONDS

    def pace_of(self, method: str) -> Pace:
        """Return the pace of a method in the whole workspace."""
        return spread(self.per_minute.get(method, self.otherwise))


@dataclass(slots=True)
class DoorStats:
    """Running totals, for metrics."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Calls by method and outcome: `ok`, or Slack's error word."""
    waited: Counter[str] = field(default_factory=Counter[str])
    """Whole milliseconds waited for a turn, by method."""


def spread(per_minute: int) -> Pace:
    """Return a pace that stays within `per_minute` calls in any 60 seconds."""
    burst = max(1, int(per_minute * BURST_SHARE))
    return Pace(per_second=max(1, per_minute - burst) / 60, burst=burst)


class Door:
    """Makes calls when their turn comes.

    `before_call` is awaited before an op with its longest duration in seconds, after every wait
    and right before the wire; what it raises (`LeaseLost`) keeps the call from being made.
    """

    def __init__(
        self,
        sender: SlackSender,
        *,
        before_call: Callable[[float], Awaitable[None]],
        clock: Clock,
        sleep: Sleep,
        limits: Limits | None = None,
    ) -> None:
        self.stats = DoorStats()
        self._sender = sender
        self._before_call = before_call
        self._clock = clock
        self._limits = limits or Limits()
        self._pacer = Pacer(clock, sleep)
        self._methods: dict[str, Lane] = {}
        self._channels: dict[str, Lane] = {}

    def update_interval(self, live_cards: int) -> float:
        """Return the seconds between two updates of one of `live_cards` messages."""
        return max(self._limits.card, self._limits.per_card * live_cards)

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._pacer.waiting

    async def call(
        self,
        op: SlackOp,
        priority: Priority,
        *,
        record: Callable[[], Awaitable[None]] | None = None,
        latest: Callable[[], SlackOp] | None = None,
    ) -> Sent:
        """Carry out an op once; only a 429, which did nothing, is tried again.

        `record` is awaited right before the wire, after every wait: what it writes down has the
        call's own time. `latest` gives, in that moment, the op to send in the place of `op`: the
        same call with what is true by then. Raises `SlackError`, or what `before_call` or `record`
        raises.
        """
        method = request_of(op).method
        posts = isinstance(op, ChatPostMessage | FilesCompleteUpload)
        lanes = self._lanes(method, op.channel if posts else "")

        async def send() -> Sent:
            await self._before_call(self._sender.call_timeout)
            if record is not None:
                await record()
                # A process that was stopped meanwhile may own nothing any more.
                await self._before_call(self._sender.call_timeout)
            return await self._sender.send(latest() if latest else op)

        return await self._pass(method, lanes, priority, send)

    def paced(self, call: Call, priority: Priority = Priority.TEXT) -> Call:
        """Return `call` as it goes through the door, for the reader.

        Without the lease check: reading changes nothing, and any replica may read.
        """

        async def through(
            method: str, arguments: Mapping[str, object] | None = None
        ) -> Mapping[str, object]:
            lanes = self._lanes(method, "")
            return await self._pass(method, lanes, priority, lambda: call(method, arguments))

        return through

    async def _pass(
        self,
        method: str,
        lanes: list[Lane],
        priority: Priority,
        call: Callable[[], Awaitable[_T]],
    ) -> _T:
        seat = self._pacer.seat()
        while True:
            await self._turn(method, lanes, priority, seat)
            try:
                answer = await call()
            except SlackRateLimited as limited:
                self._back_off(method, lanes, limited)
            except SlackError as error:
                self.stats.calls[method, error.code] += 1
                raise
            else:
                self.stats.calls[method, "ok"] += 1
                return answer

    async def _turn(self, method: str, lanes: list[Lane], priority: Priority, seat: int) -> None:
        since = self._clock.monotonic()
        await self._pacer.turn(lanes, priority, seat)
        self.stats.waited[method] += round((self._clock.monotonic() - since) * 1000)

    def _back_off(self, method: str, lanes: list[Lane], limited: SlackRateLimited) -> None:
        self.stats.calls[method, limited.code] += 1
        log.warning("slack_rate_limited", method=method, retry_after=limited.retry_after)
        self._pacer.pause(lanes, limited.retry_after)

    def _lanes(self, method: str, channel: str) -> list[Lane]:
        if method == UPLOAD:  # goes to a file server that has no stated limit
            return []
        lanes = [self._methods.setdefault(method, Lane(self._limits.pace_of(method)))]
        if channel:
            lanes.append(self._channel_lane(channel))
        return lanes

    def _channel_lane(self, channel: str) -> Lane:
        if len(self._channels) > MOST_CHANNELS:
            now = self._clock.monotonic()
            self._channels = {
                name: lane for name, lane in self._channels.items() if not lane.is_idle(now)
            }
        return self._channels.setdefault(channel, Lane(self._limits.channel))
