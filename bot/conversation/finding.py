"""Finds the task of a start whose answer was lost: Neo may have made one all the same."""

from bot.conversation.creation import is_first_message
from bot.conversation.means import Means
from bot.conversation.pending import Start
from bot.errors import TaskGone
from bot.ids import TaskId
from bot.neo.events import UserSaid

CLOCK_SKEW = 60.0
"""Seconds by which Neo's `createdAt` may lie before the call that created it."""


async def task_of(start: Start, means: Means) -> TaskId | None:
    """Return the task whose first user event is ours, among those created since the call.

    Raises `NeoError`.
    """
    since = (start.sent_at or 0.0) - CLOCK_SKEW
    page = await means.neo.list_tasks(means.identity)
    for task in page.tasks or ():
        is_new = task.created_at is None or task.created_at.timestamp() >= since
        if is_new and await _is_of(start, task.id, means):
            return task.id
    return None


async def _is_of(start: Start, task_id: TaskId, means: Means) -> bool:
    if await means.records.thread_of_task(task_id) is not None:
        return False
    try:
        events, _ = await means.neo.list_events(means.identity, task_id, page_size=20)
    except TaskGone:
        return False
    first = next((e.event for e in events if isinstance(e.event, UserSaid)), None)
    return first is not None and is_first_message(first, start)
