"""The outbound pipes: one relay for each followed task, started when woken, gone at rest."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.conversation.means import Wakes
from bot.conversation.refusals import in_words
from bot.delivery.files import Files
from bot.delivery.posts import Place, Posts
from bot.errors import TRANSIENT, NeoError, NeoProtocolError, SlackError, SlackGone, TaskLeft
from bot.ids import ThreadRef
from bot.neo.wire import Task
from bot.ownership.assembly import Assembly
from bot.ownership.edges import Edges
from bot.ownership.lost import Lost
from bot.ownership.surely import start, surely
from bot.relay.desk import Desk
from bot.relay.relay import Relay
from bot.render.notes import stream_refused
from bot.slack.inbound import Deleted
from bot.store.outbox import Outbox
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Work:
    """One thread's relay, while there is one, and whether it was woken while there was none.

    `task` is as Neo listed it last.
    """

    relay: Relay | None = None
    woken: bool = False
    task: Task | None = None

    def wake(self) -> None:
        if self.relay is None:
            self.woken = True
        else:
            self.relay.poked.set()

    def end(self) -> None:
        """Let the relay go; what it did not hear any more is for the next one."""
        if self.relay is not None and self.relay.poked.is_set():
            self.woken = True
        self.relay = None


class Relays:
    """Runs relays while the lease is held."""

    def __init__(
        self,
        edges: Edges,
        records: Records,
        wakes: Wakes,
        group: asyncio.TaskGroup,
        *,
        paused_by: Callable[[], str],
    ) -> None:
        self._sleep = edges.sleep
        self._group = group
        outbox = Outbox(edges.lease)
        self.posts = Posts(
            door=edges.door,
            reader=edges.reader,
            outbox=outbox,
            timing=edges.timing,
            sleep=edges.sleep,
        )
        files = Files(
            door=edges.door,
            reader=edges.reader,
            outbox=outbox,
            timing=edges.timing,
            sleep=edges.sleep,
        )
        self._assembly = Assembly(
            edges,
            records,
            wakes,
            posts=self.posts,
            files=files,
            paused_by=paused_by,
            live_cards=self._live_cards,
        )
        self._lost = Lost(edges, records, self.posts)
        self._running: dict[str, _Work] = {}
        self._handed_over: set[str] = set()

    @property
    def count(self) -> int:
        """How many tasks are followed now."""
        return len(self._running)

    def _live_cards(self) -> int:
        return sum(w.relay is not None and w.relay.is_live for w in self._running.values())

    def follows(self, thread: ThreadRef) -> bool:
        """Whether the thread's task is followed now."""
        return thread.key() in self._running

    def take_over(self, thread: ThreadRef) -> None:
        """Wake a relay whose last owner may still have calls on the wire."""
        self._handed_over.add(thread.key())
        self.wake(thread)

    def wake(self, thread: ThreadRef) -> None:
        """Make the thread's relay look at what it was told, starting it if it rests."""
        key = thread.key()
        if key in self._running:
            self._running[key].wake()
        else:
            work = self._running[key] = _Work()
            start(self._group, self._do(thread, work))

    def moved(self, thread: ThreadRef, task: Task) -> None:
        """Wake the thread's relay, as its task has moved or is not as it was."""
        self.wake(thread)
        self._running[thread.key()].task = task

    def deleted(self, thread: ThreadRef, gone: Deleted) -> None:
        """Tell whoever posts to the thread of a deletion; a relay that rests shows none again."""
        if gone.of_person:
            return
        relay = self._relay_of(thread)
        place = relay.desk.place if relay else Place(thread.channel, thread.root)
        self.posts.deleted(place, gone.ts)
        if relay is not None:
            relay.deleted(gone.ts)

    async def lost(self, thread: ThreadRef, why: str) -> None:
        """Stop posting to a thread that is gone, and tell the task's owner in private."""
        relay = self._relay_of(thread)
        await self._lost.mark(thread, why, relay.desk if relay else None)

    def _relay_of(self, thread: ThreadRef) -> Relay | None:
        work = self._running.get(thread.key())
        return work.relay if work else None

    async def _do(self, thread: ThreadRef, work: _Work) -> None:
        """Relay, again after failures and for whoever woke it when it was about to end."""
        key = thread.key()
        try:
            while True:
                work.woken = False
                await surely(lambda: self._run(thread, work), self._sleep, what="relay", of=key)
                if not work.woken:
                    return
        finally:
            del self._running[key]

    async def _run(self, thread: ThreadRef, work: _Work) -> None:
        handed_over = thread.key() in self._handed_over
        relay = work.relay = await self._assembly.open(
            thread, lambda: work.task, handed_over=handed_over
        )
        if relay is None:
            return
        self._handed_over.discard(thread.key())
        try:
            await self._relay(thread, relay)
        finally:
            work.end()

    async def _relay(self, thread: ThreadRef, relay: Relay) -> None:
        try:
            while True:
                await relay.run()
                if await relay.rests() and not relay.poked.is_set():
                    return
        except TaskLeft:
            log.info("task_left", thread=thread.key(), task_id=relay.desk.view.task_id)
            self._running[thread.key()].woken = True  # for the task that the thread is about now
            return
        except SlackGone as error:
            await self._lost.mark(thread, error.code, relay.desk)
        except (*TRANSIENT, NeoProtocolError):
            raise  # not Neo's last word: begun again
        except NeoError as error:
            log.warning("stream_refused", thread=thread.key(), status=error.status)
            await self._say_refused(relay.desk, error)
        await relay.close_session()

    async def _say_refused(self, desk: Desk, error: NeoError) -> None:
        """Say once in the thread that Neo does not let us follow the task."""
        note = stream_refused(in_words(error))
        key = f"{desk.view.task_id}/stream/{type(error).__name__}"
        try:
            await self.posts.post(desk.place, key, note.content, note.priority)
        except SlackError as slack:
            log.warning("not_told", key=key, code=slack.code)
