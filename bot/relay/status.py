"""Slack's own agent status of a thread: a courtesy beside the cards, never before them.

`agents.sessions.setStatus` exists for apps that are agents, in workspaces that have the feature.
Everything it says, the cards say too: where it is missing or fails, nothing is lost.
"""

import asyncio
import contextlib
from collections.abc import Iterator

import structlog

from bot.clock import Clock
from bot.delivery.backoff import backoff
from bot.errors import SlackError, SlackFeatureMissing, SlackUnavailable
from bot.relay.desk import Desk
from bot.slack.chars import one_line
from bot.slack.door import Door
from bot.slack.ops import AgentsSessionsSetStatus, Priority
from bot.store.memory import Memory
from bot.view import TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FEATURE = "agents.sessions.setStatus"

TITLE_LIMIT = 200
"""Characters of a session's title (Slack's method reference)."""

LAPSES = 60 * 60.0
"""Seconds after which Slack takes `processing` back by itself."""

REFRESH = 50 * 60.0
"""Seconds after which `processing` is said again, well before it lapses."""

_WORDS = {
    TurnState.IDLE: "active",
    TurnState.RUNNING: "processing",
    TurnState.WAITING: "suspended",
}

Wanted = tuple[str, str]
"""Slack's word for the status, and the session's title."""


class SessionStatus:
    """Keeps the status of one thread's session equal to the view."""

    def __init__(self, desk: Desk, *, door: Door, memory: Memory, clock: Clock) -> None:
        self._desk = desk
        self._door = door
        self._memory = memory
        self._clock = clock
        self._changed = desk.watch()
        self._told: Wanted | None = None
        self._told_at = 0.0
        self._delays: Iterator[float] = backoff()

    async def run(self) -> None:
        """Keep telling until cancelled; return where the workspace does not have the feature.

        Raises `LeaseLost` and `StoreUnavailable` alone.
        """
        if FEATURE in await self._memory.missing_features():
            return
        try:
            while True:
                self._changed.clear()
                wait = await self._tell()
                await self._wait(wait)
        except SlackFeatureMissing as error:
            log.info("status_missing", code=error.code)
            await self._memory.remember_missing(FEATURE)

    async def _wait(self, seconds: float | None) -> None:
        """Wait for a change of the view, but no longer than `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _tell(self) -> float | None:
        """Say what changed, if anything; return the seconds until it is to be said again."""
        wanted = wanted_status(self._desk.view, now=self._clock.now(), first=self._told is None)
        if wanted is None:
            return None
        if wanted == self._told and not self._is_old(wanted):
            return self._refresh_in(wanted)
        try:
            await self._call(wanted)
        except SlackUnavailable as error:
            log.info("status_unanswered", code=error.code)
            return next(self._delays)
        except SlackFeatureMissing:
            raise
        except SlackError as error:
            log.info("status_refused", code=error.code)
        self._told, self._told_at = wanted, self._clock.monotonic()
        self._delays = backoff()
        return self._refresh_in(wanted)

    async def _call(self, wanted: Wanted) -> None:
        place = self._desk.place
        op = AgentsSessionsSetStatus(place.channel, place.thread_ts, *wanted)
        await self._door.call(op, Priority.REACTION)

    def _is_old(self, wanted: Wanted) -> bool:
        wait = self._refresh_in(wanted)
        return wait is not None and wait <= 0

    def _refresh_in(self, wanted: Wanted) -> float | None:
        if wanted[0] != "processing":
            return None
        return self._told_at + REFRESH - self._clock.monotonic()


def wanted_status(view: View, *, now: float, first: bool) -> Wanted | None:
    """Return what the session should show; None where there is nothing to say.

    `first`: nothing was said by this process yet. Then a thread that has rested for long is left
    alone: what the last owner may have left behind has lapsed by now (`now` in epoch seconds).
    """
    if view.turn is None:
        return None
    if first and view.state is TurnState.IDLE and now - view.last_event_at > LAPSES:
        return None
    return _WORDS[view.state], one_line(view.title, TITLE_LIMIT)
