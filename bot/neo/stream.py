"""Following a task: one endless stream of events over as many connections as it takes.

A stream that drops, falls silent or is refused for the time being is opened again, after the last
event seen. What cannot be read is counted, logged once per kind and skipped.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random

import structlog

from bot.clock import Clock, Sleep
from bot.errors import NeoError, NeoProtocolError, NeoRateLimited, NeoUnavailable
from bot.ids import EventId, TaskId
from bot.neo.client import NeoClient
from bot.neo.decode import decode_console_event, is_cursor
from bot.neo.events import StreamedEvent, Unknown
from bot.neo.http import Frame
from bot.neo.identity import Identity
from bot.neo.retry import backoff, wait_after

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SILENCE_SECONDS = 90.0
"""A stream without even a keep-alive for so long is dead; dropping a live one costs a reconnect."""

LONGEST_ASKED_SECONDS = 300.0
"""The most of a `Retry-After` that is honoured: a wrong one must not silence a task for a day."""

KINDS = 100
"""Different kinds of skipped frames that are told apart: their names come from outside."""

OTHER_KINDS = "(other)"
TOO_LONG = "(too long)"

_HEALED_BY_TIME = (
    NeoUnavailable,
    NeoRateLimited,
    NeoProtocolError,  # 2xx but no stream: some proxy's page, gone with the proxy's trouble
)


@dataclass(slots=True)
class StreamStats:
    """What happened on all streams that share it, for metrics; `opened` counts connections."""

    opened: int = 0
    reconnects: Counter[str] = field(default_factory=Counter[str])
    """By reason: `closed` by the other side, or the name of an error class."""
    skipped: Counter[str] = field(default_factory=Counter[str])
    """Frames by kind: an unknown event type, `(too long)`, empty for what is not JSON."""
    last_life: float | None = None
    """When anything arrived last, by `Clock.monotonic`."""

    def skip(self, kind: str, reason: str, task_id: TaskId) -> None:
        """Count a frame that is skipped, and log the first of its kind."""
        if kind not in self.skipped and len(self.skipped) >= KINDS:
            kind = OTHER_KINDS
        self.skipped[kind] += 1
        if self.skipped[kind] == 1:
            log.warning("neo_frame_skipped", kind=kind, reason=reason, task_id=task_id)


class _Follower:
    """The state of one followed task: its cursor, and the waits that life resets."""

    def __init__(  # noqa: PLR0913  what `follow` was given
        self,
        task_id: TaskId,
        cursor: EventId | None,
        *,
        clock: Clock,
        rng: Random,
        stats: StreamStats,
        on_life: Callable[[], None] | None,
    ) -> None:
        self.task_id = task_id
        self.cursor = cursor
        self.stats = stats
        self._clock = clock
        self._rng = rng
        self._on_life = on_life
        self._waits = backoff(rng)

    def note_life(self) -> None:
        """Take any bytes, keep-alives included, as proof that the link lives."""
        self._waits = backoff(self._rng)
        self.stats.last_life = self._clock.monotonic()
        if self._on_life:
            self._on_life()

    def wait_after(self, error: NeoError | None) -> float:
        """Return the seconds until the next attempt and count it; None: closed by Neo."""
        reason = type(error).__name__ if error else "closed"
        self.stats.reconnects[reason] += 1
        seconds = min(wait_after(error, next(self._waits)), LONGEST_ASKED_SECONDS)
        log.debug("neo_stream_reconnects", task_id=self.task_id, reason=reason, seconds=seconds)
        return seconds

    def read(self, frame: Frame) -> StreamedEvent | None:
        """Move the cursor past `frame` and return its event; None if it holds none."""
        if not frame.data:
            self.cursor = EventId(frame.id) if is_cursor(frame.id) else self.cursor
            if frame.data is None:
                self.stats.skip(TOO_LONG, "longer than 16 MiB", self.task_id)
            return None
        streamed = decode_console_event(frame.data, sse_id=frame.id, previous=self.cursor)
        self.cursor = streamed.cursor or None
        if isinstance(streamed.event, Unknown):
            self.stats.skip(streamed.event.type, streamed.event.reason, self.task_id)
        return streamed


async def follow(  # noqa: PLR0913  time, chance and reports are arguments here
    client: NeoClient,
    identity: Identity,
    task_id: TaskId,
    cursor: EventId | None,
    *,
    sleep: Sleep,
    clock: Clock,
    rng: Random,
    silence: float = SILENCE_SECONDS,
    stats: StreamStats | None = None,
    on_life: Callable[[], None] | None = None,
) -> AsyncGenerator[StreamedEvent]:
    """Yield a task's events after `cursor` (None: from the first), for ever.

    Unknown events are yielded too, because they move the cursor. `silence` in seconds; `on_life` is
    called for whatever arrives. Use it within `contextlib.aclosing`, so that leaving the loop
    closes the connection there and then. Raises `NeoUnauthorized`, `NeoForbidden`, `TaskGone`,
    `TaskBusy` or `NeoRejected` at once: waiting does not heal those.
    """
    follower = _Follower(
        task_id, cursor, clock=clock, rng=rng, stats=stats or StreamStats(), on_life=on_life
    )
    while True:
        error: NeoError | None = None
        try:
            connection = _events_of_one_connection(client, identity, follower, silence)
            async with aclosing(connection) as events:
                async for event in events:
                    yield event
        except _HEALED_BY_TIME as healed_by_time:
            error = healed_by_time
        await sleep(follower.wait_after(error))


async def _events_of_one_connection(
    client: NeoClient, identity: Identity, follower: _Follower, silence: float
) -> AsyncGenerator[StreamedEvent]:
    opened = client.open_stream(identity, follower.task_id, follower.cursor, silence=silence)
    async with opened as pieces:
        follower.stats.opened += 1
        async for frames in pieces:
            follower.note_life()
            for frame in frames:
                if event := follower.read(frame):
                    yield event
