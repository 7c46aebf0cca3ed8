"""What people decide: the policy is asked, one decision wins, and waits to be confirmed to Neo."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

from bot.approvals import facts
from bot.approvals.store import Decision
from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.pending import PendingDecision
from bot.conversation.talk import Talk
from bot.conversation.voting import Outcome, Voting
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.wire import UserConfirmation, respond_body
from bot.policy.times import duration
from bot.slack.inbound import Expired
from bot.store.approvals import ApprovalState, Decided, Verdict
from bot.store.inbox import stored_at
from bot.view import EXPIRY

Step = Callable[[Talk], Talk]


def _nothing(talk: Talk) -> Talk:
    return talk


class Deciding:
    """Takes the decisions of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._voting = Voting(
            means.policy,
            channels=means.channels,
            approvals=means.approvals,
            audit=means.audit,
            known=means.groups,
            time=means.store.time,
            lapse=means.patience.lapse,
        )

    async def take(
        self,
        talk: Talk,
        request_id: ApprovalRequestId,
        *,
        digest: str,
        decision: Decision,
        also: Step = _nothing,
    ) -> Outcome:
        """Let a decision that the policy allows win by compare-and-set.

        A winner is stored with its inbox entry, and with what `also` does to the talk; whatever
        else comes of it, the caller finishes that. The same entry seen again, after a crash between
        the two, comes to the same.
        """
        if talk.task_id is None:
            return Verdict.UNKNOWN
        subject = facts.Subject(talk.task_id, request_id, digest)
        judged = await self._voting.judge(
            subject, decision, channel=talk.thread.channel, owner=talk.owner
        )
        if isinstance(judged, Decision):
            return await self._decide(talk.task_id, request_id, digest, judged, also)
        if judged is Verdict.LAPSED:
            return await self._was_over(decision, also)
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
        return verdict is Verdict.WON

    async def adopt(self) -> None:
        """Take up decisions that won when this process's predecessor died before it stored that.

        Else one would stand for ever that nobody brings to Neo: its entry, heard again, may come to
        something else by now.
        """
        talk, view = self._desk.talk, await self._desk.view()
        if talk is None or view is None:
            return
        pending = {d.request_id for d in talk.decisions}
        for waiting in view.open_approvals:
            if waiting.request_id in pending:
                continue
            approval = await self._means.approvals.get(view.task_id, waiting.request_id)
            if approval is not None and approval.state is ApprovalState.DECIDED:
                decision = Decision.read(approval.decision)
                await self._desk.change(_deciding(waiting.request_id, decision))

    def has_taken(self, entry: str) -> bool:
        """Whether an inbox entry is that of a decision on its way."""
        talk = self._desk.talk
        return talk is not None and any(d.entry == entry for d in talk.decisions)

    async def _decide(
        self,
        task_id: TaskId,
        request_id: ApprovalRequestId,
        digest: str,
        decision: Decision,
        also: Step = _nothing,
    ) -> Verdict:
        decided = await self._means.approvals.decide(
            task_id,
            request_id,
            digest=digest,
            decision=decision.model_dump_json(),
            approves=decision.ok,
            entry=decision.entry,
            facts=facts.attempted(
                facts.Subject(task_id, request_id, digest),
                who=decision.user,
                owner=self._means.identity.person,
                ok=decision.ok,
                words=decision.instructions,
            ),
        )
        if decided.verdict is Verdict.LAPSED:
            return await self._was_over(decision, also)
        if not _is_winner(decided, decision):
            return decided.verdict
        taken = _deciding(request_id, decision)
        await self._desk.change(lambda talk: also(taken(talk)), entry=decision.entry)
        self._means.wakes.relay(self._desk.thread)
        return Verdict.WON

    async def _was_over(self, decision: Decision, also: Step) -> Verdict:
        """Finish the entry of a decision that won before, did not come to be, and was told so."""
        await self._desk.change(also, entry=decision.entry)
        return Verdict.WON

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
    if decided.verdict is Verdict.WON:
        return True
    if decided.verdict is not Verdict.LOST:
        return False
    return Decision.read(decided.decision).entry == decision.entry


def _deciding(request_id: ApprovalRequestId, decision: Decision) -> Step:
    """Return what makes a decision pending; what it has made so is not made so twice."""

    def decided(talk: Talk) -> Talk:
        if any(d.entry == decision.entry for d in talk.decisions):
            return talk
        return _with_decision(talk, request_id, decision)

    return decided


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
        entry=decision.entry,
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
