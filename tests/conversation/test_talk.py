"""The durable document of a conversation: timestamps, batches, and what edits may still reach."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.amending import edit, forget
from bot.conversation.batching import batch_text, in_order
from bot.conversation.creation import is_first_message
from bot.conversation.lapsing import has_lapsed
from bot.conversation.pending import Batch, PendingDecision, Start
from bot.conversation.talk import SAID_KEPT, Held, Talk
from bot.ids import ApprovalRequestId, Ts
from bot.neo.events import UserSaid
from bot.neo.wire import CreateTaskRequest, UserMessage, create_body
from bot.slack.inbound import Deleted, Edited
from bot.view import SAME_INSTANT
from conversation.people import ANN, BOB, THREAD, item, new_talk, running_talk, ts, view

TIMES = st.floats(min_value=1.6e9, max_value=4e9, allow_nan=False)


@given(st.lists(TIMES, min_size=2, max_size=2 * SAID_KEPT))
def test_timestamps_rise_strictly_whatever_the_clock_does(clock: list[float]) -> None:
    talk, given_out = running_talk(), list[float]()
    for now in clock:
        instant = talk.next_instant(now)
        talk = talk.with_said(instant)
        given_out.append(instant)
    assert all(later - earlier > SAME_INSTANT for earlier, later in pairwise(given_out))


@given(TIMES)
def test_a_timestamp_survives_its_way_to_neo_and_back(now: float) -> None:
    instant = running_talk().next_instant(now)
    body = create_body(
        CreateTaskRequest(
            message=UserMessage(timestamp=datetime.fromtimestamp(instant, UTC), content="x")
        )
    )
    back = CreateTaskRequest.model_validate_json(body).message.timestamp.timestamp()
    assert abs(back - instant) < SAME_INSTANT


def test_a_batch_is_told_in_the_order_it_was_said_and_by_whom_where_several_speak() -> None:
    items = in_order((item(2, "two", user=BOB), item(1, "one")))
    assert batch_text(items, {}, company=False) == "one\n\ntwo"
    assert batch_text(items, {ANN: "Ann"}, company=True) == "Ann: one\n\nU0BOB: two"


def test_edits_reach_what_waits_and_what_is_held_and_nothing_else() -> None:
    held = Held(item=item(3), request_id=ApprovalRequestId("a1"), digest="d")
    sent = Batch(body="", instant=1.0, items=(item(4),))
    talk = running_talk(queue=(item(1),), late=(item(2),), held=(held,), batch=sent)
    for number in (1, 2, 3, 4):
        talk = edit(talk, edited(number), "new")
    texts = [i.text for i in (*talk.queue, *talk.late, *(h.item for h in talk.held))]
    assert texts == ["new"] * 3
    assert talk.batch == sent


def test_a_deleted_message_waits_no_more() -> None:
    held = Held(item=item(3), request_id=ApprovalRequestId("a1"), digest="d")
    talk = running_talk(queue=(item(1),), late=(item(2),), held=(held,))
    for number in (1, 2, 3):
        talk = forget(talk, Deleted(thread=THREAD, ts=ts(number)))
    assert (talk.queue, talk.late, talk.held) == ((), (), ())


def test_an_edit_that_leaves_no_words_is_a_deletion() -> None:
    assert edit(running_talk(queue=(item(1),)), edited(1), "").queue == ()


def test_the_message_of_a_failed_start_can_be_corrected_before_the_next_try() -> None:
    start = Start(body="", instant=1.0, items=(item(0),), failed="why")
    for failed, text in (("why", "new"), ("", "words")):
        talk = running_talk(start=start.model_copy(update={"failed": failed}))
        after = edit(talk, edited(0), "new").start
        assert after is not None
        assert after.items[0].text == text


def test_an_approval_lapses_and_a_denial_never_does() -> None:
    approved = PendingDecision(
        body="",
        instant=1.0,
        request_id=ApprovalRequestId("a1"),
        user=ANN,
        ok=True,
        decided_at=1000.0,
    )
    denied = approved.model_copy(update={"ok": False})
    on_its_way = approved.model_copy(update={"sent_at": 1000.0})
    assert not has_lapsed(approved, 1600.0, after=600.0)
    assert has_lapsed(approved, 1600.1, after=600.0)
    assert not has_lapsed(denied, 9999.0, after=600.0)
    assert not has_lapsed(on_its_way, 9999.0, after=600.0), "it may be at Neo already"


def test_a_task_is_ours_by_instant_and_by_words() -> None:
    when = datetime.fromtimestamp(1700000000.123, UTC)
    body = create_body(CreateTaskRequest(message=UserMessage(timestamp=when, content="go")))
    start = Start(body=body, instant=1700000000.123, items=(item(0),))
    assert is_first_message(UserSaid("go", when), start)
    assert not is_first_message(UserSaid("stay", when), start)
    assert not is_first_message(UserSaid("go", when.replace(microsecond=124000)), start)
    assert not is_first_message(UserSaid("go"), start)


@pytest.mark.parametrize(
    ("shown", "is_ours"),
    [
        ("use [REDACTED] for the bucket and [REDACTED] for the rest", True),
        ("[REDACTED]", True),
        ("use pw1 for the bucket and [REDACTED]", True),
        ("use [REDACTED] for the rest", True),
        ("use [REDACTED] for the queue and [REDACTED] for the rest", False),
        ("[REDACTED] for the bucket", False),
        ("for [REDACTED]", False),
        ("use pw1 for the bucket and pw2 for the rest[REDACTED]the rest", False),
    ],
)
def test_a_task_is_recognised_whatever_neo_took_for_a_secret(shown: str, *, is_ours: bool) -> None:
    when = datetime.fromtimestamp(1700000000.123, UTC)
    said = UserMessage(timestamp=when, content="use pw1 for the bucket and pw2 for the rest")
    body = create_body(CreateTaskRequest(message=said))
    start = Start(body=body, instant=1700000000.123, items=(item(0),))
    assert is_first_message(UserSaid(shown, when), start) is is_ours
    later = when.replace(microsecond=124000)
    assert not is_first_message(UserSaid(shown, later), start)


def test_a_conversation_rests_when_neither_it_nor_neo_has_anything_to_do() -> None:
    caught_up = running_talk(caught_up=True)
    assert caught_up.rests(view(over=True))
    assert not running_talk().rests(view(over=True)), "replies may have overtaken the start"
    waiting = caught_up.model_copy(update={"queue": (item(1),)})
    assert not waiting.rests(view(over=True))
    assert waiting.rests(view()), "the end of the turn wakes it"
    assert new_talk().rests(None)


def test_a_talk_survives_the_store() -> None:
    talk = running_talk(queue=(item(1),), held=(), late=(item(2),))
    assert Talk.model_validate_json(talk.model_dump_json()) == talk


def edited(number: int) -> Edited:
    return Edited(thread=THREAD, user=ANN, ts=ts(number), edited_ts=Ts("500.000000"), text="new")
