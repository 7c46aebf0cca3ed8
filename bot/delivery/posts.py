"""Messages, each created once.

An op that creates a message has a key. *Sent* is recorded before the call and *done*, with the
message's `ts`, after it. When the outcome is unknown, nothing is posted until the message has been
looked for, and not before the call can no longer take effect: its own time-out plus a margin.
"""

from collections import deque
from dataclasses import dataclass

import structlog

from bot.clock import Sleep
from bot.delivery.backoff import backoff, wait_after
from bot.errors import (
    Accepted,
    SlackError,
    SlackFeatureMissing,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnavailable,
)
from bot.ids import Ts, ts_seconds
from bot.slack.door import Door
from bot.slack.ops import ChatPostMessage, Content, Priority, Sent
from bot.slack.reader import KEY_MARGIN, Absent, DeletionSeen, Found, KeyLookup, SlackReader
from bot.store.outbox import Mark, MarkState, Outbox

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DELETIONS_KEPT = 1000
"""How many deletions are remembered; they matter for as long as a message is looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to post: a channel, and the thread's root (empty for a message at the top)."""

    channel: str
    thread_ts: Ts = Ts("")


@dataclass(frozen=True, slots=True)
class Posted:
    """The message exists."""

    ts: Ts
    channel: str
    adopted: bool = False
    """There before this call, with the content of the one that created it."""


@dataclass(frozen=True, slots=True)
class NotVerifiable:
    """Whether the message exists can't be known, or somebody deleted it: it is not repeated."""

    why: str


PostOutcome = Posted | NotVerifiable


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a call may take, and how long after that it may still take effect; seconds."""

    call: float
    margin: float

    @property
    def longest(self) -> float:
        """How long after its start a call may still show."""
        return self.call + self.margin


class Posts:
    """Creates messages for one installation."""

    def __init__(
        self,
        *,
        door: Door,
        reader: SlackReader,
        outbox: Outbox,
        timing: Timing,
        sleep: Sleep,
    ) -> None:
        self._door = door
        self._reader = reader
        self._outbox = outbox
        self._timing = timing
        self._sleep = sleep
        self._deleted = deque[tuple[Place, Ts]](maxlen=DELETIONS_KEPT)

    def deleted(self, place: Place, ts: Ts) -> None:
        """Take note that a message which may be ours was deleted in a thread.

        A reply leaves nothing behind by which reading the thread could tell.
        """
        self._deleted.append((place, ts))

    async def post(
        self, place: Place, key: str, content: Content, priority: Priority
    ) -> PostOutcome:
        """Create the message `key` unless it exists, and return where it is.

        Waits while Slack is away or throttles. Raises `SlackError` when Slack refuses for good,
        `LeaseLost` and `StoreUnavailable` as they come.
        """
        op = ChatPostMessage(place.channel, content, place.thread_ts or None, key)
        delays = backoff()
        while True:
            mark = await self._outbox.look(key)
            if mark.state is MarkState.DONE:
                return Posted(mark.ts, mark.channel, adopted=True)
            if mark.state is MarkState.SENT:
                found = await self._look_up(place, key, mark)
                if found is not None:
                    return found
            sent = await self._send(op, priority)
            if sent is not None:
                await self._done(place, key, sent.ts, sent.channel)
                return Posted(sent.ts, sent.channel)
            await self._sleep(next(delays))

    async def _send(self, op: ChatPostMessage, priority: Priority) -> Sent | None:
        """Post once; None when it must be tried again, with the mark saying what is known."""

        async def record() -> None:
            await self._outbox.sent(op.key, seconds=self._timing.call)

        try:
            return await self._door.call(op, priority, record=record)
        except SlackUnavailable as error:
            log.info("post_unanswered", key=op.key, code=error.code, accepted=error.accepted)
            if error.accepted is Accepted.NO:
                await self._outbox.forget(op.key)
            return None
        except SlackError:
            await self._outbox.forget(op.key)
            raise

    async def _look_up(self, place: Place, key: str, mark: Mark) -> PostOutcome | None:
        """Look for a message whose answer was lost; None when it certainly is not there."""
        await self._sleep(mark.settles_in(self._timing.margin))
        match await self._find(place, key, mark):
            case Found(ts):
                log.info("post_adopted", key=key)
                await self._done(place, key, ts, place.channel)
                return Posted(ts, place.channel, adopted=True)
            case Absent() if not self._saw_deletion(place, since=mark.at):
                return None
            case Absent() | DeletionSeen():
                return NotVerifiable("a message was deleted here")
            case NotVerifiable() as unreadable:
                log.warning("post_not_verifiable", key=key, why=unreadable.why)
                return unreadable

    async def _done(self, place: Place, key: str, ts: Ts, channel: str) -> None:
        await self._outbox.done(key, ts=ts, channel=channel, root=place.thread_ts)

    def _saw_deletion(self, place: Place, *, since: float) -> bool:
        oldest = since - KEY_MARGIN
        return any(p == place and ts_seconds(ts) >= oldest for p, ts in self._deleted)

    async def _find(self, place: Place, key: str, mark: Mark) -> KeyLookup | NotVerifiable:
        delays = backoff()
        while True:
            try:
                return await self._reader.find_key(
                    place.channel, place.thread_ts or None, key, since=mark.at
                )
            except (SlackUnavailable, SlackRateLimited) as error:
                log.info("read_back_unanswered", key=key, code=error.code)
                await self._sleep(wait_after(error, delays))
            except (SlackGone, SlackFeatureMissing, SlackRejected) as error:
                return NotVerifiable(error.code)
