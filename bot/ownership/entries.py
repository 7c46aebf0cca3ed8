"""What becomes of an inbox entry: it is taken, it waits, or it goes to the dead letters."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol, TypeVar

import structlog

from bot.clock import Sleep
from bot.delivery.backoff import backoff
from bot.errors import TRANSIENT, NeoUnauthorized, NewerRecord, SlackUnauthorized, StoreError
from bot.metrics import Metrics
from bot.slack.inbound import Commanded, ForConversation
from bot.store.inbox import Entry, Inbox
from bot.store.lease import Lease

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

HEALED_BY_TIME = (*TRANSIENT, SlackUnauthorized, NeoUnauthorized, NewerRecord)
"""A token that is renewed heals too, if later; and an upgrade under way comes to its end."""

MOST_ERRORS = 5
"""Errors that time does not heal, after which an entry goes to the dead letters."""

MOST_DEATHS = 20
"""Deaths of the process in the middle of an entry, after which it is suspected of causing them."""


Tell = Callable[[Entry, ForConversation | Commanded], Awaitable[None]]
"""Tells the author of an entry that it was given up."""

Given = TypeVar("Given", bound=ForConversation | Commanded)
Given_contra = TypeVar("Given_contra", bound=ForConversation | Commanded, contravariant=True)


class Taker(Protocol[Given_contra]):
    """Somebody who takes entries in: a conversation, or whoever posts a command's root."""

    async def take(self, entry: str, given: Given_contra) -> None:
        """Take one entry in and finish it; an empty one is for others to finish."""
        ...


class Entries:
    """Sees entries through while the lease is held. Every method raises `StoreError`."""

    def __init__(
        self, inbox: Inbox, lease: Lease, *, tell_author: Tell, sleep: Sleep, metrics: Metrics
    ) -> None:
        self._inbox = inbox
        self._lease = lease
        self._tell_author = tell_author
        self._sleep = sleep
        self._metrics = metrics

    async def take(self, taker: Taker[Given], entry: Entry, given: Given) -> None:
        """Let it be taken: again while something is away, buried when it never can be."""
        delays = backoff()
        while True:
            before = await self._inbox.begin_attempt(self._lease, entry.id)
            if before.deaths >= MOST_DEATHS:
                return await self._give_up(entry, given, f"{before.deaths} deaths")
            try:
                return await taker.take(entry.id, given)
            except StoreError:
                raise
            except asyncio.CancelledError:
                # An orderly stop, or another lane's fault: no death, and no fault of the entry's.
                with suppress(StoreError):
                    await self._inbox.end_attempt(self._lease, entry.id, failed=False)
                raise
            except HEALED_BY_TIME as error:
                log.info("entry_waits", entry=entry.id, why=str(error))
                await self._inbox.end_attempt(self._lease, entry.id, failed=False)
            except Exception as error:
                log.exception("entry_failed", entry=entry.id, kind=given.kind)
                attempts = await self._inbox.end_attempt(self._lease, entry.id, failed=True)
                if attempts.errors >= MOST_ERRORS:
                    return await self._give_up(entry, given, repr(error))
            await self._sleep(next(delays))

    async def tell(self, taker: Taker[Given], given: Given) -> None:
        """Let somebody know of an entry that many are told of; given up after some errors."""
        delays = backoff()
        for _ in range(MOST_ERRORS):
            try:
                return await taker.take("", given)
            except StoreError:
                raise
            except Exception:
                log.exception("not_told", kind=given.kind)
            await self._sleep(next(delays))
        return None

    async def _give_up(self, entry: Entry, given: ForConversation | Commanded, why: str) -> None:
        await self._tell_author(entry, given)
        await self.bury(entry, why)

    async def pass_on(self, entry: Entry) -> None:
        """Note that an attempt went well, and that somebody else will finish the entry."""
        await self._inbox.end_attempt(self._lease, entry.id, failed=False)

    async def bury(self, entry: Entry, why: str) -> None:
        """Move an entry to the dead letters, where the operator finds it."""
        log.error("entry_buried", entry=entry.id, why=why)
        if await self._inbox.bury(self._lease, entry, why):
            self._metrics.dead_letters.inc()
