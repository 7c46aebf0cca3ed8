"""Everything the owner does: reads the inbox, runs both pipes, watches tasks that rest."""

import asyncio

from bot.audit.record import AuditKind, Fact
from bot.conversation.means import Means
from bot.ids import ThreadRef
from bot.neo.wire import Task
from bot.ownership.conversations import Conversations
from bot.ownership.edges import Edges
from bot.ownership.entries import Entries
from bot.ownership.inbound import Inbound
from bot.ownership.listing import Listing
from bot.ownership.minder import Minder
from bot.ownership.pausing import PauseWatch
from bot.ownership.regrets import Regrets
from bot.ownership.relays import Relays
from bot.ownership.roots import Roots
from bot.slack.inbound import Deleted
from bot.store.approvals import Approvals
from bot.store.audit import Audit
from bot.store.records import Records


class Duty:
    """One time of ownership: made when the lease is acquired, ended when it is lost."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._records = Records(edges.lease)
        self._relays: Relays | None = None
        self._conversations: Conversations | None = None
        self._pause = PauseWatch(edges.pauses, changed=self._wake_all_asked, sleep=edges.sleep)

    async def run(self) -> None:
        """Do it until cancelled. Raises `StoreError`, or an `ExceptionGroup` of them."""
        await self._note_policy()
        await self._edges.channels.learn()
        async with asyncio.TaskGroup() as group:
            await self._pause.look()
            relays = self._relays = Relays(
                self._edges, self._records, self, group, paused_by=lambda: self._pause.by
            )
            means = self._means(relays)
            entries = Entries(
                means.inbox,
                means.lease,
                tell_author=Regrets(relays.posts).say,
                sleep=means.sleep,
                metrics=self._edges.metrics,
            )
            talks = Conversations(means, group, follows=relays.follows, entries=entries)
            self._conversations = talks
            roots = Roots(self._edges, self._records, relays.posts, talks, group, entries=entries)
            inbound = Inbound(
                self._edges, self._records, talks, group, entries=entries, roots=roots
            )
            for key in await self._records.live_threads():
                thread = ThreadRef.parse(key)
                relays.take_over(thread)
                talks.wake(thread)
            group.create_task(self._pause.run())
            group.create_task(Minder(means, group).run())
            group.create_task(Listing(self._edges, self._records, relays.moved).run())
            await inbound.run()

    async def _wake_all_asked(self) -> None:
        """Wake the outbound side of every thread in which something waits for a decision."""
        tasks = {task_id for task_id, _ in await Approvals(self._edges.lease).not_closed()}
        for task_id in tasks:
            if key := await self._records.thread_of_task(task_id):
                self.relay(ThreadRef.parse(key))

    @property
    def followed(self) -> int:
        """How many tasks are followed now."""
        return self._relays.count if self._relays else 0

    def relay(self, thread: ThreadRef) -> None:
        """Wake the outbound side of a thread."""
        if self._relays:
            self._relays.wake(thread)

    def deleted(self, thread: ThreadRef, gone: Deleted) -> None:
        """Tell the outbound side of a thread that somebody deleted a message there."""
        if self._relays:
            self._relays.deleted(thread, gone)

    def task(self, thread: ThreadRef, task: Task) -> None:
        """Tell the outbound side of a thread how its task is now."""
        if self._relays:
            self._relays.moved(thread, task)

    def conversation(self, thread: ThreadRef) -> None:
        """Wake the inbound side of a thread."""
        if self._conversations:
            self._conversations.wake(thread)

    async def _note_policy(self) -> None:
        """Record by which policy is decided from now on; where there is none, each owner decides.

        Once for each time of ownership: the next one may have another file.
        """
        if digest := self._edges.policy.digest:
            fact = Fact(kind=AuditKind.POLICY_LOADED, digest=digest, outcome="loaded")
            once = f"policy/{digest}/{self._edges.lease.fence}"
            await self._audit().append(fact, once=once)

    def _audit(self) -> Audit:
        edges = self._edges
        return Audit(edges.store, edges.bot.installation, lease=edges.lease)

    def _means(self, relays: Relays) -> Means:
        edges = self._edges
        return Means(
            neo=edges.neo,
            identity=edges.identity,
            bot=edges.bot,
            admission=edges.admission,
            policy=edges.policy,
            channels=edges.channels,
            store=edges.store,
            lease=edges.lease,
            records=self._records,
            approvals=Approvals(edges.lease),
            audit=self._audit(),
            inbox=edges.inbox,
            memory=edges.memory,
            pauses=edges.pauses,
            door=edges.door,
            posts=relays.posts,
            reader=edges.reader,
            files_in=edges.files_in,
            clock=edges.clock,
            sleep=edges.sleep,
            call_seconds=edges.timing.call,
            patience=edges.patience,
            wakes=self,
            lost=relays.lost,
        )
