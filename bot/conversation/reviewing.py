"""Shows in a modal what Neo asks, whole, to whoever may see the channel; nothing is decided by it.

The content is read from the task's events: what a card has no room for is kept nowhere else. Beside
the lanes, because that can take seconds and a Stop may come: what a crash leaves unsaid, somebody
asks for again.
"""

import asyncio
from collections.abc import Coroutine

import structlog

from bot.approvals.digest import digest_of
from bot.asked import Approval
from bot.conversation import approval_sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.errors import BotError
from bot.ids import ApprovalRequestId, ButtonValue, TaskId
from bot.neo.events import ApprovalRequested
from bot.render.review import Shown, only, review
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Block, Priority, ViewsUpdate

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Reviewing:
    """Fills the modals of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._read: ApprovalRequested | None = None
        """What was read last: turning a page need not read it again."""
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, view_id: str, value: ButtonValue, notice: Mrkdwn | None = None) -> None:
        """Show a page of what is asked as it is now, and `notice` above it."""
        self._start(self._show(view_id, value, notice))

    def fill(self, view_id: str, view: Block) -> None:
        """Show something else in a modal."""
        self._start(self._fill(view_id, view))

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._try(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except BotError as error:
            # Mostly a modal that was closed meanwhile; nobody relies on the others either.
            log.info("modal_not_filled", why=str(error))

    async def _show(self, view_id: str, value: ButtonValue, notice: Mrkdwn | None) -> None:
        talk, view = self._desk.talk, await self._desk.view()
        approval = view.approval(value.subject) if view else None
        if talk is None or talk.task_id is None or approval is None:
            await self._fill(view_id, only(notice or approval_sentences.NOT_YET))
            return
        try:
            asked = await self._content(talk.task_id, approval)
        except BotError as error:
            log.info("review_not_read", why=str(error))
            asked = None
        if asked is None:
            await self._fill(view_id, only(notice or approval_sentences.NOT_READ))
            return
        if value.digest and value.digest != approval.digest:
            notice = notice or approval_sentences.REVIEW_CHANGED
        shown, thread = Shown(value.number, notice), self._desk.thread.key()
        stands = self._as_it_stands(approval)
        # Megabytes take a second to lay out: beside the loop, on which a Stop may wait.
        modal = await asyncio.to_thread(review, stands, asked, shown, thread=thread)
        await self._fill(view_id, modal)

    def _as_it_stands(self, approval: Approval) -> Approval:
        """Return it with a decision that the outbound side has not heard of yet."""
        taken = self._desk.talk.decisions if self._desk.talk else ()
        mine = next((d for d in taken if d.request_id == approval.request_id), None)
        decision = approval.decision or (mine.resolution() if mine else None)
        return approval.model_copy(update={"decision": decision})

    async def _content(self, task: TaskId, approval: Approval) -> ApprovalRequested | None:
        """Return what was asked last under this id, which is what the card shows."""
        read = self._read
        if read and read.request_id == approval.request_id and digest_of(read) == approval.digest:
            return read
        self._read = await self._last_asked(task, approval.request_id)
        return self._read

    async def _last_asked(
        self, task: TaskId, request: ApprovalRequestId
    ) -> ApprovalRequested | None:
        found: ApprovalRequested | None = None
        async for event in self._means.neo.all_events(self._means.identity, task):
            if isinstance(event.event, ApprovalRequested) and event.event.request_id == request:
                found = event.event
        return found

    async def _fill(self, view_id: str, view: Block) -> None:
        await self._means.door.call(ViewsUpdate(view_id, view), Priority.ANSWER)
