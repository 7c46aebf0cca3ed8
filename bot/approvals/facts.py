"""What the audit says of decisions. Pure: each function returns the record, nobody's words."""

from dataclasses import dataclass

from bot.audit.record import AuditKind, Fact
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.store.approvals import Verdict
from bot.view import EXPIRY, Resolution

NOT_ALLOWED = "not_allowed"
FROZEN = "frozen"
TOO_LATE = "too_late"
OUTDATED = "outdated"
EXPIRED = "expired"
GROUP_NOT_TOLD = "group_not_told"
"""Slack did not say who is in a user group, so nobody in it could be known."""

_WHY_REFUSED = {
    Verdict.LOST: "already_decided",
    Verdict.OUTDATED: OUTDATED,
    Verdict.PAUSED: "paused",
    Verdict.CLOSED: "already_closed",
    Verdict.UNKNOWN: "unknown_request",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided, and the digest of what was seen."""

    task: TaskId | None
    request: ApprovalRequestId
    digest: str

    def fact(self, kind: AuditKind, outcome: str, *, who: str, owner: str = "") -> Fact:
        """Return what happened to it."""
        return Fact(
            kind=kind,
            who=who,
            owner=owner,
            task=self.task or "",
            request=self.request,
            digest=self.digest,
            outcome=outcome,
        )


def attempted(
    subject: Subject, *, who: UserId, owner: str, ok: bool, words: str
) -> dict[str, Fact]:
    """Return what is recorded of an attempt to decide, by its verdict."""
    how = EXPIRED if who == EXPIRY else outcome(ok=ok, words=words)
    taken = subject.fact(AuditKind.DECISION_TAKEN, how, who=who, owner=owner)
    refused = {verdict: refusal(subject, why, who=who) for verdict, why in _WHY_REFUSED.items()}
    return {Verdict.WON: taken, **refused}


def voted(subject: Subject, *, who: UserId) -> dict[str, Fact]:
    """Return what is recorded of a vote, by its verdict: it acts with nobody's token."""
    counted = subject.fact(AuditKind.VOTED, outcome(ok=True, words=""), who=who)
    refused = {verdict: refusal(subject, why, who=who) for verdict, why in _WHY_REFUSED.items()}
    return {Verdict.VOTED: counted, **refused}


def refusal(subject: Subject, why: str, *, who: UserId) -> Fact:
    """Return what is recorded of a decision that decided nothing: nobody's token acted."""
    return subject.fact(AuditKind.DECISION_REFUSED, why, who=who)


def not_accepted(subject: Subject, why: str, *, who: UserId, owner: str) -> Fact:
    """Return what is recorded of a decision that did not come to be."""
    return subject.fact(AuditKind.DECISION_NOT_ACCEPTED, why, who=who, owner=owner)


def untold(subject: Subject, how: Resolution, *, owner: str) -> Fact:
    """Return what is recorded of a decision of which Neo does not say whether it has it."""
    return subject.fact(AuditKind.DECISION_UNTOLD, _said(how), who=how.by, owner=owner)


def settled(subject: Subject, how: Resolution, *, owner: str) -> Fact:
    """Return what is recorded when Neo has said how it ended."""
    said = _said(how)
    if how.void:
        return subject.fact(AuditKind.ENDED_UNDECIDED, "", who="end_of_turn")
    if how.elsewhere:
        by = f"pulumi:{how.by}" if how.by else "approval_mode"
        return subject.fact(AuditKind.DECIDED_ELSEWHERE, said, who=by)
    return subject.fact(AuditKind.DECISION_DELIVERED, said, who=how.by, owner=owner)


def _said(how: Resolution) -> str:
    return EXPIRED if how.by == EXPIRY else outcome(ok=how.ok, words=how.instructions)


def outcome(*, ok: bool, words: str) -> str:
    """Return a decision in a word; `words` are told to Neo, and to nobody else."""
    if ok:
        return "approved"
    return "denied_with_words" if words else "denied"


def status_word(status: int | None) -> str:
    """Return the status of an answer of Neo as an outcome."""
    return f"status_{status}" if status else "no_status"
