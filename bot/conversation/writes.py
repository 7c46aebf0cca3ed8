"""Gets one user event to Neo, once. Neo knows no idempotency keys; its event list is the proof.

The write is recorded before the call. After an unknown outcome it is looked for in the task's
events until the call can no longer take effect; only then may the same bytes be sent again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.conversation.looking import Bookmark, Find
from bot.conversation.patience import Patience
from bot.conversation.pending import NOT_SENT, Batch, PendingDecision, PendingStop, Start
from bot.errors import (
    Accepted,
    NeoError,
    NeoProtocolError,
    NeoRateLimited,
    NeoUnavailable,
    TaskBusy,
)
from bot.store.connection import Store
from bot.store.lease import Lease

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOKS_SLOW_DOWN = 8.0
"""Looks for one write become rarer, up to so many times the first wait."""

T = TypeVar("T")
W = TypeVar("W", Start, Batch, PendingDecision, PendingStop)


@dataclass(frozen=True, slots=True)
class Taken:
    """Neo has it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Try again in so many seconds, if it is still wanted then.

    `limited`: Neo certainly does not have it, and said 429, which a used-up budget may be behind.
    """

    seconds: float
    limited: NeoRateLimited | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """Neo answered 409: it certainly does not have it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Neo refused for good."""

    error: NeoError


@dataclass(frozen=True, slots=True)
class Untold:
    """Neo may have it, and refuses to show whether it has."""

    error: NeoError


Verdict = Taken | Later | Busy | Refused | Untold


@dataclass(frozen=True, slots=True)
class Call:
    """How one write goes out and is found again.

    `timeout` is the call's own; `settle` how long after its deadline Neo may still come to show
    what it took: infinite where not finding it never proves anything. Seconds.
    """

    post: Callable[[], Awaitable[None]]
    find: Find
    timeout: float
    settle: float


class _NotShown(Exception):
    """Neo refused a look, which says nothing about the write."""

    def __init__(self, error: NeoError) -> None:
        super().__init__(error.message)
        self.error = error


class Writer:
    """Makes attempts; one at a time for each write."""

    def __init__(
        self, store: Store, lease: Lease, *, hold_seconds: float, patience: Patience, clock: Clock
    ) -> None:
        self._store = store
        self._lease = lease
        self._hold_seconds = hold_seconds
        self._patience = patience
        self._clock = clock
        self._resting: dict[float, float] = {}
        """Until when each write waits, by its instant: whatever wakes a lane, a wait is a wait."""
        self._marks: dict[float, Bookmark] = {}
        """Up to where each write was looked for, by its instant."""

    async def attempt(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        """Make one attempt, once it is due: look for a write whose answer was lost, or send it.

        `record` stores the write with what is known of its call. Raises `LeaseLost` and
        `StoreUnavailable` as they come, never `NeoError`.
        """
        wait = self._resting.pop(write.instant, 0.0) - self._clock.monotonic()
        if wait > 0:
            return Later(self.rest(write, wait))
        verdict = await self._attempt(write, call, record)
        if isinstance(verdict, Later):
            self.rest(write, verdict.seconds)
        else:
            self._marks.pop(write.instant, None)
        return verdict

    def rest(self, write: W, seconds: float) -> float:
        """Let no attempt of `write` be made for so long; return `seconds`."""
        self._resting[write.instant] = self._clock.monotonic() + seconds
        return seconds

    async def _attempt(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        try:
            if write.is_uncertain:
                return await self._look(write, call, record)
            return await self._send(write, call, record)
        except NeoRateLimited as error:
            return Later(error.retry_after or self._patience.retry)
        except (NeoUnavailable, NeoProtocolError) as error:
            # An answer that cannot be read says as little about what was done as none at all.
            log.info("neo_unanswered", status=error.status, why=error.message)
            return Later(self._until_next_look(write))
        except _NotShown as refused:
            return await self._not_shown(write, refused.error)
        except NeoError as error:
            return Refused(error)

    async def _look(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        """Look for a write whose answer was lost; absent for long enough, it may be sent again."""
        left = write.deadline + call.settle - await self._store.time()
        mark = self._marks.setdefault(write.instant, Bookmark())
        if left <= 0:
            mark.page = None  # only the whole list proves that it is not there
        if await _found(call, mark):
            log.info("write_found", instant=write.instant)
            return Taken()
        if left > 0:
            return Later(min(self._until_next_look(write), left))
        await record(_unsent(write, doubted=True))
        return Later(0.0)  # not at once: by now the person may want something else

    def _until_next_look(self, write: W) -> float:
        """Return how long to wait before a look: each time longer, for most are found at once."""
        mark = self._marks.setdefault(write.instant, Bookmark())
        mark.looks += 1
        return self._patience.look_every * min(2.0 ** (mark.looks - 1), LOOKS_SLOW_DOWN)

    async def _not_shown(self, write: W, error: NeoError) -> Verdict:
        """Ask again for a while, for a refusal to look is no refusal of the write."""
        log.warning("look_refused", instant=write.instant, status=error.status)
        now = await self._store.time()
        if now < (write.sent_at or now) + self._patience.give_up:
            return Later(self._until_next_look(write))
        return Untold(error)

    async def _send(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        # Neo's calls may outlast the lease: the recorded deadline is what a next owner waits for.
        await self._lease.hold(self._hold_seconds)
        now = await self._store.time()
        await record(write.model_copy(update={"sent_at": now, "deadline": now + call.timeout}))
        # A process that was stopped meanwhile may own nothing any more.
        await self._lease.hold(self._hold_seconds)
        try:
            await call.post()
        except TaskBusy:
            # After a lost answer, busy may mean: busy with this very event.
            if write.doubted and await _found(call, Bookmark()):
                return Taken()
            await record(_unsent(write))
            return Busy()
        except NeoRateLimited as error:
            await record(_unsent(write))
            return Later(error.retry_after or self._patience.retry, error)
        except NeoError as error:
            if _says_not_taken(error):
                await record(_unsent(write))
            if isinstance(error, NeoUnavailable) and error.accepted is Accepted.NO:
                return Later(self._patience.retry)
            raise
        return Taken()


def _unsent(write: W, *, doubted: bool = False) -> W:
    return write.model_copy(update={**NOT_SENT, "doubted": doubted or write.doubted})


def _says_not_taken(error: NeoError) -> bool:
    """Whether the failure of a call proves that Neo did not take what it carried."""
    if isinstance(error, NeoUnavailable):
        return error.accepted is Accepted.NO
    return not isinstance(error, NeoProtocolError)


async def _found(call: Call, mark: Bookmark) -> bool:
    """Look for a write. Raises `_NotShown` where that is refused, else `NeoError`."""
    try:
        return await call.find(mark)
    except (NeoRateLimited, NeoUnavailable, NeoProtocolError):
        raise
    except NeoError as error:
        raise _NotShown(error) from error


async def any_match(events: AsyncIterator[T], matches: Callable[[T], bool]) -> bool:
    """Whether any event matches; stops reading at the first."""
    async for event in events:
        if matches(event):
            return True
    return False
