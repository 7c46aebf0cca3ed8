"""Whether a person's word decides, by the policy: the rules are pure, who is in a group is live."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.approvals import facts
from bot.approvals.deciders import Deciders, deciders_of
from bot.approvals.store import Asked, Decision, votes_in
from bot.channels import ChannelIds
from bot.ids import TaskId, UserId
from bot.policy.freezes import frozen_until
from bot.policy.groups import GroupMembers, Members
from bot.policy.rules import LAST_RESORT, Policy
from bot.policy.votes import Denied, Met, Open
from bot.store.approvals import Approval, Approvals, Verdict
from bot.store.audit import Audit


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """It does not count: the person is none of those who may."""

    deciders: Deciders
    user: UserId
    ok: bool


@dataclass(frozen=True, slots=True)
class Frozen:
    """Nothing may be approved now."""

    until: datetime


@dataclass(frozen=True, slots=True)
class TooLate:
    """It was said so long ago that it may not be what the person means now."""


@dataclass(frozen=True, slots=True)
class Counted:
    """It counts, and more people are needed; `new` is false where it counted before."""

    deciders: Deciders
    standing: Open
    new: bool


Outcome = Verdict | NotAllowed | Frozen | TooLate | Counted
"""What became of somebody's word: all but `Verdict.WON` decided nothing."""


class Voting:
    """Judges what people say to what waits in one conversation."""

    def __init__(  # noqa: PLR0913 -- what it goes by, each named
        self,
        policy: Policy,
        *,
        channels: ChannelIds,
        approvals: Approvals,
        audit: Audit,
        known: GroupMembers,
        time: Callable[[], Awaitable[float]],
        lapse: float,
    ) -> None:
        self._policy = policy
        self._channels = channels
        self._approvals = approvals
        self._audit = audit
        self._known = known
        self._time = time
        self._lapse = lapse
        """Seconds after which a vote is no longer what the person meant."""

    async def judge(
        self, subject: facts.Subject, decision: Decision, *, channel: str, owner: UserId
    ) -> Decision | Outcome:
        """Return the decision that is to be taken, or why there is none.

        The same inbox entry seen again comes to the same: what it has decided stands, whoever may
        decide by now. `channel` is where the task was started, for records that do not say it.
        """
        if subject.task is None:
            return Verdict.UNKNOWN
        approval = await self._approvals.get(subject.task, subject.request)
        if taken := decision_by(approval, decision.entry):
            return taken
        deciders = await self._deciders(approval, channel, owner)
        if refused := await self._why_not(deciders, decision):
            outcome, why = refused
            fact = facts.refusal(subject, why, who=decision.user)
            await self._audit.append(fact, once=decision.entry)
            return outcome
        if not decision.ok or deciders.rule.quorum == 1:
            return decision
        return await self._vote(subject.task, subject, deciders, decision)

    async def _why_not(
        self, deciders: Deciders, decision: Decision
    ) -> tuple[NotAllowed | Frozen | TooLate, str] | None:
        """Return why somebody's word does not count, with the audit's word for that."""
        if not deciders.may(decision.user, ok=decision.ok):
            in_doubt = deciders.might(decision.user, ok=decision.ok)
            why = facts.GROUP_NOT_TOLD if in_doubt else facts.NOT_ALLOWED
            return NotAllowed(deciders, decision.user, decision.ok), why
        if not decision.ok:
            return None
        if until := await self._frozen_until(deciders, decision):
            return Frozen(until), facts.FROZEN
        age = await self._time() - decision.decided_at
        if deciders.rule.quorum > 1 and age > self._lapse:
            return TooLate(), facts.TOO_LATE  # one that needs no others lapses when it is to go out
        return None

    async def _deciders(self, approval: Approval | None, channel: str, owner: UserId) -> Deciders:
        if approval is None:  # nothing can be decided; that is found where it would be
            return Deciders(LAST_RESORT, owner, Members({}))
        asked = Asked.read_in(channel, approval.record)
        return await deciders_of(self._policy, asked, self._channels, self._known, anew=True)

    async def _frozen_until(self, deciders: Deciders, decision: Decision) -> datetime | None:
        """Say until when nothing is approved: now, or when it was said."""
        now = await self._time()
        ends = [frozen_until(deciders.rule, at) for at in (decision.decided_at, now)]
        return max((end for end in ends if end), default=None)

    async def _vote(
        self, task_id: TaskId, subject: facts.Subject, deciders: Deciders, decision: Decision
    ) -> Decision | Outcome:
        """Add somebody's approval to the others'; enough of them are a decision."""
        voted = await self._approvals.vote(
            task_id,
            subject.request,
            digest=subject.digest,
            user=decision.user,
            vote=decision.model_dump_json(),
            entry=decision.entry,
            facts=facts.voted(subject, who=decision.user),
        )
        if voted.verdict not in {Verdict.VOTED, Verdict.KNOWN}:
            return voted.verdict
        match deciders.standing(votes_in(voted.votes)):
            case Met(by):
                also = tuple(user for user in by if user != decision.user)
                return decision.model_copy(update={"also": also})
            case Open() as standing:
                return Counted(deciders, standing, new=voted.verdict is Verdict.VOTED)
            case Denied():
                raise RuntimeError("a denial decides, it is never kept as a vote")


def decision_by(approval: Approval | None, entry: str) -> Decision | None:
    """Return the decision that stands, if this inbox entry has taken it."""
    if approval is None or not approval.decision:
        return None
    decision = Decision.read(approval.decision)
    return decision if decision.entry == entry else None
