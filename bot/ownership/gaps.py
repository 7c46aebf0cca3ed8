"""What was said while nobody listened: read from the history, once, and taken in as usual."""

from collections.abc import Callable

import structlog

from bot.delivery.backoff import backoff
from bot.errors import SlackError, SlackGone, SlackRejected, StoreError
from bot.ids import ThreadRef, Ts
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import Received
from bot.slack.reader import SlackMessage, as_heard
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OVERLAP = 60.0
"""Seconds before the gap that are read too: the clocks of Slack, the store and ours differ."""

LONGEST = 24 * 3600.0
"""Seconds of a gap that are read; what was said before is no longer news."""

MOST_THREADS = 200
"""Threads, the last used first, whose replies are read."""

MOST_PAGES = 5
"""Pages of each channel's history that are read."""

PULSE_SECONDS = 5.0


class Gaps:
    """Keeps the time until which intake is known to have worked, and reads what came after it."""

    def __init__(self, edges: Edges, intake: StoreIntake) -> None:
        self._edges = edges
        self._intake = intake
        self._records = Records(edges.lease)
        self._reading = 0
        self.gaps_read = 0

    async def connected(self, alive_until: float | None) -> None:
        """Read what was said since `alive_until` (None: since intake was last known to work).

        Goes on until it is read: until then the pulse stands still, so that a crash now loses
        nothing either.
        """
        self._reading += 1
        delays = backoff()
        try:
            while True:
                try:
                    await self._read_since(alive_until)
                    return
                except (SlackError, StoreError) as error:
                    log.warning("gap_not_read", why=str(error))
                    await self._edges.sleep(next(delays))
        finally:
            self._reading -= 1

    async def pulse(self, is_connected: Callable[[], bool]) -> None:
        """Record for ever that intake works, while it does and no gap is open."""
        while True:
            if is_connected() and not self._reading:
                try:
                    await self._edges.memory.intake_alive(await self._edges.store.time())
                except StoreError as error:
                    log.info("pulse_not_recorded", why=str(error))
            await self._edges.sleep(PULSE_SECONDS)

    async def _read_since(self, alive_until: float | None) -> None:
        known = [t for t in (alive_until, await self._edges.memory.intake_alive_until()) if t]
        if not known:
            return  # the first start: nothing was missed, there was nobody to miss it
        now = await self._edges.store.time()
        oldest = Ts(f"{max(min(known) - OVERLAP, now - LONGEST):.6f}")
        for channel in await self._edges.reader.bot_channels():
            await self._take_channel(channel, oldest)
        for key in await self._records.recent_threads(MOST_THREADS):
            await self._take_thread(ThreadRef.parse(key), oldest)
        self.gaps_read += 1

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
