"""Events that others overtake on their way: what counts is when somebody said or did it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.hear import hear
from bot.conversation.releasing import stopped
from conversation.people import running_talk, said, ts, view
from conversation.scenes import acked, cancels, contents, finish, whispered, working
from stage import ANN, Stage

STOP = 5
"""The stop, among messages by their numbers."""


@given(st.permutations(range(1, 10)))
def test_a_stop_gives_back_what_was_said_before_it_and_nothing_else_in_any_order(
    delivered: list[int],
) -> None:
    talk = running_talk()
    for number in delivered:
        is_stop = number == STOP
        talk = stopped(talk, ts(STOP)) if is_stop else hear(talk, view(), said(number)).talk
    assert {item.ts for item in talk.returned} == {ts(number) for number in range(1, STOP)}
    assert {item.ts for item in talk.queue} == {ts(number) for number in range(STOP + 1, 10)}


async def test_what_was_said_before_a_stop_does_not_set_neo_to_work_after_it(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.delay_next()
        await stage.reply(root, "and delete prod")
        await stage.reply(root, "stop")
        await stage.sees(root, "Stopped. Reply here")
        stage.slack.faults.release()
        await stage.sees(root, "so it was not sent")
        await acked(stage)
    assert contents(task) == ["go"]


async def test_the_word_that_stops_is_no_message_when_it_comes_after_the_turn(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.delay_next()
        await stage.reply(root, "stop")
        await finish(stage, root, task)
        stage.slack.faults.release()
        await whispered(stage, ANN, "that turn is over")
    assert (contents(task), cancels(task)) == (["go"], 0)
