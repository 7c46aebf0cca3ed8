"""What the check of the matrix sees of decisions and their records."""

from dataclasses import replace

from bot.audit.record import AuditKind
from crash.check import check
from crash.deeds import Word
from crash.observed import Noted, Observed, Request, Shown, Task, Told
from crash.violations import Kind

ANN, BOB = "U0ANN", "U0BOB"
CARD = Shown("t/approval/r/after/1.1", f"*Approved* by <@{ANN}> and <@{BOB}>.", at=5)
YES = Told("user_confirmation", request="r", at=4, ok=True)
TASK = Task("first-task", requests=(Request("r", quorum=2),), told=(YES,), shown=(CARD,), id="t")
NOTES = [
    Noted(AuditKind.TASK_STARTED, ANN, "t"),
    Noted(AuditKind.VOTED, ANN, "t", "r"),
    Noted(AuditKind.VOTED, BOB, "t", "r"),
    Noted(AuditKind.DECISION_TAKEN, BOB, "t", "r"),
    Noted(AuditKind.DECISION_DELIVERED, BOB, "t", "r"),
]
GOOD = Observed(
    starts={"first-task": True},
    tasks=[TASK],
    given=[Word("r", ANN, ok=True, at=2), Word("r", BOB, ok=True, at=3)],
    audit=NOTES,
)

WORDS = "not-1: keep *it*,\nplease"
DENIED = replace(
    TASK,
    requests=(Request("r"),),
    told=(replace(YES, ok=False, words=WORDS),),
    shown=(replace(CARD, text="*Denied* by <@U0BOB>"),),
)
WITH_WORDS = replace(
    GOOD,
    tasks=[DENIED],
    given=[Word("r", BOB, ok=False, at=3, words=WORDS)],
    audit=[note for note in NOTES if note.kind is not AuditKind.VOTED],
)


def found(seen: Observed) -> list[tuple[Kind, str]]:
    return [(violation.kind, violation.what) for violation in check(seen)]


def kinds(seen: Observed) -> list[Kind]:
    return [kind for kind, _ in found(seen)]


def test_nothing_is_wrong_where_two_of_two_agreed_or_one_said_no_in_words() -> None:
    assert found(GOOD) == []
    assert found(WITH_WORDS) == []


def test_an_approval_before_enough_people_agreed_is_without_the_right() -> None:
    twice = [GOOD.given[0], replace(GOOD.given[0], at=3)]
    late = [GOOD.given[0], replace(GOOD.given[1], at=4.5)]

    for given in (twice, late):
        assert found(replace(GOOD, given=given)) == [
            (Kind.RIGHTS, "first-task was approved by ['U0ANN'] of 2")
        ]


def test_a_yes_of_which_somebody_was_told_that_it_did_not_arrive_counts_no_more() -> None:
    seen = replace(GOOD, taken_back={"r": 2.5})

    assert Kind.RIGHTS in kinds(seen)


def test_instructions_have_to_arrive_as_they_were_entered() -> None:
    cut = replace(DENIED, told=(replace(DENIED.told[0], words="not-1: keep *it*,"),))

    assert found(replace(WITH_WORDS, tasks=[cut])) == [
        (Kind.LOST, "first-task was denied with 'not-1: keep *it*,'")
    ]


def test_a_card_has_to_say_what_was_decided_and_by_whom() -> None:
    wrong = [f"*Approved* by <@{ANN}>.", f"*Denied* by <@{ANN}> and <@{BOB}>.", "asks"]

    for text in wrong:
        task = replace(TASK, shown=(replace(CARD, text=text),))
        assert set(kinds(replace(GOOD, tasks=[task]))) == {Kind.CARD}


def test_a_reminder_is_no_card() -> None:
    reminder = Shown("t/approval/r/0123/remind", "still waits", at=2)

    assert found(replace(GOOD, tasks=[replace(TASK, shown=(CARD, reminder))])) == []


def test_each_decision_has_one_record_whatever_was_opened_again() -> None:
    taken = NOTES[3]
    reopened = Noted(AuditKind.DECISION_NOT_ACCEPTED, BOB, "t", "r", "status_403")

    assert found(replace(GOOD, audit=[*NOTES, taken, reopened])) == []
    assert kinds(replace(GOOD, audit=[*NOTES, taken])) == [Kind.AUDIT]
    assert kinds(replace(GOOD, audit=[n for n in NOTES if n is not taken])) == [Kind.AUDIT]
    assert kinds(replace(GOOD, audit=NOTES[:-1])) == [Kind.AUDIT]


def test_each_person_has_one_vote() -> None:
    again = [*NOTES, NOTES[1]]
    alone = [note for note in NOTES if note is not NOTES[2]]

    assert found(replace(GOOD, audit=again)) == [
        (Kind.AUDIT, "2 votes of U0ANN on a request of first-task")
    ]
    assert kinds(replace(GOOD, audit=alone)) == [Kind.AUDIT]


def test_a_start_and_a_changed_mode_have_a_record_and_the_mode_is_as_it_was_wished() -> None:
    changed = replace(TASK, wished="read-only", mode="read-only")
    note = Noted(AuditKind.MODE_CHANGED, ANN, "t")

    assert found(replace(GOOD, tasks=[changed], audit=[*NOTES, note])) == []
    assert kinds(replace(GOOD, tasks=[changed])) == [Kind.AUDIT]
    assert kinds(replace(GOOD, audit=NOTES[1:])) == [Kind.AUDIT]
    assert found(replace(GOOD, tasks=[replace(changed, mode="default")], audit=[*NOTES, note])) == [
        (Kind.LOST, "first-task is default, not read-only")
    ]


def test_a_broken_chain_is_told() -> None:
    assert found(replace(GOOD, audit_break="record 2 does not follow record 1")) == [
        (Kind.AUDIT, "record 2 does not follow record 1")
    ]
