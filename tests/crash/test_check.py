from dataclasses import replace

from bot.audit.record import AuditKind
from bot.store.keys import HOUR, MARK_SECONDS, MEMORY_SECONDS
from crash.check import check
from crash.deeds import Word
from crash.observed import Noted, Observed, Request, Shown, Task, Told
from crash.violations import STOPPED_ON_THE_WIRE, Kind, Violation

LONG = "word-1.2 and much more"

CARD = Shown("t/turn/1", "Neo task: ✅ Done after 3 s", at=1)
APPROVAL = Shown("t/approval/r", "✅ *Neo asked for approval* *Approved* by <@U0ANN>.", at=2)
FIRST = Shown("t/e1/0", "word-1.1", at=3)
PREVIEW = Shown("t/e2/0", "word-1.2 and", at=4)
FILE = Shown("", "", files=(LONG,), at=5)
LAST = Shown("t/e3/0", "word-1.3", at=6)

TOLD = (
    Told("user_message", "first-task", at=1),
    Told("user_message", "Ann: reply-1\n\nBob: reply-2", at=2),
    Told("user_confirmation", request="r", at=3, ok=True),
    Told("user_cancel", at=4),
)
TASK = Task(
    start="first-task",
    said=("word-1.1", LONG, "word-1.3"),
    files=(LONG,),
    requests=(Request("r"),),
    told=TOLD,
    shown=(CARD, APPROVAL, FIRST, PREVIEW, FILE, LAST),
    id="t",
)
AUDIT = (
    Noted(AuditKind.TASK_STARTED, "U0ANN", "t"),
    Noted(AuditKind.DECISION_TAKEN, "U0ANN", "t", "r"),
    Noted(AuditKind.DECISION_DELIVERED, "U0ANN", "t", "r"),
    Noted(AuditKind.STOP, "U0ANN", "t"),
)
GOOD = Observed(
    starts={"first-task": True, "second-task": False},
    words={"reply-1": True, "reply-2": True},
    tasks=[TASK],
    given=[Word("r", "U0ANN", ok=True, at=2.5)],
    audit=AUDIT,
    keys={
        "ns:{T1}:fence": None,
        "ns:{T1}:conv:C1:1.1": MEMORY_SECONDS - 5,
        "ns:{T1}:mark:message:C1:1.1": MARK_SECONDS - 5,
    },
)


def shows(*messages: Shown) -> Observed:
    return replace(GOOD, tasks=[replace(TASK, shown=messages)])


def is_told(*told: Told) -> Observed:
    return replace(GOOD, tasks=[replace(TASK, told=told)])


def found(seen: Observed) -> list[tuple[Kind, str]]:
    return [(violation.kind, violation.what) for violation in check(seen)]


def test_nothing_is_wrong_with_a_run_that_went_well() -> None:
    assert check(GOOD) == []


def test_a_text_that_is_missing_is_lost() -> None:
    seen = shows(CARD, APPROVAL, PREVIEW, FILE, LAST)

    assert found(seen) == [(Kind.LOST, "word-1.1 of first-task")]


def test_a_text_in_two_messages_came_twice() -> None:
    again = replace(LAST, key="t/e4/0")

    seen = shows(CARD, APPROVAL, FIRST, PREVIEW, FILE, LAST, again)

    assert found(seen) == [(Kind.TWICE, "word-1.3 of first-task: 2 times")]


def test_a_text_in_the_text_and_in_the_blocks_of_one_message_came_once() -> None:
    seen = shows(CARD, APPROVAL, replace(FIRST, text="word-1.1\nword-1.1"), PREVIEW, FILE, LAST)

    assert check(seen) == []


def test_two_messages_with_the_same_key_are_one_posted_twice() -> None:
    seen = shows(*TASK.shown, CARD)

    assert found(seen) == [(Kind.TWICE, "the message t/turn/1: 2 times")]


def test_texts_in_another_order_are_out_of_order() -> None:
    seen = shows(CARD, APPROVAL, PREVIEW, FIRST, FILE, LAST)

    assert [kind for kind, _ in found(seen)] == [Kind.ORDER]


def test_a_file_has_to_be_there_whole_and_once() -> None:
    cut = replace(FILE, files=("word-1.2 and",))

    assert found(shows(CARD, APPROVAL, FIRST, PREVIEW, cut, LAST)) == [
        (Kind.LOST, "the file of word-1.2")
    ]
    assert found(shows(*TASK.shown, FILE)) == [(Kind.TWICE, "the file of word-1.2: 2 times")]


def test_words_that_neo_never_got_are_lost() -> None:
    seen = is_told(TOLD[0], replace(TOLD[1], words="reply-2"), *TOLD[2:])

    assert found(seen) == [(Kind.LOST, "'reply-1' at Neo")]


def test_words_that_nobody_said_were_taken_may_be_missing_but_not_come_twice() -> None:
    seen = replace(GOOD, words={**GOOD.words, "perhaps": False})
    perhaps = Told("user_message", "perhaps")

    assert check(seen) == []
    assert found(replace(is_told(*TOLD, perhaps, perhaps), words=seen.words)) == [
        (Kind.TWICE, "'perhaps' at Neo: 2 times")
    ]


def test_words_within_a_message_are_in_the_order_in_which_they_were_said() -> None:
    seen = is_told(TOLD[0], replace(TOLD[1], words="reply-2 reply-1"), *TOLD[2:])

    assert found(seen) == [(Kind.ORDER, "told ['reply-2', 'reply-1']")]


def test_a_start_without_a_task_is_lost_and_one_with_two_came_twice() -> None:
    other = Task("first-task", id="u")
    notes = [*AUDIT, Noted(AuditKind.TASK_STARTED, "U0ANN", "u")]

    assert (Kind.LOST, "the task of 'first-task'") in found(replace(GOOD, tasks=[]))
    assert found(replace(GOOD, tasks=[TASK, other], audit=notes)) == [
        (Kind.TWICE, "the task of 'first-task': 2 times")
    ]


def test_a_request_is_decided_once() -> None:
    decided = TOLD[2]

    assert found(is_told(*TOLD, decided)) == [
        (Kind.TWICE, "the decision of a request of first-task: 2 times")
    ]
    assert found(is_told(TOLD[0], TOLD[1], TOLD[3])) == [
        (Kind.LOST, "the decision of a request of first-task")
    ]


def test_a_stop_goes_out_once_at_most() -> None:
    assert found(is_told(*TOLD, TOLD[3])) == [(Kind.TWICE, "the stop of first-task: 2 times")]
    assert check(is_told(*TOLD[:3])) == []


def test_an_event_that_was_sent_again_is_seen_even_where_neo_refused_it() -> None:
    seen = replace(GOOD, repeated=[TOLD[2]])

    assert found(seen) == [(Kind.TWICE, "user_confirmation was sent again")]


def test_a_card_that_still_has_its_buttons_is_not_final() -> None:
    seen = shows(replace(CARD, labels=("Stop", "Open in Pulumi Cloud")), *TASK.shown[1:])

    assert found(seen) == [(Kind.CARD, "t/turn/1 of first-task still has ['Stop']")]


def test_a_card_that_does_not_say_how_it_ended_is_not_final() -> None:
    working = replace(CARD, text="Neo task: ⏳ Working for 3 s")
    asking = replace(APPROVAL, text="🔴 Neo asks for your approval")

    for message in (working, asking):
        others = [m for m in TASK.shown if m.key != message.key]
        assert {kind for kind, _ in found(shows(message, *others))} == {Kind.CARD}


def test_slacks_own_status_must_not_stay_at_work() -> None:
    seen = replace(GOOD, tasks=[replace(TASK, status="processing")])

    assert found(seen) == [(Kind.CARD, "Slack's status of first-task is processing")]


def test_keys_must_be_in_the_table_and_keep_their_lifetimes() -> None:
    keys = {"ns:{T1}:unheard": None, "ns:{T1}:conv:C1:1.1": None, "ns:{T1}:fence": 1.0 * HOUR}

    assert [kind for kind, _ in found(replace(GOOD, keys=keys))] == [Kind.KEY] * 3


def test_what_is_left_in_the_inbox_or_dead_is_told() -> None:
    seen = replace(GOOD, inbox=2, dead=1, stale_writes=3)

    assert found(seen) == [
        (Kind.LEFT, "2 inbox entries"),
        (Kind.LEFT, "1 dead letters"),
        (Kind.STALE, "3 writes of a bridge without the lease"),
    ]


def test_a_bridge_may_refuse_to_start_but_not_end_in_another_way() -> None:
    seen = replace(GOOD, exits=[0, 1], odd_ends=[2, -11])

    assert found(seen) == [
        (Kind.LEFT, "exit code 1"),
        (Kind.LEFT, "ended by itself with exit code -11"),
    ]


def test_a_run_that_hung_has_lost_something_even_if_all_is_there() -> None:
    seen = replace(GOOD, stuck="the agent rests")

    assert found(seen) == [(Kind.LOST, "it never happened that the agent rests")]


def test_what_a_stopped_bridge_had_on_the_wire_is_counted_apart() -> None:
    again = replace(LAST, at=100.2)

    seen = replace(shows(*TASK.shown, again), stale_calls=[100.0])

    assert check(seen) == [
        Violation(Kind.TWICE, "word-1.3 of first-task: 2 times", STOPPED_ON_THE_WIRE),
        Violation(Kind.TWICE, "the message t/e3/0: 2 times", STOPPED_ON_THE_WIRE),
    ]


def test_a_card_that_was_edited_after_the_stale_one_was_posted_is_the_one_that_is_kept() -> None:
    shown = (replace(APPROVAL, at=107.0), replace(APPROVAL, at=100.2))

    seen = replace(shows(CARD, *shown, FIRST, PREVIEW, FILE, LAST), stale_calls=[100.0])

    assert {(v.kind, v.window) for v in check(seen)} == {(Kind.TWICE, STOPPED_ON_THE_WIRE)}


def test_a_repetition_long_after_a_stale_call_is_no_window() -> None:
    seen = replace(shows(*TASK.shown, replace(LAST, at=103.0)), stale_calls=[100.0])

    assert {violation.window for violation in check(seen)} == {""}
