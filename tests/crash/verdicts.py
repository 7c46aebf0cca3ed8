"""What must hold of everything that an agent asked, and of the audit. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.audit.record import AuditKind
from crash.looks import APPROVAL
from crash.observed import Noted, Observed, Request, Task, Told
from crash.violations import Kind, Violation, times, window


def verdicts(task: Task, seen: Observed) -> Iterator[Violation]:
    """Each request is decided once, as people said, and its card says so."""
    for request in task.requests:
        told = [t for t in task.told if t.request == request.id]
        named = window([t.at for t in told[1:]], seen.stale_calls)
        what = f"the decision of a request of {task.start}"
        yield from times(what, len(told), at_least=True, window=named)
        for one in told:
            yield from _right(task, request, one, seen)
        yield from _cards(task, request, told, seen)


def _right(task: Task, request: Request, told: Told, seen: Observed) -> Iterator[Violation]:
    """An approval takes as many people as it takes; a denial arrives as it was entered."""
    if told.ok:
        agreed = _agreed(request, told, seen)
        if len(agreed) < request.quorum:
            what = f"{task.start} was approved by {sorted(agreed)} of {request.quorum}"
            yield Violation(Kind.RIGHTS, what)
    elif not request.question:
        words = {g.words for g in seen.given if not g.ok and g.request == request.id}
        if told.words not in words:
            yield Violation(Kind.LOST, f"{task.start} was denied with {told.words!r}")


def _agreed(request: Request, told: Told, seen: Observed) -> set[str]:
    """Return who had approved by then, and was not told later that it did not count."""
    since = seen.taken_back.get(request.id, 0.0)
    yeses = (g for g in seen.given if g.ok and g.request == request.id)
    return {yes.user for yes in yeses if since < yes.at <= told.at}


def _cards(
    task: Task, request: Request, told: Sequence[Told], seen: Observed
) -> Iterator[Violation]:
    """Every card of a request says how it was decided, and by whom."""
    for message in task.shown:
        if not APPROVAL.fullmatch(message.key) or message.key.split("/")[2] != request.id:
            continue
        for words in _verdict(request, told, seen):
            if words not in message.text:
                named = window([message.at], seen.stale_calls)
                what = f"{message.key} of {task.start} does not say {words}"
                yield Violation(Kind.CARD, f"{what}: {message.text[:80]!r}", named)


def _verdict(request: Request, told: Sequence[Told], seen: Observed) -> Iterator[str]:
    if not told:
        return
    if request.question:
        yield "*Answered*"
    elif not told[0].ok:
        yield "*Denied*"
    else:
        yield "*Approved*"
        yield from (f"<@{user}>" for user in sorted(_agreed(request, told[0], seen)))


def audit(seen: Observed) -> Iterator[Violation]:
    """The chain is whole, and has a record of each thing that was done, and no second one."""
    if seen.audit_break:
        yield Violation(Kind.AUDIT, seen.audit_break)
    for task in seen.tasks:
        mine = [note for note in seen.audit if note.task == task.id]
        yield from _recorded(f"the start of {task.start}", mine, AuditKind.TASK_STARTED)
        if task.wished:
            yield from _recorded(f"the mode of {task.start}", mine, AuditKind.MODE_CHANGED)
        stops = sum(t.type == "user_cancel" for t in task.told)
        if stops and not _count(mine, AuditKind.STOP):
            yield Violation(Kind.AUDIT, f"no record of a stop of {task.start}")
        for request in task.requests:
            notes = [note for note in mine if note.request == request.id]
            yield from _decision_recorded(f"a request of {task.start}", notes, request)


def _decision_recorded(what: str, notes: Sequence[Noted], request: Request) -> Iterator[Violation]:
    reopened = _count(notes, AuditKind.DECISION_NOT_ACCEPTED)
    yield from _recorded(what, notes, AuditKind.DECISION_TAKEN, expected=1 + reopened)
    yield from _recorded(what, notes, AuditKind.DECISION_DELIVERED)
    votes = Counter(note.who for note in notes if note.kind is AuditKind.VOTED)
    if votes and len(votes) < request.quorum:
        yield Violation(Kind.AUDIT, f"{what} has votes of {sorted(votes)} alone")
    for user, count in votes.items():
        if count > 1 + reopened:
            yield Violation(Kind.AUDIT, f"{count} votes of {user} on {what}")


def _recorded(
    what: str, notes: Sequence[Noted], kind: AuditKind, *, expected: int = 1
) -> Iterator[Violation]:
    count = _count(notes, kind)
    if count != expected:
        yield Violation(Kind.AUDIT, f"{count} records of {kind} of {what}, not {expected}")


def _count(notes: Sequence[Noted], kind: AuditKind) -> int:
    return sum(note.kind is kind for note in notes)
