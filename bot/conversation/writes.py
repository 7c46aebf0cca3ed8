"""Gets one user event to Neo, once. Neo knows no idempotency keys; its event list is the proof.

The write is recorded before the call. After an unknown outcome it is looked for in the task's
events until the call can no longer take effect; only then are the same bytes sent again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.conversation.talk import Batch, PendingDecision, PendingStop, Start, Write
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

SETTLE_SECONDS = 10.0
"""Seconds after a call's deadline during which Neo may still show what it took."""

LOOK_EVERY = 1.0
RETRY_SECONDS = 3.0
"""Seconds until the next try after a failure that says it was not taken."""

RESPOND_TIMEOUT = 30.0
CREATE_TIMEOUT = 120.0
"""A cold start takes tens of seconds."""

T = TypeVar("T")
W = TypeVar("W", Start, Batch, PendingDecision, PendingStop)


@dataclass(frozen=True, slots=True)
class Taken:
    """Neo has it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Try again in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Busy:
    """Neo answered 409: it certainly does not have it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Neo refused for good."""

    error: NeoError


Verdict = Taken | Later | Busy | Refused


@dataclass(frozen=True, slots=True)
class Call:
    """How one write goes out and is found again."""

    post: Callable[[], Awaitable[None]]
    find: Callable[[], Awaitable[bool]]
    timeout: float


class Writer:
    """Makes attempts; one at a time for each write."""

    def __init__(self, store: Store, lease: Lease, hold_seconds: float) -> None:
        self._store = store
        self._lease = lease
        self._hold_seconds = hold_seconds

    async def attempt(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        """Make one attempt; `record` stores the write with what is known of its call.

        Raises `LeaseLost` and `StoreUnavailable` as they come, never `NeoError`.
        """
        try:
            if write.is_uncertain:
                verdict = await self._look(write, call)
                if verdict is not None:
                    return verdict
            return await self._send(write, call, record)
        except NeoRateLimited as error:
            return Later(error.retry_after or RETRY_SECONDS)
        except (NeoUnavailable, NeoProtocolError) as error:
            # An answer that cannot be read says as little about what was done as none at all.
            log.info("neo_unanswered", status=error.status, why=error.message)
            return Later(LOOK_EVERY)
        except NeoError as error:
            return Refused(error)

    async def _look(self, write: Write, call: Call) -> Verdict | None:
        """Look for a write whose answer was lost; None when it may be sent again."""
        if await call.find():
            log.info("write_found", instant=write.instant)
            return Taken()
        still_possible = await self._store.time() < write.deadline + SETTLE_SECONDS
        return Later(LOOK_EVERY) if still_possible else None

    async def _send(
        self, write: W, call: Call, record: Callable[[W], Awaitable[object]]
    ) -> Verdict:
        # Neo's calls may outlast the lease: the recorded deadline is what a next owner waits for.
        await self._lease.hold(self._hold_seconds)
        now = await self._store.time()
        await record(write.model_copy(update={"sent_at": now, "deadline": now + call.timeout}))
        not_sent = write.model_copy(update={"sent_at": None, "deadline": 0.0})
        try:
            await call.post()
        except NeoUnavailable as error:
            if error.accepted is Accepted.NO:
                await record(not_sent)
                return Later(RETRY_SECONDS)
            raise
        except TaskBusy:
            # After a lost answer, busy may mean: busy with this very event.
            if write.is_uncertain and await call.find():
                return Taken()
            await record(not_sent)
            return Busy()
        except NeoProtocolError:
            raise
        except NeoError:
            await record(not_sent)
            raise
        return Taken()


async def any_match(events: AsyncIterator[T], matches: Callable[[T], bool]) -> bool:
    """Whether any event matches; stops reading at the first."""
    async for event in events:
        if matches(event):
            return True
    return False
