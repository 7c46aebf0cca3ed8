"""A decision that won reaches Neo once, as its `user_confirmation`, or lapses and is asked anew."""

import structlog

from bot.approvals import facts
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.lapsing import Lapsing, is_of
from bot.conversation.looking import Bookmark, among_events
from bot.conversation.means import Means
from bot.conversation.pending import PendingDecision
from bot.conversation.refusals import in_words
from bot.conversation.talk import Talk
from bot.conversation.writes import (
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Untold,
    Verdict,
    Writer,
)
from bot.errors import Accepted, NeoError, NeoUnavailable, TaskGone
from bot.ids import ApprovalRequestId, TaskId
from bot.neo.events import StreamedEvent, UserConfirmed
from bot.store.approvals import ApprovalState

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

UNTOLD = "outcome_untold"
"""In place of the audit's word why it did not come to be: nobody knows whether Neo has it."""


class Confirming:
    """Delivers the decisions of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer
        self._lapsing = Lapsing(means, desk)

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the decisions forward; return seconds until the next try, None without any."""
        waits = [await self._bring(talk, task_id, pending) for pending in talk.decisions]
        return min((wait for wait in waits if wait is not None), default=None)

    async def _bring(self, talk: Talk, task_id: TaskId, pending: PendingDecision) -> float | None:
        # Asked of the record, not of the view, which has an approval only after its card is shown.
        approval = await self._means.approvals.get(task_id, pending.request_id)
        if approval is None or approval.state is ApprovalState.CLOSED:
            await self._drop(pending)  # the stream has said how it ended
            return None
        if pending.accepted:
            return None
        if pending.failed:
            return await self._reopen(talk, task_id, pending)
        if lapse := await self._lapsing.why(talk, pending, approval):
            return await self._give_up(talk, task_id, pending, *lapse)
        verdict = await self._writer.attempt(pending, self._call(task_id, pending), self._record)
        return await self._go_on(verdict, talk, task_id, pending)

    async def _go_on(
        self, verdict: Verdict, talk: Talk, task_id: TaskId, pending: PendingDecision
    ) -> float | None:
        match verdict:
            case Taken():
                await self._record(pending.model_copy(update={"accepted": True}))
                return 0.0  # found late, its turn may be over: then no change of the view comes
            case Later(seconds):
                return seconds
            case Busy():
                return await self._busy(pending)
            case Refused(error):
                return await self._refused(talk, task_id, pending, error)
            case Untold(error):
                return await self._give_up(talk, task_id, pending, in_words(error), UNTOLD)

    async def _busy(self, pending: PendingDecision) -> float:
        """Say on the card why Neo does not have it yet, and try again."""
        if not pending.busy:
            await self._record(pending.model_copy(update={"busy": True}))
            self._means.wakes.relay(self._desk.thread)
        return self._writer.rest(pending, self._means.patience.retry)

    async def _refused(
        self, talk: Talk, task_id: TaskId, pending: PendingDecision, error: NeoError
    ) -> None:
        log.warning("decision_refused", task_id=task_id, status=error.status)
        if await self._was_answered(task_id, pending):
            # Somebody was faster in the console: the stream brings it, and the card says so.
            await self._record(pending.model_copy(update={"accepted": True}))
            return
        if isinstance(error, TaskGone):  # nothing is left to decide: its turn and its cards end
            view = await self._desk.view()
            turn = view.turn.number if view and view.turn else 0
            await self._desk.change(lambda talk: talk.model_copy(update={"gone": turn}))
        await self._give_up(
            talk, task_id, pending, in_words(error), facts.status_word(error.status)
        )

    async def _was_answered(self, task_id: TaskId, pending: PendingDecision) -> bool:
        try:
            return await self._call(task_id, pending).find(Bookmark())
        except NeoError as error:
            log.info("answer_not_looked_up", status=error.status)
            return False

    def _call(self, task_id: TaskId, pending: PendingDecision) -> Call:
        means = self._means

        async def post() -> None:
            means.wakes.relay(self._desk.thread)
            if pending.ok and await self._lapsing.brake():
                # By now somebody may have been told that nothing is approved any more.
                raise NeoUnavailable("nothing is approved now", accepted=Accepted.NO)
            await means.neo.respond(
                means.identity, task_id, pending.body, timeout=means.patience.respond
            )

        find = among_events(
            means.neo, means.identity, task_id, lambda event: _answers(event, pending.request_id)
        )
        return Call(post, find, means.patience.respond, means.patience.settle)

    async def _record(self, pending: PendingDecision) -> None:
        def recorded(talk: Talk) -> Talk:
            decisions = tuple(
                pending if d.instant == pending.instant else d for d in talk.decisions
            )
            return talk.model_copy(update={"decisions": decisions})

        await self._desk.change(recorded)

    async def _drop(self, pending: PendingDecision) -> None:
        doubted = pending.outcome == UNTOLD
        await self._desk.change(lambda talk: talk.without_decision(pending, doubted=doubted))

    async def _give_up(
        self, talk: Talk, task_id: TaskId, pending: PendingDecision, why: str, outcome: str
    ) -> None:
        """Give up; stored before anybody is told, for after that it must never go out."""
        failed = pending.model_copy(update={"failed": why, "outcome": outcome})
        await self._record(failed)
        await self._reopen(talk, task_id, failed)

    async def _reopen(self, talk: Talk, task_id: TaskId, pending: PendingDecision) -> None:
        """Let a decision lapse: nobody may believe that it was carried out."""
        approval = await self._means.approvals.get(task_id, pending.request_id)
        if approval is not None and is_of(approval.decision, pending):
            subject = facts.Subject(task_id, pending.request_id, approval.digest)
            owner = self._means.identity.person
            fact = (
                facts.untold(subject, pending.resolution(), owner=owner)
                if pending.outcome == UNTOLD
                else facts.not_accepted(subject, pending.outcome, who=pending.user, owner=owner)
            )
            await self._means.approvals.reopen(
                task_id,
                pending.request_id,
                decision=approval.decision,
                entry=pending.entry,
                fact=fact,
            )
        untold = pending.outcome == UNTOLD
        say = sentences.decision_untold if untold else sentences.decision_refused
        await self._errands.run([say(talk, pending, pending.failed)])
        await self._drop(pending)
        self._means.wakes.relay(self._desk.thread)


def _answers(event: StreamedEvent, request_id: ApprovalRequestId) -> bool:
    return isinstance(event.event, UserConfirmed) and event.event.request_id == request_id
