"""Approvals: what was asked, what was shown, who has voted, and the one decision."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.audit.record import Fact
from bot.ids import ApprovalRequestId, TaskId
from bot.store import replies
from bot.store.audit import NOTHING, Audit
from bot.store.keys import MEMORY_SECONDS, Kind
from bot.store.lease import Lease
from bot.store.script import script
from bot.store.wire import Reply

_OPEN = script("fence", "approval_open")
_DECIDE = script("fence", "clock", "audit", "approval_waits", "approval_decide")
_VOTE = script("fence", "clock", "audit", "approval_waits", "approval_vote")
_STEP = script("fence", "approval_step")
_REOPEN = script("fence", "clock", "audit", "approval_reopen")
_CLOSE = script("fence", "clock", "audit", "approval_close")


class ApprovalState(StrEnum):
    """Where an approval stands."""

    OPEN = "open"
    DECIDED = "decided"
    """A decision won; Neo has not confirmed it yet."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval. `record`, `decision` and `outcome` are JSON of the layers above.

    `digest` is that of what people see now; `decision` and `outcome` are empty until there is one.
    """

    state: ApprovalState
    record: str
    digest: str
    decision: str
    outcome: str
    votes: tuple[str, ...] = ()
    """What people said for what is asked now, oldest first, as JSON of the layers above."""
    changed: bool = False
    """Whether what is asked has changed since it was decided."""
    steps: tuple[str, ...] = ()
    """What was done, as it waited, for what is asked now: words of the layers above."""


class Verdict(StrEnum):
    """What became of an attempt to decide."""

    WON = "won"
    LOST = "lost"
    """Somebody decided before."""
    PAUSED = "paused"
    """It would have approved, and an admin has paused that."""
    OUTDATED = "outdated"
    """The person saw something else than what is asked now."""
    CLOSED = "closed"
    UNKNOWN = "unknown"
    VOTED = "voted"
    """One more person's vote stands."""
    KNOWN = "known"
    """That person's vote stood before."""
    LAPSED = "lapsed"
    """The same inbox entry has decided this before, and that did not come to be."""


@dataclass(frozen=True, slots=True)
class Voted:
    """A verdict, and the votes that stand (JSON), oldest first."""

    verdict: Verdict
    votes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict, and the decision that stands (JSON), empty where there is none."""

    verdict: Verdict
    decision: str


class Approvals:
    """An installation's approvals: permanent until closed, then kept for 180 days.

    What decides, reopens or closes takes what the audit is to say of it, and records that in the
    same script. Every write raises `LeaseLost`, every method `StoreUnavailable`.
    """

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._audit = Audit(lease.store, lease.installation, lease=lease)

    async def open(
        self, task: TaskId, request: ApprovalRequestId, *, record: str, digest: str
    ) -> Approval:
        """Record what is asked, and return the approval as it stands then.

        Repeating it is harmless. A changed digest replaces an open approval's record; a decided one
        takes it only if its decision lapses, a closed one never.
        """
        keys = [self._key(task, request), self._index()]
        answer = await self._lease.write(_OPEN, keys, _member(task, request), record, digest)
        return _approval(replies.fields(answer))

    async def get(self, task: TaskId, request: ApprovalRequestId) -> Approval | None:
        """Return an approval, or None where there is none."""
        answer = await self._lease.store.call("HGETALL", self._key(task, request))
        fields = replies.fields(answer)
        return _approval(fields) if fields else None

    async def decide(  # noqa: PLR0913 -- what is decided, on what, and what is recorded
        self,
        task: TaskId,
        request: ApprovalRequestId,
        *,
        digest: str,
        decision: str,
        approves: bool = True,
        entry: str = "",
        facts: Mapping[str, Fact] = NOTHING,
    ) -> Decided:
        """Let `decision` win if the approval is open and `digest` is of what is asked now.

        One that `approves` does not while approvals are paused. Whoever repeats their own decision
        after a lost answer sees `LOST` with that decision. `entry` is the inbox entry that brought
        it: it has one record in the audit, and a decision of it that lapsed is `LAPSED` when it is
        heard again. `facts` are for the audit, by verdict.
        """
        keys = [self._key(task, request), self._lease.keys.of(Kind.PAUSED)]
        what = (digest, decision, int(approves), entry)
        answer = await self._audit.run(_DECIDE, keys, *what, facts=facts, once=entry)
        verdict, standing = replies.texts(answer)
        return Decided(Verdict(verdict), standing)

    async def vote(  # noqa: PLR0913 -- as for `decide`
        self,
        task: TaskId,
        request: ApprovalRequestId,
        *,
        digest: str,
        user: str,
        vote: str,
        entry: str = "",
        facts: Mapping[str, Fact] = NOTHING,
    ) -> Voted:
        """Add a person's vote if the approval is open and `digest` is of what is asked now.

        None while approvals are paused.

        Each person has one vote; repeating it changes nothing. All go when what is asked changes,
        and when a decision lapses. `entry` and `facts` as for `decide`.
        """
        keys = [self._key(task, request), self._lease.keys.of(Kind.PAUSED)]
        what = (digest, user, vote, entry)
        once = f"{entry}/vote" if entry else ""  # it may decide as well
        answer = await self._audit.run(_VOTE, keys, *what, facts=facts, once=once)
        verdict, standing = replies.items(answer)
        return Voted(Verdict(replies.text(verdict)), tuple(replies.texts(standing)))

    async def note_step(
        self, task: TaskId, request: ApprovalRequestId, *, digest: str, step: str
    ) -> bool:
        """Record that a step was done; False where it no longer waits for what `digest` is of."""
        keys = [self._key(task, request)]
        return _yes(await self._lease.write(_STEP, keys, digest, step))

    async def reopen(
        self,
        task: TaskId,
        request: ApprovalRequestId,
        *,
        decision: str,
        entry: str = "",
        fact: Fact | None = None,
    ) -> bool:
        """Let the decision of an inbox entry lapse; False where it is not the standing one.

        Open again, the approval is for what is asked now, whatever was decided on.
        """
        facts = {"open": fact} if fact else NOTHING
        keys = [self._key(task, request)]
        return _yes(await self._audit.run(_REOPEN, keys, decision, entry, facts=facts))

    async def close(
        self, task: TaskId, request: ApprovalRequestId, *, outcome: str, fact: Fact | None = None
    ) -> bool:
        """Record how it ended, wherever it was decided; False if unknown or closed before."""
        facts = {"closed": fact} if fact else NOTHING
        keys = [self._key(task, request), self._index()]
        how = (_member(task, request), outcome, MEMORY_SECONDS)
        return _yes(await self._audit.run(_CLOSE, keys, *how, facts=facts))

    async def not_closed(self) -> set[tuple[TaskId, ApprovalRequestId]]:
        """Return every approval that is open or decided."""
        members = replies.texts(await self._lease.store.call("SMEMBERS", self._index()))
        parts = [member.partition(" ") for member in members]
        return {(TaskId(task), ApprovalRequestId(request)) for task, _, request in parts}

    def _key(self, task: TaskId, request: ApprovalRequestId) -> str:
        return self._lease.keys.of(Kind.APPROVAL, task, request)

    def _index(self) -> str:
        return self._lease.keys.of(Kind.APPROVALS)


def _member(task: TaskId, request: ApprovalRequestId) -> str:
    # A task's id has no space in it, a request's may have anything.
    return f"{task} {request}"


def _yes(answer: Reply) -> bool:
    return replies.number(answer) == 1


def _approval(fields: dict[str, str]) -> Approval:
    return Approval(
        state=ApprovalState(fields["state"]),
        record=fields["record"],
        digest=fields["digest"],
        decision=fields.get("decision", ""),
        outcome=fields.get("outcome", ""),
        steps=tuple(fields.get("steps", "").split()),
        votes=tuple(
            vote
            for _, vote, digest in json.loads(fields.get("votes", "[]"))
            if digest == fields["digest"]
        ),
        changed=fields.get("digest_now", fields["digest"]) != fields["digest"],
    )
