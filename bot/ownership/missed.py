"""What was said since a moment, found in Slack's history and taken in as if it were delivered."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from bot.delivery.backoff import backoff
from bot.errors import (
    SlackError,
    SlackFeatureMissing,
    SlackGone,
    SlackRejected,
    SlackUnauthorized,
    StoreError,
)
from bot.ids import ThreadRef, Ts, ts_seconds
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import Received
from bot.slack.reader import CHANNEL_KINDS, SlackMessage, as_heard
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_BACK = 7 * 24 * 3600.0
"""Seconds before that moment in which a thread may have begun that people wrote in since then:
the history has a thread's root alone, at the time of the root."""

LOOK_AHEAD = 60.0
"""Seconds after our own time up to which is read: the clocks of Slack and the store differ."""

MOST_THREADS = 200
"""Threads with a conversation, the last used first, that are read however old they are."""

MOST_PAGES = 5
"""Pages of each channel's history that are read, the latest first."""

FOR_GOOD = (SlackGone, SlackRejected, SlackFeatureMissing)
"""Refusals of one place that time does not heal: the others are read all the same."""

FOR_ALL = (StoreError, SlackUnauthorized)
"""Troubles that every place has at once: none is asked until they may be over."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Something to be read; `read` takes in what is there and returns where it leads to."""

    name: str
    read: Callable[[], "Awaitable[Sequence[_Place]]"]


class Missed:
    """One reading of everything that was said from `since` to about `now`."""

    def __init__(
        self, edges: Edges, intake: StoreIntake, records: Records, *, since: float, now: float
    ) -> None:
        self._edges = edges
        self._intake = intake
        self._records = records
        self._since = since
        self._latest = Ts(f"{now + LOOK_AHEAD:.6f}")
        self._threads: set[str] = set()

    async def take_in(self) -> None:
        """Read every place the bot may be meant in, and those that failed again and again.

        What was said must not be lost to an error, and one place must not hold up the others.
        """
        places = [*map(self._kind, CHANNEL_KINDS), _Place("threads", self._read_known_threads)]
        delays = backoff()
        while places := await self._round(places):
            await self._edges.sleep(next(delays))

    async def _round(self, places: Iterable[_Place]) -> list[_Place]:
        """Read places and those that they lead to; return what is still to be read."""
        ahead, again = deque(places), list[_Place]()
        while ahead:
            place = ahead.popleft()
            try:
                ahead.extend(await place.read())
            except FOR_GOOD as error:
                log.warning("place_not_read", place=place.name, code=error.code)
            except FOR_ALL as error:
                log.warning("gap_not_read", place=place.name, why=str(error))
                return [*again, place, *ahead]
            except SlackError as error:
                log.warning("place_not_read_yet", place=place.name, why=str(error))
                again.append(place)
        return again

    def _kind(self, kind: str) -> _Place:
        async def read() -> list[_Place]:
            return [self._channel(each) for each in await self._edges.reader.bot_channels(kind)]

        return _Place(kind, read)

    def _channel(self, channel: str) -> _Place:
        return _Place(channel, lambda: self._read_channel(channel))

    async def _read_channel(self, channel: str) -> list[_Place]:
        messages = await self._edges.reader.history(
            channel, Ts(f"{self._since - LOOK_BACK:.6f}"), self._latest, pages=MOST_PAGES
        )
        await self._take_all(messages, channel)
        roots = (each.ts for each in messages if ts_seconds(each.latest_reply) >= self._since)
        return self._unread(ThreadRef(channel=channel, root=root) for root in roots)

    async def _read_known_threads(self) -> list[_Place]:
        keys = await self._records.recent_threads(MOST_THREADS)
        return self._unread(ThreadRef.parse(key) for key in keys)

    def _unread(self, threads: Iterable[ThreadRef]) -> list[_Place]:
        """Return the threads that nobody has led to before."""
        found = {thread.key(): thread for thread in threads if thread.key() not in self._threads}
        self._threads |= found.keys()
        return [self._thread(thread) for thread in found.values()]

    def _thread(self, thread: ThreadRef) -> _Place:
        async def read() -> list[_Place]:
            oldest = Ts(f"{self._since:.6f}")
            replies = await self._edges.reader.replies(thread.channel, thread.root, oldest)
            await self._take_all(replies, thread.channel)
            return []

        return _Place(thread.key(), read)

    async def _take_all(self, messages: list[SlackMessage], channel: str) -> None:
        """Take in what was said since; older roots are there for their threads only."""
        for message in messages:
            read = as_heard(message, channel, self._edges.bot)
            if ts_seconds(message.ts) >= self._since and isinstance(read, Received):
                await self._intake.take(read)
