"""The inbound pipes: one conversation for each active thread, started when woken, gone at rest."""

import asyncio
from collections.abc import Callable

import structlog

from bot.conversation.conversation import Conversation
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.talk import Talk
from bot.delivery.backoff import backoff
from bot.errors import TRANSIENT, StoreError
from bot.ids import ThreadRef
from bot.ownership.surely import surely
from bot.slack.inbound import SlackInput
from bot.store.inbox import Entry
from bot.store.records import Commit

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REST_SECONDS = 60.0
"""After so long with nothing to do a conversation leaves memory; the store has it."""

MOST_ERRORS = 5
"""Errors that time does not heal, after which an entry goes to the dead letters."""

MOST_DEATHS = 20
"""Deaths of the process in the middle of an entry, after which it is suspected of causing them."""


class Conversations:
    """Runs conversations while the lease is held."""

    def __init__(
        self, means: Means, group: asyncio.TaskGroup, *, follows: Callable[[ThreadRef], bool]
    ) -> None:
        self._means = means
        self._group = group
        self._follows = follows
        self._running: dict[str, Conversation | None] = {}
        self._entries: dict[str, asyncio.Queue[tuple[Entry, SlackInput]]] = {}

    def wake(self, thread: ThreadRef) -> None:
        """Let the thread's conversation look at its view, starting it if it rests."""
        key = thread.key()
        if key not in self._running:
            self._running[key] = None
            self._entries.setdefault(key, asyncio.Queue())
            self._group.create_task(self._work(thread))
        elif (running := self._running[key]) is not None:
            running.poke()

    def take(self, thread: ThreadRef, entry: Entry, given: SlackInput) -> None:
        """Hand an inbox entry to its conversation; entries are taken in this order."""
        self._entries.setdefault(thread.key(), asyncio.Queue()).put_nowait((entry, given))
        self.wake(thread)

    async def _work(self, thread: ThreadRef) -> None:
        key = thread.key()
        try:
            sleep = self._means.sleep
            await surely(lambda: self._run(thread), sleep, what="conversation", of=key)
        finally:
            del self._running[key]
            if self._entries[key].empty():
                del self._entries[key]

    async def _run(self, thread: ThreadRef) -> None:
        fields = await self._means.records.load(thread.key())
        talk = Talk.model_validate_json(fields["talk"]) if "talk" in fields else None
        conversation = Conversation(self._means, TalkDesk(self._means.records, thread, talk))
        self._running[thread.key()] = conversation
        lanes = asyncio.create_task(conversation.run())
        intake = asyncio.create_task(self._take_all(thread, conversation))
        try:
            done, _ = await asyncio.wait((lanes, intake), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            lanes.cancel()
            intake.cancel()
            await asyncio.gather(lanes, intake, return_exceptions=True)

    async def _take_all(self, thread: ThreadRef, conversation: Conversation) -> None:
        """Take entries until there is nothing left to do for this thread on either side."""
        entries = self._entries[thread.key()]
        while True:
            try:
                async with asyncio.timeout(REST_SECONDS):
                    entry, given = await entries.get()
            except TimeoutError:
                if await self._is_done(thread, conversation) and entries.empty():
                    return
                continue
            await self._take_surely(conversation, entry, given)

    async def _is_done(self, thread: ThreadRef, conversation: Conversation) -> bool:
        if self._follows(thread) or not await conversation.rests():
            return False
        # A new owner need not take it up: whatever wakes it comes with an entry or a listing.
        await self._means.records.commit(Commit(thread_key=thread.key(), live=False))
        return not self._follows(thread)

    async def _take_surely(
        self, conversation: Conversation, entry: Entry, given: SlackInput
    ) -> None:
        """Take one entry: again while something is away, to the dead letters when it never can."""
        inbox, lease, delays = self._means.inbox, self._means.lease, backoff()
        while True:
            before = await inbox.begin_attempt(lease, entry.id)
            if before.deaths >= MOST_DEATHS:
                await self._bury(entry, f"{before.deaths} deaths")
                return None
            try:
                return await conversation.take(entry.id, given)
            except StoreError:
                raise
            except TRANSIENT as error:
                log.info("entry_waits", entry=entry.id, why=str(error))
                await inbox.end_attempt(lease, entry.id, failed=False)
            except Exception as error:
                log.exception("entry_failed", entry=entry.id, kind=given.kind)
                attempts = await inbox.end_attempt(lease, entry.id, failed=True)
                if attempts.errors >= MOST_ERRORS:
                    await self._bury(entry, repr(error))
                    return None
            await self._means.sleep(next(delays))

    async def _bury(self, entry: Entry, why: str) -> None:
        log.error("entry_buried", entry=entry.id, why=why)
        await self._means.inbox.bury(self._means.lease, entry, why)
