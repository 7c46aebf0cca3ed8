"""The inbox's reader: gives each entry to the conversation, or the conversations, it belongs to."""

import asyncio

import structlog

from bot.conversation.talk import Talk
from bot.errors import MalformedInput, NewerRecord, StoreError
from bot.ids import ButtonValue, ThreadRef
from bot.ownership.conversations import Conversations
from bot.ownership.edges import Edges
from bot.ownership.entries import Entries
from bot.ownership.roots import Roots
from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Commanded,
    InThread,
    read_input,
)
from bot.store.inbox import START, Entry
from bot.store.records import Commit, Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

WAIT_SECONDS = 5.0

RECENT_THREADS = 1000
"""Threads, the last used first, that hear of what happens to their channel."""


class Inbound:
    """Reads the inbox while the lease is held, from its first entry: none was finished before."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        edges: Edges,
        records: Records,
        conversations: Conversations,
        group: asyncio.TaskGroup,
        *,
        entries: Entries,
        roots: Roots,
    ) -> None:
        self._edges = edges
        self._records = records
        self._conversations = conversations
        self._group = group
        self._entries = entries
        self._roots = roots

    async def run(self) -> None:
        """Read for ever. Raises `StoreError`."""
        after = START
        while True:
            for entry in await self._edges.inbox.wait(after, WAIT_SECONDS):
                await self._dispatch(entry)
                after = entry.id

    async def _dispatch(self, entry: Entry) -> None:
        try:
            given = read_input(entry.json)
            if isinstance(given, ChannelMoved | ChannelClosed):
                await self._dispatch_channel(entry, given)
            elif isinstance(given, Commanded):
                self._roots.start(entry, given)
            else:
                thread = ThreadRef.parse(await self._records.resolve(_thread_key(given)))
                self._conversations.take(thread, entry, given)
        except StoreError:
            raise
        except NewerRecord as error:
            # It stays in the inbox: whoever of that version owns next begins with it.
            log.warning("entry_left_alone", entry=entry.id, why=str(error))
        except Exception as error:
            # Nobody will ever be able to read it: it must not hold up what comes after it.
            log.exception("entry_unreadable", entry=entry.id)
            await self._entries.bury(entry, str(error))

    async def _dispatch_channel(self, entry: Entry, given: ChannelMoved | ChannelClosed) -> None:
        # Of a closed channel, who rests is told when there is something to show, and it can't be.
        keys = {*await self._records.live_threads()}
        channel = given.old if isinstance(given, ChannelMoved) else given.channel
        if isinstance(given, ChannelMoved):
            # Again: the intake of an older version does not.
            await self._records.channel_moved(given.old, given.new)
            self._edges.channels.moved(given.old, given.new)
            if await self._edges.memory.is_quiet(given.old):
                await self._edges.memory.set_quiet(given.new, quiet=True)
            keys |= {*await self._records.recent_threads(RECENT_THREADS)}
        told = [self._conversations.tell(t, given) for t in await self._threads_in(channel, keys)]
        self._group.create_task(self._finish(entry, told))

    async def _threads_in(self, channel: str, keys: set[str]) -> list[ThreadRef]:
        """Return those of the threads that take place in a channel now, wherever they began."""
        threads = [ThreadRef.parse(key) for key in sorted(keys)]
        return [t for t in threads if await self._place_of(t) == channel]

    async def _place_of(self, thread: ThreadRef) -> str:
        fields = await self._records.load(thread.key())
        talk = Talk.read(fields["talk"]) if "talk" in fields else None
        return (talk.place if talk and talk.place else thread).channel

    async def _finish(self, entry: Entry, told: list[asyncio.Future[None]]) -> None:
        """Finish a channel's entry when its last conversation knows: a crash tells all again."""
        await asyncio.gather(*told)
        await self._records.commit(Commit(thread_key="", done_entries=(entry.id,)))


def _thread_key(given: InThread) -> str:
    """Return the thread that an input belongs to: for a click, the one its button was made for."""
    if isinstance(given, Clicked):
        try:
            return ThreadRef.parse(ButtonValue.decode(given.value).thread).key()
        except MalformedInput:
            return given.thread.key()
    return given.thread.key()
