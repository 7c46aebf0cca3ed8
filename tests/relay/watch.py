"""One running turn whose card is in Slack, and a clock that a test moves on."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.clock import SystemClock
from bot.delivery.posts import Posted
from bot.ids import Installation, ThreadRef, Ts
from bot.neo import events as neo
from bot.relay.desk import Desk
from bot.render.cards import show
from bot.slack.ops import Priority
from bot.store import Store
from bot.store.records import Records
from delivery.harbour import Harbour, open_harbour
from render.happenings import NOW, THREAD, VIEW, take


class MovedClock(SystemClock):
    """The machine's clock, moved on at will."""

    ahead = 0.0

    def now(self) -> float:
        return NOW + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


@dataclass
class Watch:
    """The turn, for something that works at it."""

    harbour: Harbour
    desk: Desk
    clock: MovedClock

    @property
    def edits(self) -> int:
        return self.harbour.shown()[0].edits

    async def later(self, seconds: float) -> None:
        """Let time pass; it is noticed with the next change, as a timer would make it."""
        self.clock.ahead += seconds
        await self.desk.change(lambda view: view.model_copy(update={"last_event_at": NOW}))


@asynccontextmanager
async def open_watch(store: Store, installation: Installation) -> AsyncGenerator[Watch]:
    async with open_harbour(store, installation) as harbour:
        view, _ = take(VIEW, neo.UserSaid("go"))
        content = show(view, "t-1/turn/1", thread=THREAD, now=NOW)
        assert content
        posted = await harbour.posts.post(harbour.place, "t-1/turn/1", content, Priority.PROGRESS)
        assert isinstance(posted, Posted)
        shown = view.with_card("t-1/turn/1", ts=posted.ts, shown=1, shown_ts=posted.ts)
        thread = ThreadRef(channel="C1", root=Ts(harbour.root))
        desk = Desk(Records(harbour.lease), thread, shown, on_change=lambda: None)
        yield Watch(harbour, desk, MovedClock())


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
