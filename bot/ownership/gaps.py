"""Knows until when nothing was missed, and has read what was said while nobody listened."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from bot.delivery.backoff import backoff
from bot.errors import StoreError, StoreUnavailable
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.ownership.missed import Missed
from bot.slack.inbound import Received
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OVERLAP = 60.0
"""Seconds before the gap that are read too: the clocks of Slack, the store and ours differ, and a
socket may have been dead for a while before anybody noticed."""

LONGEST = 24 * 3600.0
"""Seconds of a gap that are read; what was said before is no longer news, and by then the marks
that keep it from being taken in twice are gone."""

PULSE_SECONDS = 5.0

T = TypeVar("T")


class Gaps:
    """Keeps the time until which nothing was missed, and has read what was said after it."""

    def __init__(self, edges: Edges, intake: StoreIntake) -> None:
        self._edges = edges
        self._intake = intake
        self._records = Records(edges.lease)
        self._open = 0
        self._reading = asyncio.Lock()
        self._unread: list[float | None] = []
        """The beginnings of gaps that nobody has begun to read."""
        self._missed = asyncio.Event()

    async def take(self, received: Received) -> None:
        """Take in what Slack delivers; when the store does not, that is a gap too.

        Raises `StoreUnavailable`.
        """
        try:
            await self._intake.take(received)
        except (StoreUnavailable, asyncio.CancelledError):  # cancelled: it took too long
            self._missed.set()
            raise

    async def connected(self, alive_until: float | None) -> None:
        """Read what was said since `alive_until` (None: since intake was last known to work).

        Goes on until it is read. Until then the pulse stands still, so that after a crash now the
        next process reads it; from then on the time of this connection stands in the store, so
        that a process that dies young has left its trace. Gaps that open while another is read
        are read after it, all at once.
        """
        self._open += 1
        self._unread.append(alive_until)
        try:
            async with self._reading:
                if self._unread:  # else somebody read it with theirs
                    begun, self._unread = self._unread, []
                    await self._read([moment for moment in begun if moment is not None])
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

    async def _read(self, begun: list[float]) -> None:
        memory = self._edges.memory
        now = await self._surely(self._edges.store.time)
        if known := await self._surely(memory.intake_alive_until):
            begun.append(known)
        if begun:  # else nobody listened before: this is the first start
            since = max(min(begun) - OVERLAP, now - LONGEST)
            missed = Missed(self._edges, self._intake, self._records, since=since, now=now)
            await missed.take_in()
            self._edges.metrics.intake_gaps.inc()
        await self._surely(lambda: memory.intake_alive(now))

    async def _surely(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the store until it answers."""
        delays = backoff()
        while True:
            try:
                return await ask()
            except StoreError as error:
                log.warning("gap_not_read", why=str(error))
                await self._edges.sleep(next(delays))
