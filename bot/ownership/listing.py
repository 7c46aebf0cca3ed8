"""Tasks that rest are not followed; one listing every 30 s tells which of them moved."""

from collections.abc import Callable

import structlog

from bot.errors import NeoError
from bot.ids import ThreadRef
from bot.neo.wire import Task
from bot.ownership.edges import Edges
from bot.store.records import Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TASKS_LISTED = 100
"""The tasks with the latest events; one further down has not moved since the last listing."""

Sign = tuple[int | None, str | None]


class Listing:
    """Wakes the relays of tasks on which somebody works elsewhere."""

    def __init__(self, edges: Edges, records: Records, wake: Callable[[ThreadRef], None]) -> None:
        self._edges = edges
        self._records = records
        self._wake = wake
        self._order: list[str] = []
        self._signs: dict[str, Sign] = {}

    async def run(self) -> None:
        """List for ever; a listing that fails is made up for by the next."""
        while True:
            await self._edges.sleep(self._edges.patience.list_every)
            try:
                page = await self._edges.neo.list_tasks(
                    self._edges.identity, page_size=TASKS_LISTED
                )
            except NeoError as error:
                log.info("listing_failed", status=error.status)
                continue
            for task in self.moved(page.tasks or ()):
                key = await self._records.thread_of_task(task.id)
                if key is not None:
                    self._wake(ThreadRef.parse(key))

    def moved(self, tasks: tuple[Task, ...]) -> list[Task]:
        """Return the tasks that moved since the last listing, which is remembered.

        The list is ordered by last event: whoever stands before somebody that it stood behind has
        new events; so has one whose tokens or status changed. In the first listing all moved: what
        happened before is not known.
        """
        ids = [t.id for t in tasks]
        before = {task_id: rank for rank, task_id in enumerate(self._order)}
        moved: list[Task] = []
        last_rank = -1
        for task in reversed(tasks):
            rank = before.get(task.id, len(self._order))
            changed = self._signs.get(task.id) != (task.tokens_used, task.status)
            overtook = last_rank >= 0 and rank > last_rank
            if changed or overtook:
                moved.append(task)
            last_rank = rank if last_rank < 0 else min(last_rank, rank)
        self._order = list(ids)
        self._signs = {t.id: (t.tokens_used, t.status) for t in tasks}
        return moved
