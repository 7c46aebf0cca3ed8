"""When a failed turn may be tried again, and when a thread may leave its task: as values."""

from datetime import UTC, datetime

from bot.conversation.anew import leaving, trying_again, why_not_again, why_not_anew
from bot.conversation.pending import Start
from bot.neo.wire import CreateTaskRequest, RespondToTaskRequest, UserMessage, create_body
from bot.view import Outcome, View
from conversation.people import ANN, BOB, item, running_talk, view


def failed(**changes: object) -> View:
    """Return a view whose only turn, begun by the message of 100.0, ended in an error."""
    over = view(over=True)
    assert over.turn
    turn = over.turn.model_copy(update={"outcome": Outcome.FAILED, "asked": 100.0, **changes})
    return over.model_copy(update={"turn": turn})


def test_a_turn_is_tried_again_where_it_is_the_last_failed_began_here_and_was_not_tried() -> None:
    talk = running_talk()
    assert why_not_again(talk, failed(), 1) is None
    queued = talk.model_copy(update={"queue": (item(3),)})
    again = talk.model_copy(update={"retried": 1})
    for said, shown, turn in (
        (talk, failed(), 2),
        (talk, failed(outcome=Outcome.FINISHED), 1),
        (talk, failed(asked=None), 1),
        (talk, failed(asked=99.0), 1),
        (talk, view(), 1),
        (talk, None, 1),
        (queued, failed(), 1),
        (again, failed(), 1),
    ):
        assert why_not_again(said, shown, turn) is not None


def test_what_is_sent_again_has_the_same_words_and_a_time_of_its_own() -> None:
    said = UserMessage(timestamp=datetime.fromtimestamp(100.0, UTC), content="look")
    start = Start(
        body=create_body(CreateTaskRequest(message=said)), instant=100.0, items=(item(0),)
    )
    again = trying_again(running_talk(start=start), 1, now=50.0)
    assert again.batch
    event = RespondToTaskRequest.model_validate_json(again.batch.body).event
    assert event == said.model_copy(update={"timestamp": datetime.fromtimestamp(100.001, UTC)})
    assert (again.batch.instant, again.retried, again.said) == (100.001, 1, (100.0, 100.001))
    third = trying_again(again, 2, now=300.0)
    assert third.batch
    assert third.batch.instant == 300.0
    assert trying_again(running_talk(start=None), 1, now=1.0).batch is None


def test_a_thread_leaves_its_task_only_at_rest_and_with_nothing_under_way() -> None:
    talk, over = running_talk(), view(over=True)
    assert why_not_anew(talk, over, 1) is None
    assert why_not_anew(talk, view(), 1) is not None
    assert why_not_anew(talk, None, 1) is not None
    assert why_not_anew(talk.model_copy(update={"queue": (item(3),)}), over, 1) is not None
    left = leaving(talk, over, BOB)
    assert why_not_anew(left, over, 1) is not None
    assert (left.task_id, left.owner, left.next_by) == (None, ANN, BOB)
    assert (left.left.tasks, left.left.turns, left.parting) == ((talk.task_id,), 1, talk.task_id)
    assert left.said == talk.said
    next_one = left.model_copy(update={"task_id": "t2"})
    assert why_not_anew(next_one, over, 1) is not None, "a card of the task before"
    assert why_not_anew(next_one, over, 2) is None
