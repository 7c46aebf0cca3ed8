"""One conversation's talk, in memory and in the store: the one place where it is changed."""

import asyncio
from collections.abc import Callable

from bot.conversation.talk import Talk
from bot.ids import TaskId, ThreadRef
from bot.store.records import Commit, Records
from bot.view import View


class TalkDesk:
    """Holds the talk of one thread while this process owns it; None before anyone started.

    Several lanes work on the same talk; every change is a function of the latest one and is in
    the store, together with the inbox entries it finishes, before it can be seen.
    """

    def __init__(self, records: Records, thread: ThreadRef, talk: Talk | None) -> None:
        self._records = records
        self._lock = asyncio.Lock()
        self.thread = thread
        self.talk = talk

    async def change(
        self,
        step: Callable[[Talk], Talk],
        *,
        entry: str | None = None,
        bind: TaskId | None = None,
    ) -> Talk:
        """Apply `step` and store the result; `entry` is finished with it, `bind` is its new task.

        Raises `LeaseLost` or `StoreUnavailable`; the talk in memory is then unchanged.
        """
        async with self._lock:
            if self.talk is None:
                raise RuntimeError("nobody has started this conversation")
            return await self._write(step(self.talk), entry, bind)

    async def begin(self, talk: Talk, *, entry: str) -> Talk:
        """Store the first talk of a conversation."""
        async with self._lock:
            return await self._write(talk, entry, None)

    async def finish(self, entry: str) -> None:
        """Finish an inbox entry that changes nothing; an empty one is for others to finish."""
        if entry:
            await self._records.commit(Commit(thread_key="", done_entries=(entry,)))

    async def view(self) -> View | None:
        """Return what the outbound side shows of the task, as stored last; None before it began."""
        fields = await self._records.load(self.thread.key())
        return self.talk.view_in(fields) if self.talk else None

    async def _write(self, talk: Talk, entry: str | None, bind: TaskId | None) -> Talk:
        await self._records.commit(
            Commit(
                thread_key=self.thread.key(),
                talk=talk.as_stored().model_dump_json(),
                told=talk.told().model_dump_json(),
                done_entries=(entry,) if entry else (),
                bind_task=bind,
                live=True,
            )
        )
        self.talk = talk
        return talk
