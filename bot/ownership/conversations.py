"""The inbound pipes: one conversation for each active thread, started when woken, gone at rest."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot import actions
from bot.commands.small_talk import is_stop
from bot.conversation.conversation import Conversation
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.talk import Talk
from bot.ids import ThreadRef, UserId
from bot.ownership.entries import Entries
from bot.ownership.surely import start, surely
from bot.slack.inbound import (
    Clicked,
    Controlled,
    ForConversation,
    Heard,
    Reacted,
    SessionStopped,
)
from bot.store.inbox import Entry
from bot.store.records import Commit

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REST_SECONDS = 60.0
"""After so long with nothing to do a conversation leaves memory; the store has it."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An input with its inbox entry, or with a future for whoever finishes the entry."""

    given: ForConversation
    entry: Entry | None = None
    told: asyncio.Future[None] | None = None


@dataclass(eq=False)
class _Work:
    """What one thread has before it.

    Each queue is in inbox order; the first leaves when it has been taken, so that a conversation
    which fails in the middle of it begins with it again. A message may wait for its files and for
    names, what is `urgent`, clicks, for who is in a user group; `stops` need nothing that Slack
    could withhold.
    """

    items: deque[_Item] = field(default_factory=deque[_Item])
    urgent: deque[_Item] = field(default_factory=deque[_Item])
    stops: deque[_Item] = field(default_factory=deque[_Item])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    urged: asyncio.Event = field(default_factory=asyncio.Event)
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    poked: bool = False
    """Whether anything changed since the conversation last found that it rests."""
    conversation: Conversation | None = None

    @property
    def is_due(self) -> bool:
        return self.poked or bool(self.items or self.urgent or self.stops)

    def add(self, item: _Item) -> None:
        """Put an item where its turn comes."""
        if _stopper(item.given):
            self.stops.append(item)
            self.halted.set()
        elif isinstance(item.given, Clicked | Controlled):
            self.urgent.append(item)
            self.urged.set()
        else:
            self.items.append(item)
        self.arrived.set()

    def next_stop(self, conversation: Conversation) -> _Item | None:
        """Return the stop that is next, without those for which something has to be asked first.

        Whoever may be in a user group waits with the clicks, and keeps no other stop waiting. Typed
        words wait for the message that begins a thread: who overtook that would have begun it, and
        be its owner; and there is nothing to stop.
        """
        while self.stops:
            given = self.stops[0].given
            if isinstance(given, Heard) and not conversation.has_begun:
                self.items.append(self.stops.popleft())
                self.arrived.set()
            elif conversation.has_to_ask_about(_stopper(given)):
                self.urgent.append(self.stops.popleft())
                self.urged.set()
            else:
                return self.stops[0]
        return None


def _stopper(given: ForConversation) -> UserId | None:
    """Return who wants to stop a turn by this; None for anything else."""
    match given:
        case SessionStopped() | Reacted():
            return given.user
        case Heard() if not given.files and is_stop(given.text):
            return given.user
        case Clicked() if actions.kind_of(given.action_id) in actions.STOPS:
            return given.user
        case _:
            return None


class Conversations:
    """Runs conversations while the lease is held."""

    def __init__(
        self,
        means: Means,
        group: asyncio.TaskGroup,
        *,
        follows: Callable[[ThreadRef], bool],
        entries: Entries,
    ) -> None:
        self._means = means
        self._entries = entries
        self._group = group
        self._follows = follows
        self._works: dict[str, _Work] = {}

    def wake(self, thread: ThreadRef) -> None:
        """Let the thread's conversation look at its view, starting it if it rests."""
        work = self._work_of(thread)
        work.poked = True
        if work.conversation is not None:
            work.conversation.poke()

    def take(self, thread: ThreadRef, entry: Entry, given: ForConversation) -> None:
        """Hand an inbox entry to its conversation; entries are taken in this order."""
        self._add(thread, _Item(given, entry=entry))

    def tell(self, thread: ThreadRef, given: ForConversation) -> asyncio.Future[None]:
        """Hand over what concerns other threads too; done when this one has taken it in."""
        told = asyncio.get_running_loop().create_future()
        self._add(thread, _Item(given, told=told))
        return told

    def _add(self, thread: ThreadRef, item: _Item) -> None:
        self._work_of(thread).add(item)

    def _work_of(self, thread: ThreadRef) -> _Work:
        work = self._works.get(thread.key())
        if work is None:
            work = self._works[thread.key()] = _Work()
            start(self._group, self._do(thread, work))
        return work

    async def _do(self, thread: ThreadRef, work: _Work) -> None:
        """Run the thread's conversation, again after failures, until nothing is left to do."""
        key, sleep = thread.key(), self._means.sleep
        try:
            while True:
                await surely(lambda: self._run(thread, work), sleep, what="conversation", of=key)
                if not work.is_due:
                    return
        finally:
            del self._works[key]

    async def _run(self, thread: ThreadRef, work: _Work) -> None:
        fields = await self._means.records.load(thread.key())
        talk = Talk.read(fields["talk"]) if "talk" in fields else None
        conversation = Conversation(self._means, TalkDesk(self._means.records, thread, talk))
        await conversation.begin()
        work.conversation = conversation
        lanes = asyncio.create_task(conversation.run())
        stops = asyncio.create_task(self._take_stops(work, conversation))
        urgent = asyncio.create_task(self._take_urgent(work, conversation))
        intake = asyncio.create_task(self._take_all(thread, work, conversation))
        tasks = (lanes, stops, urgent, intake)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            work.conversation = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_stops(self, work: _Work, conversation: Conversation) -> None:
        """Take stops past all else, for ever."""
        while True:
            work.halted.clear()
            while item := work.next_stop(conversation):
                await self._take(conversation, item)
                work.stops.popleft()
            await work.halted.wait()

    async def _take_urgent(self, work: _Work, conversation: Conversation) -> None:
        """Take clicks past the messages, for ever."""
        while True:
            work.urged.clear()
            await self._empty(work.urgent, conversation)
            await work.urged.wait()

    async def _empty(self, items: deque[_Item], conversation: Conversation) -> None:
        while items:
            await self._take(conversation, items[0])
            items.popleft()

    async def _take_all(self, thread: ThreadRef, work: _Work, conversation: Conversation) -> None:
        """Take entries until there is nothing left to do for this thread on either side."""
        while True:
            await self._empty(work.items, conversation)
            if await self._rested(work):
                work.poked = False
                if await self._is_done(thread, work, conversation):
                    return

    async def _rested(self, work: _Work) -> bool:
        """Wait for an entry; return True when none came for a while."""
        work.arrived.clear()
        try:
            async with asyncio.timeout(REST_SECONDS):
                await work.arrived.wait()
        except TimeoutError:
            return True
        return False

    async def _is_done(self, thread: ThreadRef, work: _Work, conversation: Conversation) -> bool:
        if self._follows(thread) or not await conversation.rests():
            return False
        # A new owner need not take it up: whatever wakes it comes with an entry or a listing.
        await self._means.records.commit(Commit(thread_key=thread.key(), live=False))
        if not work.is_due and not self._follows(thread):
            return True
        # It was woken meanwhile; what woke it may have written before the thread was taken out.
        await self._means.records.commit(Commit(thread_key=thread.key(), live=True))
        return False

    async def _take(self, conversation: Conversation, item: _Item) -> None:
        if item.entry is not None:
            await self._entries.take(conversation, item.entry, item.given)
        elif item.told is not None:
            await self._entries.tell(conversation, item.given)
            item.told.set_result(None)
