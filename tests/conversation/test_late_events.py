"""Events that others overtake on their way: what counts is when somebody said or did it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.hear import hear
from bot.conversation.listening import listened_at, listening
from bot.conversation.releasing import stopped
from bot.sandbox.faults import Conflict, Delay
from bot.sandbox.neo import events
from conversation.people import running_talk, said, ts, view
from conversation.scenes import (
    QUICK,
    acked,
    cancels,
    contents,
    finish,
    reactions,
    resting,
    whispered,
    working,
)
from conversation.test_quiet import choose
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

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


async def test_what_a_stop_overtakes_is_not_marked_as_waiting(stage: Stage) -> None:
    async with stage.bridging(patience=replace(QUICK, stop_waits=(0.3,) * 20)):
        root, _ = await working(stage)
        stage.slack.faults.add("download", Delay(0.5))
        stage.neo.faults.add("respond", Conflict(), times=1000)
        see = await stage.slack.say(ANN, INFRA, "see", root, files=[("out.log", b"log")])
        await acked(stage)
        await stage.click(root, "Stop")
        await stage.sees(root, "so it was not sent")
        stage.neo.faults.clear()
        await stage.sees(root, "Stopped. Reply here")
        assert not reactions(stage, see)


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


async def test_a_reply_that_was_said_before_the_thread_was_made_quiet_is_for_neo(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        stage.slack.faults.delay_next()
        await stage.reply(root, "use dev")
        await choose(stage, root, "Only when mentioned")
        await whispered(stage, ANN, "only messages that mention me")
        stage.slack.faults.release()
        await wait_until(lambda: contents(task) == ["go", "use dev"], "the reply")


def not_acked(stage: Stage) -> int:
    return sum(not delivery.acked.is_set() for delivery in stage.slack.deliveries)


async def test_replies_are_as_they_are_now_though_their_edits_came_before_the_thread_began(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        stage.slack.faults.delay_next(4)  # a mention comes twice
        root = await stage.mention("go")
        edited, gone = await stage.reply(root, "use dev"), await stage.reply(root, "delete prod")
        await stage.slack.edit(ANN, INFRA, edited, "use staging")
        await stage.slack.delete(ANN, INFRA, gone)
        await wait_until(lambda: not_acked(stage) == 4, "the rest is nobody's business")
        stage.slack.faults.release()
        task = await stage.task()
        await stage.sees(root, "Working")
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task) == ["go", "use staging"]


def test_a_thread_that_is_made_quiet_twice_is_quiet_from_the_first_time_on() -> None:
    once = listening(running_talk(), ts(3), quiet=True)
    twice = listening(once, ts(7), quiet=True)
    assert [listened_at(twice, ts(number)) for number in (2, 5)] == [True, False]
    again = listening(twice, ts(9), quiet=False)
    assert [listened_at(again, ts(number)) for number in (5, 10)] == [False, True]


async def test_a_mention_that_was_edited_away_before_it_came_starts_nothing(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        stage.slack.faults.delay_next(2)  # a mention comes twice
        root = await stage.mention("delete prod")
        await stage.slack.edit(ANN, INFRA, root, "delete prod? better not")
        await wait_until(lambda: not_acked(stage) == 2, "the edit came")
        stage.slack.faults.release()
        await acked(stage)
        await working(stage, "list prod")
    assert len(stage.neo.tasks) == 1


async def test_an_edit_that_comes_after_the_deletion_of_its_message_starts_nothing(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        stage.slack.faults.delay_next(3)  # a mention comes twice
        root = await stage.mention("delete prod")
        await stage.slack.edit(ANN, INFRA, root, stage.slack.mention("delete dev"))
        await stage.slack.delete(ANN, INFRA, root)
        await wait_until(lambda: not_acked(stage) == 3, "the deletion came")
        stage.slack.faults.release()
        await acked(stage)
        await working(stage, "list prod")
    assert len(stage.neo.tasks) == 1


async def test_what_is_edited_to_be_for_somebody_else_while_it_waits_is_not_for_neo(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        waits = await stage.reply(root, "and now?")
        await wait_until(lambda: reactions(stage, waits), "it waits")
        await stage.slack.edit(ANN, INFRA, waits, f"<@{BOB}> and now?")
        await wait_until(lambda: not reactions(stage, waits), "it waits no more")
        stage.slack.faults.delay_next()
        late = await stage.reply(root, "or later?")
        await stage.slack.edit(ANN, INFRA, late, f"<@{BOB}> or later?")
        await wait_until(lambda: not_acked(stage) == 1, "the edit came")
        stage.slack.faults.release()
        await stage.reply(root, "use dev")
        await acked(stage)
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the rest")
    assert contents(task) == ["go", "use dev"]


async def test_a_mention_that_is_edited_away_while_its_thread_is_read_starts_nothing(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.slack.say(ANN, INFRA, "people talk")
        stage.slack.faults.add("conversations.replies", Delay(0.5))
        late = await stage.reply(root, stage.slack.mention("delete prod"))
        await wait_until(lambda: reactions(stage, late), "it is to start a task")
        await stage.slack.edit(ANN, INFRA, late, "delete prod? better not")
        await wait_until(lambda: not reactions(stage, late), "it starts none")
        await working(stage, "list prod")
    assert len(stage.neo.tasks) == 1


async def test_what_was_edited_to_be_for_somebody_else_and_back_is_for_neo(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        waits = await stage.reply(root, "use dev")
        await wait_until(lambda: reactions(stage, waits), "it waits")
        await stage.slack.edit(ANN, INFRA, waits, f"<@{BOB}> use dev")
        await wait_until(lambda: not reactions(stage, waits), "it waits no more")
        await stage.slack.edit(ANN, INFRA, waits, "use dev and nothing else")
        await wait_until(lambda: reactions(stage, waits), "it waits again")
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task) == ["go", "use dev and nothing else"]


async def test_a_mention_that_is_edited_away_in_a_quiet_thread_waits_no_more(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await choose(stage, root, "Only when mentioned")
        await whispered(stage, ANN, "only messages that mention me")
        waits = await stage.reply(root, stage.slack.mention("delete prod"))
        await wait_until(lambda: reactions(stage, waits), "it waits")
        await stage.slack.edit(ANN, INFRA, waits, "delete prod? better not")
        await wait_until(lambda: not reactions(stage, waits), "it waits no more")
        await finish(stage, root, task)
        await acked(stage)
    assert contents(task) == ["go"]


async def test_in_a_direct_message_an_edit_that_begins_with_a_mention_is_for_neo(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        here = stage.slack.dm(ANN)
        root = await stage.slack.say(ANN, here, "find out who owns it")
        await stage.sees(root, "Working", channel=here)
        task = await stage.task()
        waits = await stage.slack.say(ANN, here, "who is it?", thread_ts=root)
        await wait_until(lambda: stage.slack.reactions(here, waits), "it waits")
        await stage.slack.edit(ANN, here, waits, f"<@{BOB}> owns it")
        await acked(stage)
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task)[1] == "@Bob owns it"
