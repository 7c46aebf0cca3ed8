"""What the conversation tells becomes part of what the cards show."""

from datetime import UTC, datetime

import pytest

from bot.ids import ApprovalRequestId
from bot.neo import events as neo
from bot.relay.heard import heard, learnt
from bot.told import Told
from bot.view import Resolution, View
from render.happenings import VIEW, take, take_all

RUNNING, _ = take(VIEW, neo.UserSaid("go"))
ASKED, _ = take_all(
    VIEW, [neo.UserSaid("go"), neo.ApprovalRequested(ApprovalRequestId("r-1"), "Go?")]
)
YES = Resolution(ok=True, by="U0ANN")


def is_stopping(view: View) -> bool:
    assert view.turn
    return view.turn.stopping


def test_a_stop_is_shown_while_it_is_tried_and_no_longer() -> None:
    stopping = heard(RUNNING, Told(stopping=1))

    assert is_stopping(stopping)
    assert not is_stopping(heard(stopping, Told()))
    assert not is_stopping(heard(RUNNING, Told(stopping=2)))


def test_a_stop_that_neo_has_taken_is_not_taken_back_whoever_asked_for_it() -> None:
    taken, _ = take(RUNNING, neo.UserCancelled(datetime.now(UTC)))

    assert is_stopping(heard(taken, Told()))


def test_a_decision_under_way_is_shown_and_a_lapsed_one_opens_the_card_again() -> None:
    decided = heard(ASKED, Told(decisions={"r-1": YES}))
    lapsed = heard(decided, Told())

    assert decided.approvals[0].decision == YES
    assert lapsed.approvals[0].decision is None
    assert [v.approvals[0].card.version for v in (ASKED, decided, lapsed)] == [1, 2, 3]


def test_a_card_that_can_still_be_answered_follows_what_neo_hears_in_the_thread() -> None:
    quiet = heard(ASKED, Told(quiet=True))
    loud = heard(quiet, Told())

    assert [v.approvals[0].card.version for v in (ASKED, quiet, loud)] == [1, 2, 3]


@pytest.mark.parametrize("view", [VIEW, RUNNING, ASKED])
def test_hearing_nothing_new_changes_nothing(view: View) -> None:
    assert heard(view, Told(said=(1.0,))) is view


def test_where_a_lost_thread_goes_on_what_waits_for_somebody_is_due_again() -> None:
    lost = ASKED.model_copy(update={"unreachable": "is_archived"})
    for card in lost.cards():
        lost = lost.with_card(card.key, ts="1.2", shown=card.version)
    assert not any(card.stale for card in lost.cards())

    here = heard(lost, Told(channel="D1", moves=1))

    assert here.unreachable == ""
    assert [card.stale for card in here.cards()] == [True, True]


def test_a_move_heals_the_loss_before_it_and_none_after_it() -> None:
    lost = ASKED.model_copy(update={"unreachable": "is_archived"})
    moved = Told(channel="D1", moves=1)

    lost_again = heard(lost, moved).model_copy(update={"unreachable": "user_disabled"})
    moved_in_time = heard(ASKED, moved).model_copy(update={"unreachable": "user_disabled"})

    assert heard(lost_again, moved) is lost_again
    assert heard(moved_in_time, moved) is moved_in_time
    assert heard(lost_again, Told(channel="D1", moves=2)).unreachable == ""


def test_what_was_learnt_while_a_card_was_posted_makes_it_due() -> None:
    assert learnt(RUNNING, RUNNING.with_turn(), RUNNING) == RUNNING
    for news in ({"offers": ("auto",)}, {"facts": ("Mode: auto",)}, {"quiet": True}):
        current = RUNNING.model_copy(update=news)
        assert learnt(RUNNING, current, current) == current.with_turn()
