"""Everything the owner does: reads the inbox, runs both pipes, watches tasks that rest."""

import asyncio

import structlog

from bot.conversation.means import Means
from bot.errors import MalformedInput
from bot.ids import ButtonValue, ThreadRef
from bot.ownership.conversations import Conversations
from bot.ownership.edges import Edges
from bot.ownership.listing import Listing
from bot.ownership.relays import Relays
from bot.slack.inbound import SLACK_INPUT, ChannelClosed, ChannelMoved, Clicked, SlackInput
from bot.store.approvals import Approvals
from bot.store.inbox import START, Entry
from bot.store.records import Commit, Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

INBOX_WAIT = 5.0
RECENT_THREADS = 1000


class Duty:
    """One time of ownership: made when the lease is acquired, ended when it is lost."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._records = Records(edges.lease)
        self._relays: Relays | None = None
        self._conversations: Conversations | None = None

    async def run(self) -> None:
        """Do it until cancelled. Raises an `ExceptionGroup` of `StoreError`s."""
        async with asyncio.TaskGroup() as group:
            relays = self._relays = Relays(self._edges, self._records, self, group)
            self._conversations = Conversations(self._means(relays), group, follows=relays.follows)
            for key in await self._records.live_threads():
                thread = ThreadRef.parse(key)
                relays.take_over(thread)
                self._conversations.wake(thread)
            group.create_task(Listing(self._edges, self._records, relays.wake).run())
            await self._read_inbox()

    @property
    def followed(self) -> int:
        """How many tasks are followed now."""
        return self._relays.count if self._relays else 0

    def relay(self, thread: ThreadRef) -> None:
        """Wake the outbound side of a thread."""
        if self._relays:
            self._relays.wake(thread)

    def conversation(self, thread: ThreadRef) -> None:
        """Wake the inbound side of a thread."""
        if self._conversations:
            self._conversations.wake(thread)

    def _means(self, relays: Relays) -> Means:
        edges = self._edges
        return Means(
            neo=edges.neo,
            identity=edges.identity,
            bot=edges.bot,
            admission=edges.admission,
            store=edges.store,
            lease=edges.lease,
            records=self._records,
            approvals=Approvals(edges.lease),
            inbox=edges.inbox,
            memory=edges.memory,
            door=edges.door,
            posts=relays.posts,
            reader=edges.reader,
            clock=edges.clock,
            sleep=edges.sleep,
            call_seconds=edges.timing.call,
            wakes=self,
            lost=relays.lost,
        )

    async def _read_inbox(self) -> None:
        after = START
        while True:
            entries = await self._edges.inbox.wait(after, INBOX_WAIT)
            for entry in entries:
                await self._dispatch(entry)
                after = entry.id

    async def _dispatch(self, entry: Entry) -> None:
        try:
            given = SLACK_INPUT.validate_json(entry.json)
        except ValueError as error:
            log.exception("entry_unreadable", entry=entry.id)
            await self._edges.inbox.bury(self._edges.lease, entry, str(error))
            return
        if isinstance(given, ChannelMoved | ChannelClosed):
            await self._dispatch_channel(entry, given)
            return
        thread = ThreadRef.parse(await self._records.resolve(_thread_key(given)))
        if self._conversations:
            self._conversations.take(thread, entry, given)

    async def _dispatch_channel(self, entry: Entry, given: ChannelMoved | ChannelClosed) -> None:
        """Tell every conversation of a channel; the entry goes with the last of them."""
        channel = given.old if isinstance(given, ChannelMoved) else given.channel
        if isinstance(given, ChannelMoved):
            await self._records.alias(given.new, given.old)
        known = await self._records.recent_threads(RECENT_THREADS)
        threads = [t for t in map(ThreadRef.parse, known) if t.channel == channel]
        if not threads:
            await self._finish(entry)
        for thread in threads:
            if self._conversations:
                self._conversations.take(thread, entry, given)

    async def _finish(self, entry: Entry) -> None:
        await self._records.commit(Commit(thread_key="", done_entries=(entry.id,)))


def _thread_key(given: SlackInput) -> str:
    """Return the thread that an input belongs to: for a click, the one its button was made for."""
    if isinstance(given, Clicked):
        try:
            return ButtonValue.decode(given.value).thread
        except MalformedInput:
            return given.thread.key()
    assert not isinstance(given, ChannelMoved | ChannelClosed)
    return given.thread.key()
