"""Slack's own agent status of a thread: a courtesy beside the cards, never before them.

`agents.sessions.setStatus` exists for apps that are agents, in workspaces that have the feature.
Everything it says, the cards say too: where it is missing or fails, nothing is lost.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.delivery.backoff import backoff
from bot.delivery.posts import Place
from bot.errors import SlackError, SlackFeatureMissing, SlackUnavailable
from bot.relay.desk import Desk
from bot.slack.chars import one_line
from bot.slack.door import Door
from bot.slack.ops import AgentsSessionsRename, AgentsSessionsSetStatus, Priority
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

SessionOp = AgentsSessionsSetStatus | AgentsSessionsRename


@dataclass(frozen=True, slots=True)
class Session:
    """What the session of a thread shows, or should."""

    place: Place
    status: str
    title: str


class SessionStatus:
    """Keeps the status of one thread's session equal to the view."""

    def __init__(self, desk: Desk, *, door: Door, memory: Memory, clock: Clock) -> None:
        self._desk = desk
        self._door = door
        self._memory = memory
        self._clock = clock
        self._changed = desk.watch()
        self._told: Session | None = None
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
            await self._miss(error)

    async def close(self) -> None:
        """Say once that nothing more comes in this thread; `run` has ended before.

        Raises `LeaseLost` and `StoreUnavailable` alone.
        """
        if FEATURE in await self._memory.missing_features():
            return
        try:
            place = self._told.place if self._told else self._desk.place
            await self._make(_status(place, "closed"))
        except SlackUnavailable as error:
            log.info("status_unanswered", code=error.code)
        except SlackFeatureMissing as error:
            await self._miss(error)

    async def _miss(self, error: SlackFeatureMissing) -> None:
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
        session = Session(self._desk.place, *wanted)
        calls = steps(self._told, session)
        if not calls and self._is_old(session):
            calls = [_status(session.place, session.status)]
        try:
            for op in calls:
                await self._make(op)
        except SlackUnavailable as error:
            log.info("status_unanswered", code=error.code)
            return next(self._delays)
        if calls:
            self._told, self._told_at = session, self._clock.monotonic()
        self._delays = backoff()
        return self._refresh_in(session)

    async def _make(self, op: SessionOp) -> None:
        """Make a call; a refusal is no reason to ask again."""
        try:
            await self._door.call(op, Priority.REACTION)
        except SlackUnavailable:
            raise
        except SlackError as error:
            if isinstance(error, SlackFeatureMissing) and isinstance(op, AgentsSessionsSetStatus):
                raise
            log.info("status_refused", method=type(op).__name__, code=error.code)

    def _is_old(self, session: Session) -> bool:
        wait = self._refresh_in(session)
        return wait is not None and wait <= 0

    def _refresh_in(self, session: Session) -> float | None:
        if session.status != "processing":
            return None
        return self._told_at + REFRESH - self._clock.monotonic()


def steps(told: Session | None, wanted: Session) -> list[SessionOp]:
    """Return the calls that bring a session from what was `told` last to what is `wanted`.

    The title is said when it changes and not with every status: people may change it as well.
    """
    place = wanted.place
    if told is None:
        return [_status(place, wanted.status, wanted.title)]
    if told.place != place:
        return [_status(told.place, "closed"), _status(place, wanted.status, wanted.title)]
    calls: list[SessionOp] = []
    if wanted.status != told.status:
        calls.append(_status(place, wanted.status))
    if wanted.title and wanted.title != told.title:
        calls.append(AgentsSessionsRename(place.channel, place.thread_ts, wanted.title))
    return calls


def _status(place: Place, status: str, title: str = "") -> AgentsSessionsSetStatus:
    return AgentsSessionsSetStatus(place.channel, place.thread_ts, status, title)


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
