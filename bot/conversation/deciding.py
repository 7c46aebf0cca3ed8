"""One decision wins; it reaches Neo once, or lapses and the card is open again."""

import math
from datetime import UTC, datetime

import structlog

from bot.approvals import facts
from bot.approvals.store import Decision
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Tell
from bot.conversation.errands import Errands
from bot.conversation.looking import Bookmark, among_events
from bot.conversation.means import Means
from bot.conversation.pending import PendingDecision
from bot.conversation.refusals import in_words
from bot.conversation.talk import Talk
from bot.conversation.voting import Outcome, Voting
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
from bot.errors import NeoError, TaskGone
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.events import StreamedEvent, UserConfirmed
from bot.neo.wire import UserConfirmation, respond_body
from bot.policy.times import duration
from bot.slack.inbound import Expired
from bot.store.approvals import ApprovalState, Decided
from bot.store.approvals import Verdict as Decided_
from bot.store.inbox import stored_at
from bot.view import EXPIRY

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Deciding:
    """Takes and delivers the decisions of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer
        self._voting = Voting(
            means.policy,
            approvals=means.approvals,
            audit=means.audit,
            known=means.reader,
            time=means.store.time,
        )

    async def take(
        self,
        talk: Talk,
        request_id: ApprovalRequestId,
        *,
        digest: str,
        decision: Decision,
    ) -> Outcome:
        """Let a decision that the policy allows win by compare-and-set.

        A winner is stored with its inbox entry; whatever else comes of it, the caller finishes
        that. The same entry seen again, after a crash between the two, comes to the same.
        """
        if talk.task_id is None:
            return Decided_.UNKNOWN
        judged = await self._voting.judge(
            talk.task_id, request_id, owner=talk.owner, digest=digest, decision=decision
        )
        if isinstance(judged, Decision):
            return await self._decide(talk.task_id, request_id, digest, judged)
        self._means.wakes.relay(self._desk.thread)  # the card shows who has approved by now
        return judged

    async def expire(self, task_id: TaskId, expired: Expired, entry: str) -> bool:
        """Let what nobody decided in time be denied; False where it does not wait any more.

        Neo knows no expiry, and its agent would wait for ever: a denial that says what happened
        frees the task, and claims no person's word. It is sent with the owner's identity, as every
        decision is: nobody else's is known to Neo. One that somebody has just decided stays so.
        """
        words = sentences.EXPIRED_FOR_NEO.format(after=duration(expired.after))
        decision = await self.decision(entry, EXPIRY, ok=False, instructions=words)
        verdict = await self._decide(task_id, expired.request_id, expired.digest, decision)
        return verdict is Decided_.WON

    async def _decide(
        self, task_id: TaskId, request_id: ApprovalRequestId, digest: str, decision: Decision
    ) -> Decided_:
        decided = await self._means.approvals.decide(
            task_id,
            request_id,
            digest=digest,
            decision=decision.model_dump_json(),
            approves=decision.ok,
            facts=facts.attempted(
                facts.Subject(task_id, request_id, digest),
                who=decision.user,
                owner=self._means.identity.person,
                ok=decision.ok,
                words=decision.instructions,
            ),
            once=decision.entry,
        )
        if not _is_winner(decided, decision):
            return decided.verdict
        await self._desk.change(
            lambda talk: _with_decision(talk, request_id, decision), entry=decision.entry
        )
        self._means.wakes.relay(self._desk.thread)
        return Decided_.WON

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the decisions forward; return seconds until the next try, None without any."""
        waits = [await self._bring(talk, task_id, pending) for pending in talk.decisions]
        return min((wait for wait in waits if wait is not None), default=None)

    async def _bring(self, talk: Talk, task_id: TaskId, pending: PendingDecision) -> float | None:
        if await self._is_settled(task_id, pending):
            await self._drop(pending)
            return None
        if pending.accepted:
            return None
        if has_lapsed(pending, await self._means.store.time(), self._means.patience.lapse):
            why = sentences.decision_refused(talk, pending, sentences.LAPSED)
            return await self._reopen(task_id, pending, why, "lapsed")
        if pending.ok and not pending.is_uncertain and await self._means.pauses.standing():
            why = sentences.decision_refused(talk, pending, sentences.PAUSED_MEANWHILE)
            return await self._reopen(task_id, pending, why, "paused")
        verdict = await self._writer.attempt(pending, self._call(task_id, pending), self._record)
        return await self._go_on(verdict, talk, task_id, pending)

    async def _is_settled(self, task_id: TaskId, pending: PendingDecision) -> bool:
        """Whether the stream has said how it ended: here, elsewhere, or not at all.

        Asked of the record, not of the view, which has an approval only after its card is shown.
        """
        approval = await self._means.approvals.get(task_id, pending.request_id)
        return approval is None or approval.state is ApprovalState.CLOSED

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
                return self._writer.rest(pending, self._means.patience.retry)
            case Refused(error):
                return await self._refused(talk, task_id, pending, error)
            case Untold(error):
                told = sentences.decision_untold(talk, pending, in_words(error))
                return await self._reopen(task_id, pending, told, "outcome_untold")

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
        told = sentences.decision_refused(talk, pending, in_words(error))
        await self._reopen(task_id, pending, told, facts.status_word(error.status))

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
        def dropped(talk: Talk) -> Talk:
            # By its instant: once it is open again, somebody may have decided anew.
            kept = tuple(d for d in talk.decisions if d.instant != pending.instant)
            return talk.model_copy(update={"decisions": kept})

        await self._desk.change(dropped)

    async def _reopen(
        self, task_id: TaskId, pending: PendingDecision, told: Tell, outcome: str
    ) -> None:
        """Let a decision lapse: nobody may believe that it was carried out."""
        approval = await self._means.approvals.get(task_id, pending.request_id)
        if approval is not None:
            subject = facts.Subject(task_id, pending.request_id, approval.digest)
            owner = self._means.identity.person
            fact = facts.not_accepted(subject, outcome, who=pending.user, owner=owner)
            await self._means.approvals.reopen(
                task_id, pending.request_id, decision=approval.decision, fact=fact
            )
        await self._errands.run([told])
        await self._drop(pending)
        self._means.wakes.relay(self._desk.thread)

    async def decision(
        self,
        entry: str,
        user: UserId,
        *,
        ok: bool,
        instructions: str = "",
        said_at: float = math.inf,
    ) -> Decision:
        """Return a person's decision, as old as its inbox entry is by the store's clock.

        Not as old as this process took to look at it: it may have been down for hours meanwhile.
        `said_at`: when it was said, in seconds since the epoch, where that was found out late.
        """
        taken_in = stored_at(entry) or await self._means.store.time()
        decided_at = min(taken_in, said_at)
        return Decision(
            entry=entry, user=user, ok=ok, instructions=instructions, decided_at=decided_at
        )


def _is_winner(decided: Decided, decision: Decision) -> bool:
    if decided.verdict is Decided_.WON:
        return True
    if decided.verdict is not Decided_.LOST:
        return False
    return Decision.model_validate_json(decided.decision).entry == decision.entry


def _with_decision(talk: Talk, request_id: ApprovalRequestId, decision: Decision) -> Talk:
    instant = talk.next_instant(decision.decided_at)
    confirmation = UserConfirmation(
        timestamp=datetime.fromtimestamp(instant, UTC),
        approval_request_id=request_id,
        ok=decision.ok,
        instructions=decision.instructions or None,
    )
    pending = PendingDecision(
        body=respond_body(confirmation),
        instant=instant,
        request_id=request_id,
        user=decision.user,
        ok=decision.ok,
        instructions=decision.instructions,
        decided_at=decision.decided_at,
        also=decision.also,
    )
    # A held reply that was sent as this answer is held no more.
    held = tuple(
        h
        for h in talk.held
        if (h.request_id, h.item.content) != (request_id, decision.instructions)
    )
    return talk.with_said(instant, decisions=(*talk.decisions, pending), held=held)


def _answers(event: StreamedEvent, request_id: ApprovalRequestId) -> bool:
    return isinstance(event.event, UserConfirmed) and event.event.request_id == request_id


def has_lapsed(pending: PendingDecision, now: float, after: float) -> bool:
    """Whether an approval is too old to be sent; a denial never is.

    One whose outcome is not known is no longer ours to take back. Times by the store's clock.
    """
    return pending.ok and not pending.is_uncertain and now - pending.decided_at > after
