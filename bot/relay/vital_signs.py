"""Whether a turn in which nothing comes is still alive: its task is looked at now and then.

A courtesy on the progress card, beside the events and never before them: what cannot be had is
done without, and the next event ends it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.clock import Clock, Sleep
from bot.errors import NeoError
from bot.neo.wire import Task
from bot.relay.desk import Desk
from bot.view import TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SILENCE = 5 * 60.0
"""Seconds without a heartbeat after which a runtime gives no sign of life."""

Look = Callable[[], Awaitable[Task]]
"""Asks Neo for the task; raises `NeoError`."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a task tells of its runtime; `silent_since` in epoch seconds."""

    booting: bool = False
    silent_since: float | None = None


class VitalSigns:
    """Keeps what the view says of the runtime true while a turn is quiet.

    `quiet`: seconds without an event before the first look; `every`: between two looks.
    """

    def __init__(  # noqa: PLR0913 -- what it looks at, by which clock, and how often
        self,
        desk: Desk,
        look: Look,
        *,
        clock: Clock,
        sleep: Sleep,
        quiet: float,
        every: float,
    ) -> None:
        self._desk = desk
        self._look = look
        self._clock = clock
        self._sleep = sleep
        self._quiet = quiet
        self._every = every
        self._looked_at = float("-inf")

    async def run(self) -> None:
        """Keep looking until cancelled. Raises `LeaseLost` and `StoreUnavailable` alone."""
        while True:
            wait = self._due_in()
            if wait > 0:
                await self._sleep(wait)
            else:
                await self._take()

    def _due_in(self) -> float:
        """Return the seconds until it is time to look: a turn that begins is not quiet yet."""
        view = self._desk.view
        if view.state is not TurnState.RUNNING:
            return self._quiet
        silence = self._clock.now() - view.last_event_at
        rest = self._looked_at + self._every - self._clock.monotonic()
        # A clock that was set back must not put it off for ever.
        return max(min(self._quiet - silence, self._quiet), rest)

    async def _take(self) -> None:
        self._looked_at = self._clock.monotonic()
        heard_at = self._desk.view.last_event_at
        try:
            task = await self._look()
        except NeoError as error:
            log.info("task_not_looked_at", status=error.status)
            return
        signs = signs_of(task, now=self._clock.now())

        def noted(view: View) -> View:
            if view.last_event_at != heard_at or view.state is not TurnState.RUNNING:
                return view  # an event came meanwhile, and says more
            return view.with_signs(booting=signs.booting, silent_since=signs.silent_since)

        await self._desk.change(noted)


def signs_of(task: Task, *, now: float) -> Signs:
    """Return how the runtime of a task is whose turn is quiet; `now` in epoch seconds.

    One that boots has not come to a heartbeat yet; one that never had any tells nothing.
    """
    if task.runtime_phase == "booting":
        return Signs(booting=True)
    beat = _epoch(task.last_heartbeat)
    return Signs(silent_since=beat if beat > 0 and now - beat > SILENCE else None)


def _epoch(instant: datetime | None) -> float:
    """Return epoch seconds, negative for Neo's "never" (the year 1), 0 for none."""
    if instant is None:
        return 0.0
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.timestamp()
