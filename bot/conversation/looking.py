"""Looks for a write of ours among a task's events, from where the look before has ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import NeoProtocolError, NeoRejected
from bot.ids import TaskId
from bot.neo.client import NeoClient
from bot.neo.events import StreamedEvent
from bot.neo.identity import Identity


@dataclass(slots=True)
class Bookmark:
    """How often one write was looked for, and where: the name of a page, None for the first."""

    page: str | None = None
    looks: int = 0


Find = Callable[[Bookmark], Awaitable[bool]]
"""Tells whether Neo shows the write from the bookmark on, and moves it. Raises `NeoError`."""


def among_events(
    neo: NeoClient, identity: Identity, task_id: TaskId, matches: Callable[[StreamedEvent], bool]
) -> Find:
    """Return a search of a task's events, which Neo lists oldest first."""

    async def read_on(mark: Bookmark) -> bool:
        seen: set[str] = set()
        while True:
            events, following = await neo.list_events(
                identity, task_id, continuation_token=mark.page
            )
            if any(matches(event) for event in events):
                return True
            if following is None:
                return False
            if following in seen:
                raise NeoProtocolError("the event list runs in a circle")
            seen.add(following)
            mark.page = following

    async def find(mark: Bookmark) -> bool:
        try:
            return await read_on(mark)
        except NeoRejected:
            if mark.page is None:
                raise
            # Nothing says how long Neo knows a page by its name.
            mark.page = None
            return await read_on(mark)

    return find
