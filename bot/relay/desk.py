"""One conversation's view, in memory and in the store: the one place where it is changed."""

import asyncio
from collections.abc import Callable

from bot.delivery.posts import Place
from bot.ids import EventId, ThreadRef
from bot.store.records import Commit, Records
from bot.told import Told
from bot.view import View


class Desk:
    """Holds the view of one thread while this process owns it.

    The relay and the card keeper work on the same view; every change is a function of the latest
    one and is in the store before it can be seen.
    """

    def __init__(
        self,
        records: Records,
        thread: ThreadRef,
        view: View,
        *,
        on_change: Callable[[], None],
    ) -> None:
        self._records = records
        self._on_change = on_change
        self._lock = asyncio.Lock()
        self.thread = thread
        self.view = view
        self.place = Place(thread.channel, thread.root)
        """Where to post: the thread, or where it goes on."""
        self._moves = 0
        self._closed = ""
        self._watchers: list[asyncio.Event] = []

    def watch(self) -> asyncio.Event:
        """Return an event that is set after each change; whoever waits for it clears it."""
        watcher = asyncio.Event()
        self._watchers.append(watcher)
        return watcher

    async def change(
        self, step: Callable[[View], View], *, finished: EventId | None = None
    ) -> View:
        """Apply `step`, store the result (with `finished` as a done event), return it.

        Raises `LeaseLost` or `StoreUnavailable`; the view in memory is then unchanged.
        """
        async with self._lock:
            after = step(self.view)
            if after is self.view and finished is None:
                return after
            await self._records.commit(
                Commit(
                    thread_key=self.thread.key(),
                    view=after.model_dump_json(),
                    done_events=(finished,) if finished else (),
                    live=True,
                )
            )
            self.view = after
        self._tell_watchers()
        self._on_change()
        return after

    def close(self, why: str) -> None:
        """Let nothing more be posted from here: the place is lost, and the view says so soon."""
        self._closed = self._closed or why
        self._tell_watchers()

    async def told(self) -> Told:
        """Return what the conversation has told this side so far, as stored last."""
        fields = await self._records.load(self.thread.key())
        told = Told.read(fields["told"]) if "told" in fields else Told()
        if told.channel:
            self.place = Place(told.channel, told.root)
        self._moves = told.moves
        return told

    @property
    def loss(self) -> str:
        """Why there is no place to post to, and nobody has named another since; else empty."""
        return self._closed or (self.view.unreachable if self._moves == self.view.moves else "")

    def _tell_watchers(self) -> None:
        for watcher in self._watchers:
            watcher.set()
