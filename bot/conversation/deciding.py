"""One decision wins; it reaches Neo once, or lapses and the card is open again."""

from datetime import UTC, datetime

import structlog

from bot.approvals.store import Decision
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.talk import PendingDecision, Talk
from bot.conversation.writes import (
    RESPOND_TIMEOUT,
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Verdict,
    Writer,
    any_match,
)
from bot.errors import NeoError
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.events import StreamedEvent, UserConfirmed
from bot.neo.wire import UserConfirmation, respond_body
from bot.store.approvals import Decided
from bot.store.approvals import Verdict as Decided_
from bot.view import View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LAPSE_SECONDS = 600.0
"""An approval that did not reach Neo in this time is no longer what the person meant."""

BUSY_SECONDS = 3.0

LAPSED = "Neo could not be reached for 10 minutes."


class Deciding:
    """Takes and delivers the decisions of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def take(
        self,
        talk: Talk,
        request_id: ApprovalRequestId,
        *,
        digest: str,
        decision: Decision,
    ) -> Decided_:
        """Let the decision win by compare-and-set; a winner is stored with its inbox entry.

        The same entry seen again, after a crash between the two, wins again.
        """
        if talk.task_id is None:
            return Decided_.UNKNOWN
        decided = await self._means.approvals.decide(
            talk.task_id, request_id, digest=digest, decision=decision.model_dump_json()
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
        view = await self._desk.view()
        waits: list[float] = []
        for pending in talk.decisions:
            if _is_settled(view, pending):
                await self._drop(pending)
            elif not pending.accepted:
                wait = await self._deliver(talk, task_id, pending)
                waits += [] if wait is None else [wait]
        return min(waits, default=None)

    async def _deliver(self, talk: Talk, task_id: TaskId, pending: PendingDecision) -> float | None:
        age = await self._means.store.time() - pending.decided_at
        if age > LAPSE_SECONDS and pending.ok and not pending.is_uncertain:
            await self._reopen(talk, task_id, pending, LAPSED)
            return None
        verdict: Verdict = await self._writer.attempt(
            pending, self._call(task_id, pending), self._record
        )
        match verdict:
            case Taken():
                await self._record(pending.model_copy(update={"accepted": True}))
                return None
            case Later(seconds):
                return seconds
            case Busy():
                return BUSY_SECONDS
            case Refused(error):
                return await self._refused(talk, task_id, pending, error)

    async def _refused(
        self, talk: Talk, task_id: TaskId, pending: PendingDecision, error: NeoError
    ) -> None:
        log.warning("decision_refused", task_id=task_id, status=error.status)
        await self._reopen(talk, task_id, pending, in_words(error))

    def _call(self, task_id: TaskId, pending: PendingDecision) -> Call:
        means = self._means

        async def post() -> None:
            means.wakes.relay(self._desk.thread)
            await means.neo.respond(means.identity, task_id, pending.body, timeout=RESPOND_TIMEOUT)

        async def find() -> bool:
            events = means.neo.all_events(means.identity, task_id)
            return await any_match(events, lambda event: _answers(event, pending.request_id))

        return Call(post, find, RESPOND_TIMEOUT)

    async def _record(self, pending: PendingDecision) -> None:
        def recorded(talk: Talk) -> Talk:
            decisions = tuple(
                pending if d.request_id == pending.request_id else d for d in talk.decisions
            )
            return talk.model_copy(update={"decisions": decisions})

        await self._desk.change(recorded)

    async def _drop(self, pending: PendingDecision) -> None:
        def dropped(talk: Talk) -> Talk:
            kept = tuple(d for d in talk.decisions if d.request_id != pending.request_id)
            return talk.model_copy(update={"decisions": kept})

        await self._desk.change(dropped)

    async def _reopen(
        self, talk: Talk, task_id: TaskId, pending: PendingDecision, why: str
    ) -> None:
        """Let a decision lapse: nobody may believe that it was carried out."""
        approval = await self._means.approvals.get(task_id, pending.request_id)
        if approval is not None:
            await self._means.approvals.reopen(
                task_id, pending.request_id, decision=approval.decision
            )
        await self._errands.run([sentences.decision_refused(talk, pending.instant, why)])
        await self._drop(pending)
        self._means.wakes.relay(self._desk.thread)

    def decision(self, entry: str, user: UserId, *, ok: bool, instructions: str = "") -> Decision:
        """Return a person's decision, taken now."""
        now = self._means.clock.now()
        return Decision(entry=entry, user=user, ok=ok, instructions=instructions, decided_at=now)


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
    )
    return talk.with_said(instant, decisions=(*talk.decisions, pending))


def _answers(event: StreamedEvent, request_id: ApprovalRequestId) -> bool:
    return isinstance(event.event, UserConfirmed) and event.event.request_id == request_id


def _is_settled(view: View | None, pending: PendingDecision) -> bool:
    """Whether the stream has said how it ended: here, elsewhere, or not at all."""
    approval = view.approval(pending.request_id) if view else None
    return view is not None and (approval is None or not approval.is_open)
