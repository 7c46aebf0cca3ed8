"""Shows in a modal what Neo asks, whole, to whoever may see the channel; nothing is decided by it.

The content is read from the task's events: what a card has no room for is kept nowhere else. Beside
the lanes, because that can take seconds and a Stop may come: what a crash leaves unsaid, somebody
asks for again.
"""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from bot.approvals.digest import digest_of
from bot.asked import Approval
from bot.conversation import approval_sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.errors import BotError, SlackError
from bot.ids import ApprovalRequestId, ButtonValue, TaskId
from bot.neo.events import ApprovalRequested
from bot.render.review import Shown, only, review
from bot.slack.inbound import Clicked
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Block, Priority, ViewsUpdate
from bot.slack.views import of_home

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TRIGGER_SECONDS = 3.0
"""How long after a click a modal can be opened."""

_NO_SUCH_MODAL = "not_found"
"""Slack's word for a modal that is closed, or was never opened."""

Say = Callable[[], Coroutine[None, None, None]]


async def _nothing() -> None:
    """Say nothing."""


class Reviewing:
    """Fills the modals of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._read: ApprovalRequested | None = None
        """What was read last: turning a page need not read it again."""
        self._tasks: set[asyncio.Task[None]] = set()

    def show(
        self,
        modal: Clicked,
        value: ButtonValue,
        notice: Mrkdwn | None = None,
        *,
        missing: Say = _nothing,
    ) -> None:
        """Show a page of what is asked as it is now, in a click's modal, and `notice` above it.

        `missing` is said where there is no such modal.
        """
        self._start(modal, self._show(modal, value, notice), missing)

    def fill(self, modal: Clicked, view: Block, *, missing: Say = _nothing) -> None:
        """Show something else in a click's modal."""
        self._start(modal, self._fill(modal, view), missing)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, modal: Clicked, work: Coroutine[None, None, None], missing: Say) -> None:
        task = asyncio.create_task(self._see_to(modal, work, missing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _see_to(
        self, modal: Clicked, work: Coroutine[None, None, None], missing: Say
    ) -> None:
        """Do the work; where it fails, the modal must not say for ever that it is on its way."""
        why = await self._tried(work)
        if why == _NO_SUCH_MODAL:  # mostly closed meanwhile
            await self._tried(missing())
        elif why:
            await self._tried(self._fill(modal, only(approval_sentences.NOT_SHOWN)))

    async def _tried(self, work: Coroutine[None, None, None]) -> str:
        """Return in a word why the work could not be done, empty where it was."""
        try:
            await work
        except BotError as error:
            log.info("modal_not_filled", why=str(error))
            return error.code if isinstance(error, SlackError) else "failed"
        except Exception:  # a mistake of ours: somebody looks at it
            log.exception("modal_failed")
            return "failed"
        return ""

    async def _show(self, modal: Clicked, value: ButtonValue, notice: Mrkdwn | None) -> None:
        talk, view = self._desk.talk, await self._desk.view()
        approval = view.approval(value.subject) if view else None
        if talk is None or talk.task_id is None or approval is None:
            await self._fill(modal, only(notice or approval_sentences.NOT_YET))
            return
        try:
            asked = await self._content(talk.task_id, approval)
        except BotError as error:
            log.info("review_not_read", why=str(error))
            asked = None
        if asked is None:
            await self._fill(modal, only(notice or approval_sentences.NOT_READ))
            return
        if value.digest and value.digest != approval.digest:
            notice = notice or approval_sentences.REVIEW_CHANGED
        shown, thread = Shown(value.number, notice), self._desk.thread.key()
        stands = self._as_it_stands(approval)
        # Megabytes take a second to lay out: beside the loop, on which a Stop may wait.
        page = await asyncio.to_thread(review, stands, asked, shown, thread=thread)
        await self._fill(modal, page)

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

    async def _fill(self, modal: Clicked, view: Block) -> None:
        # A form says the same by its value.
        marked = of_home(view) if modal.in_home and "private_metadata" not in view else view
        op = ViewsUpdate(modal.view_id, marked, modal.view_name)
        try:
            await self._means.door.call(op, Priority.ANSWER)
        except SlackError as error:
            if modal.view_id or error.code != _NO_SUCH_MODAL:
                raise
            await self._means.sleep(TRIGGER_SECONDS)  # it may come up for so long
            await self._means.door.call(op, Priority.ANSWER)
