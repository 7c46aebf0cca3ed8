"""What was said while nobody listened: read from the history, once, and taken in as usual."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from bot.delivery.backoff import backoff
from bot.errors import SlackError, SlackGone, SlackRejected, StoreError, StoreUnavailable
from bot.ids import ThreadRef, Ts
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import Received
from bot.slack.reader import SlackMessage, as_heard
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OVERLAP = 60.0
"""Seconds before the gap that are read too: the clocks of Slack, the store and ours differ, and a
socket may have been dead for a while before anybody noticed."""

LONGEST = 24 * 3600.0
"""Seconds of a gap that are read; what was said before is no longer news, and by then the marks
that keep it from being taken in twice are gone."""

MOST_THREADS = 200
"""Threads, the last used first, whose replies are read."""

MOST_PAGES = 5
"""Pages of each channel's history that are read."""

PULSE_SECONDS = 5.0

T = TypeVar("T")


class Gaps:
    """Keeps the time until which nothing was missed, and reads what was said after it."""

    def __init__(self, edges: Edges, intake: StoreIntake) -> None:
        self._edges = edges
        self._intake = intake
        self._records = Records(edges.lease)
        self._open = 0
        self._missed = asyncio.Event()

    async def take(self, received: Received) -> None:
        """Take in what Slack delivers; when the store does not, that is a gap too.

        Raises `StoreUnavailable`.
        """
        try:
            await self._intake.take(received)
        except StoreUnavailable:
            self._missed.set()
            raise

    async def connected(self, alive_until: float | None) -> None:
        """Read what was said since `alive_until` (None: since intake was last known to work).

        Goes on until it is read. Until then the pulse stands still, so that after a crash now the
        next process reads it; from then on the time of this connection stands in the store, so
        that a process that dies young has left its trace.
        """
        self._open += 1
        try:
            at = await self._again(self._edges.store.time)
            since = await self._again(lambda: self._since(alive_until, at))
            if since is not None:
                await self._read(since)
                self._edges.metrics.intake_gaps.inc()
            await self._again(lambda: self._edges.memory.intake_alive(at))
        finally:
            self._open -= 1

    async def run(self, is_connected: Callable[[], bool]) -> None:
        """Record for ever that intake works, while it does; read what the store did not take."""
        while True:
            if self._missed.is_set():
                self._missed.clear()
                await self.connected(None)
            elif is_connected() and not self._open:
                await self._pulse()
            with suppress(TimeoutError):
                async with asyncio.timeout(PULSE_SECONDS):
                    await self._missed.wait()

    async def _pulse(self) -> None:
        try:
            await self._edges.memory.intake_alive(await self._edges.store.time())
        except StoreError as error:
            log.info("pulse_not_recorded", why=str(error))

    async def _since(self, alive_until: float | None, now: float) -> Ts | None:
        """Return where to begin; None at the first start, before which nobody listened."""
        known = [t for t in (alive_until, await self._edges.memory.intake_alive_until()) if t]
        return Ts(f"{max(min(known) - OVERLAP, now - LONGEST):.6f}") if known else None

    async def _read(self, since: Ts) -> None:
        """Read every place the bot may be meant in; one that fails holds up the others only."""
        for channel in await self._again(self._edges.reader.bot_channels):
            await self._again(lambda channel=channel: self._take_channel(channel, since))
        for key in await self._again(lambda: self._records.recent_threads(MOST_THREADS)):
            thread = ThreadRef.parse(key)
            await self._again(lambda thread=thread: self._take_thread(thread, since))

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` until it succeeds: what was said must not be lost to an error."""
        delays = backoff()
        while True:
            try:
                return await work()
            except (SlackError, StoreError) as error:
                log.warning("gap_not_read", why=str(error))
                await self._edges.sleep(next(delays))

    async def _take_channel(self, channel: str, oldest: Ts) -> None:
        try:
            messages = await self._edges.reader.history(channel, oldest, pages=MOST_PAGES)
        except (SlackGone, SlackRejected) as error:
            log.info("channel_not_read", channel=channel, code=error.code)
            return
        await self._take_all(messages, channel)

    async def _take_thread(self, thread: ThreadRef, oldest: Ts) -> None:
        try:
            messages = await self._edges.reader.replies(thread.channel, thread.root, oldest)
        except (SlackGone, SlackRejected) as error:
            log.info("thread_not_read", thread=thread.key(), code=error.code)
            return
        await self._take_all(messages, thread.channel)

    async def _take_all(self, messages: list[SlackMessage], channel: str) -> None:
        for message in messages:
            read = as_heard(message, channel, self._edges.bot)
            if isinstance(read, Received):
                await self._intake.take(read)
