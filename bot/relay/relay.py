"""Follows one task into one thread, from the stored cursor until the task rests."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing

import structlog

from bot.clock import Clock, Sleep
from bot.errors import SlackGone, TaskGone, TaskLeft
from bot.ids import EventId, Ts
from bot.neo.client import NeoClient
from bot.neo.events import ApprovalRequested, StreamedEvent
from bot.neo.identity import Identity
from bot.relay.deliver import Deliverer, Placements
from bot.relay.desk import Desk
from bot.relay.facts import Facts, knowing
from bot.relay.heard import heard, learnt, paused
from bot.relay.keeper import CardKeeper
from bot.relay.requests import Found, Requests, with_deciders
from bot.relay.status import SessionStatus
from bot.relay.vital_signs import VitalSigns
from bot.render.apply import ended, render
from bot.render.outputs import Output
from bot.told import Told
from bot.view import Outcome, TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ECHO_WAIT = 120.0
"""Seconds during which a user event of ours may still come back on the stream."""

STREAM_FORGETS = 30 * 60.0
"""Seconds of idleness after which the stream's memory is not trusted and the list is read."""

AHEAD = 64
"""Events read ahead of delivery: Slack is slower than Neo, and memory is bounded."""

Follow = Callable[[EventId | None], AsyncGenerator[StreamedEvent]]
"""Opens the task's stream after a cursor."""


class Relay:
    """The outbound pipe of one conversation."""

    def __init__(  # noqa: PLR0913 -- the edges it stands between, each named
        self,
        desk: Desk,
        *,
        follow: Follow,
        neo: NeoClient,
        identity: Identity,
        deliverer: Deliverer,
        keeper: CardKeeper,
        status: SessionStatus,
        vital_signs: VitalSigns,
        facts: Callable[[], Facts | None],
        paused_by: Callable[[], str],
        requests: Requests,
        finished: set[str],
        clock: Clock,
        sleep: Sleep,
        settle: float,
        linger: float,
    ) -> None:
        self.desk = desk
        self._changed = desk.watch()
        self._follow = follow
        self._neo = neo
        self._identity = identity
        self._deliverer = deliverer
        self._keeper = keeper
        self._status = status
        self._vital_signs = vital_signs
        self._facts = facts  # what Neo told last of the task; None while it has not
        self._paused_by = paused_by  # who has paused all approvals; empty while nobody has
        self._requests = requests
        self._finished = finished
        self._clock = clock
        self._sleep = sleep
        self._settle = settle  # seconds until the last owner's calls have ended; 0 without any
        self._linger = linger  # seconds for which an idle task is still followed
        self.poked = asyncio.Event()
        """Set when the conversation or Neo told something: a decision, a stop, a new status."""

    def deleted(self, ts: Ts) -> None:
        """Take note that somebody deleted a message of the thread."""
        self._keeper.deleted(ts)

    @property
    def is_live(self) -> bool:
        """Whether a turn runs, so that its card changes: live cards share Slack's budget."""
        return self.desk.view.state is not TurnState.IDLE

    async def run(self) -> None:
        """Relay until the task is idle and quiet.

        Raises `NeoError` as it comes, `SlackGone` when the thread is gone, `LeaseLost` and
        `StoreUnavailable`. A task that Neo no longer knows ends its turn here: nothing else would,
        and replies would wait for that for ever.
        """
        try:
            await self._relay()
        except TaskGone:
            now = self._clock.now()
            await self._requests.close_settled(ended(self.desk.view, Outcome.FAILED, now=now))
            await self.desk.change(lambda view: ended(view, Outcome.FAILED, now=now))
            await self._keeper.show_due()
            raise
        await self._keeper.show_due()

    async def close_session(self) -> None:
        """Say in Slack's own status that nothing more comes in this thread."""
        await self._status.close()

    async def _relay(self) -> None:
        events: asyncio.Queue[StreamedEvent | Exception] = asyncio.Queue(AHEAD)
        helpers = [
            asyncio.create_task(_report(self._read(events), events)),
            asyncio.create_task(_report(self._keeper.run(), events)),
            asyncio.create_task(_report(self._status.run(), events)),
            asyncio.create_task(_report(self._vital_signs.run(), events)),
            asyncio.create_task(_report(self._heed(), events)),
            asyncio.create_task(_report(self._requests.run(), events)),
            asyncio.create_task(_report(self._guard(), events)),
            asyncio.create_task(_report(self._reassert(), events)),
        ]
        try:
            while (event := await self._next(events)) is not None:
                await self.show(event)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def show(self, event: StreamedEvent) -> None:
        """Deliver one event, then move the cursor; a replayed one is dropped by its id."""
        if event.id in self._finished:
            return
        now, told = self._clock.now(), await self._told()
        if self.desk.loss:  # a thread without its root could be posted to
            raise SlackGone(self.desk.loss)
        before = self.desk.view
        view, outputs = render(before, event, now=now, told=told)
        found: Found = {}
        if isinstance(event.event, ApprovalRequested):
            found = await self._requests.remember(view, event.event, told)
        placements = await self._deliver(with_deciders(view, found), event.id, outputs)

        def moved(current: View) -> View:
            # From the latest view, not from `view`: cards may have been shown meanwhile.
            after = with_deciders(render(current, event, now=now, told=told)[0], found)
            return learnt(before, current, placements.applied(after))

        await self._requests.close_settled(view)
        await self.desk.change(moved, finished=event.id)
        self._finished.add(event.id)
        if isinstance(event.event, ApprovalRequested):
            self.poked.set()  # somebody may have voted or decided before it was in the view

    async def _told(self) -> Told:
        """Return what the conversation has told. Raises `TaskLeft` where it left this task."""
        told = await self.desk.told()
        if self.desk.view.task_id in told.left.tasks:
            raise TaskLeft(self.desk.view.task_id)
        return told

    async def _deliver(self, view: View, event: EventId, outputs: list[Output]) -> Placements:
        """Deliver, in the new place if the thread turns out to have moved meanwhile."""
        while True:
            place = self.desk.place
            try:
                return await self._deliverer.deliver(view, event, outputs)
            except SlackGone:
                await self.desk.told()
                if self.desk.place == place:
                    raise

    async def _read(self, events: asyncio.Queue[StreamedEvent | Exception]) -> None:
        async with aclosing(self._events()) as read:
            async for event in read:
                await events.put(event)

    async def _events(self) -> AsyncGenerator[StreamedEvent]:
        view = self.desk.view
        cursor = view.cursor
        if cursor and self._clock.now() - view.last_event_at > STREAM_FORGETS:
            async with aclosing(self._neo.all_events(self._identity, view.task_id)) as listed:
                async for event in listed:
                    cursor = event.cursor
                    yield event
        async with aclosing(self._follow(cursor)) as stream:
            async for event in stream:
                yield event

    async def _next(self, events: asyncio.Queue[StreamedEvent | Exception]) -> StreamedEvent | None:
        """Return the next event, or None when there is nothing more to wait for."""
        while True:
            try:
                async with asyncio.timeout(self._linger):
                    item = await events.get()
            except TimeoutError:
                if await self.rests():
                    return None
                continue
            if isinstance(item, Exception):
                raise item
            return item

    async def rests(self) -> bool:
        """Whether the task is idle, every card shown for good, and no echo of ours expected."""
        view, told = self.desk.view, await self.desk.told()
        if self._settle or view.state is not TurnState.IDLE or any(c.stale for c in view.cards()):
            return False
        last = max(told.said, default=0.0)
        expected = not view.has_echoed(last) and self._clock.now() - last < ECHO_WAIT
        return not expected

    async def _reassert(self) -> None:
        """Show approvals once more when the last owner's calls can no longer overtake ours."""
        if self._settle:
            await self._sleep(self._settle)
            await self._keeper.reassert()
            self._settle = 0.0

    async def _guard(self) -> None:
        """End the relay when somebody else finds that its thread is lost."""
        while not self.desk.loss:
            await self._changed.wait()
            self._changed.clear()
        raise SlackGone(self.desk.loss)

    async def _heed(self) -> None:
        """Put what was told beside the events into the view, for the cards to show."""
        while True:
            self.poked.clear()
            try:
                told, facts, by = await self._told(), self._facts(), self._paused_by()
                await self.desk.change(
                    lambda view, t=told, f=facts, by=by: paused(knowing(heard(view, t), f), by)
                )
            except asyncio.CancelledError:
                self.poked.set()  # the relay ends, and this is not heeded yet: for the next one
                raise
            if _ends(self.desk.view, told):
                raise TaskGone("Neo does not know the task")
            self._requests.due.set()
            await self.poked.wait()


def _ends(view: View, told: Told) -> bool:
    """Whether the turn is one of a task that Neo was found to know no more."""
    turn = view.turn
    return turn is not None and turn.ended_at is None and turn.number == told.gone


async def _report(
    work: Coroutine[None, None, None], events: asyncio.Queue[StreamedEvent | Exception]
) -> None:
    """Run `work` beside the loop; its failure becomes the loop's."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 -- handed to the loop that waits, which raises it
        await events.put(error)
