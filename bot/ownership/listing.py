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

Sign = tuple[int | str | None, ...]
"""What is not as it was when somebody works on a task, or changes its settings."""


class Listing:
    """Tells of tasks on which somebody works elsewhere, as they are now."""

    def __init__(
        self, edges: Edges, records: Records, tell: Callable[[ThreadRef, Task], None]
    ) -> None:
        self._edges = edges
        self._records = records
        self._tell = tell
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
                    self._tell(ThreadRef.parse(key), task)
                else:  # perhaps not yet: a task is listed before its thread is known to have it
                    self._signs.pop(task.id, None)

    def moved(self, tasks: tuple[Task, ...]) -> list[Task]:
        """Return the tasks that moved since the last listing, which is remembered.

        The list is ordered by last event: whoever stands before somebody that it stood behind has
        new events; so has one whose tokens or status changed, or its modes did. In the first
        listing all moved: what happened before is not known.
        """
        ids = [t.id for t in tasks]
        before = {task_id: rank for rank, task_id in enumerate(self._order)}
        moved: list[Task] = []
        last_rank = -1
        for task in reversed(tasks):
            rank = before.get(task.id, len(self._order))
            changed = self._signs.get(task.id) != _sign(task)
            overtook = last_rank >= 0 and rank > last_rank
            if changed or overtook:
                moved.append(task)
            last_rank = rank if last_rank < 0 else min(last_rank, rank)
        self._order = list(ids)
        self._signs = {t.id: _sign(t) for t in tasks}
        return moved


def _sign(task: Task) -> Sign:
    return task.tokens_used, task.status, task.approval_mode, task.permission_mode
