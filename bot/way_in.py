"""How Slack reaches the bridge, whichever way: something that takes in until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.slack.http import HttpIntake

DRAIN_SECONDS = 3.0
"""How long requests under way may still take when nothing new is taken in; Slack waits no longer
for an answer."""


class WayIn(Protocol):
    """A socket that the bridge opens, or the requests that Slack posts to it."""

    @property
    def connected(self) -> bool:
        """Whether events can arrive."""
        ...

    def stop(self) -> None:
        """Take nothing more in; `run` lets what is under way finish, and returns."""
        ...

    async def run(self) -> None:
        """Take in until `stop`. Raises `SlackUnauthorized` for a token that was revoked."""
        ...


class HttpWayIn:
    """Takes what Slack posts, from the moment the requests are led here."""

    def __init__(
        self, intake: HttpIntake, on_connected: Callable[[float | None], Awaitable[None]]
    ) -> None:
        """`on_connected` is told once, with None, that intake works from now on."""
        self._intake = intake
        self._on_connected = on_connected
        self._running = False
        self._stopping = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether requests are taken: with no connection of our own, all that can be known."""
        return self._running and not self._stopping.is_set()

    def stop(self) -> None:
        """Refuse what comes from now on: Slack sends events again, to whoever is next."""
        self._intake.refuse()
        self._stopping.set()

    async def run(self) -> None:
        """Read what was said while nobody listened, and be there until `stop`."""
        self._running = True
        reading = asyncio.ensure_future(self._on_connected(None))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            await stopping
            await self._intake.drain(DRAIN_SECONDS)
        finally:
            self._running = False
            for task in (reading, stopping):
                task.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)
