"""What people reply while the agent works waits, and goes out as one message when it rests."""

from collections.abc import Mapping
from typing import Any

from bot.conversation.effects import WAITS
from bot.sandbox.faults import ApiError, Conflict, Delay, DropAfter, DropBefore, Hang, ServerError
from bot.sandbox.neo import events
from bot.sandbox.neo.door import Received
from conversation.scenes import (
    QUICK,
    acked,
    contents,
    finish,
    reactions,
    resting,
    sent_bodies,
    working,
)
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def test_replies_wait_marked_and_go_as_one_message_as_they_stand_at_the_end(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.reorder_next(2)
        first = await stage.reply(root, "use dev")
        second = await stage.reply(root, "no, prod", user=BOB)
        third = await stage.reply(root, "scrap that")
        await stage.reply(root, f"<@{BOB}> are you sure?")
        await stage.reply(root, "<!subteam^S1|@ops> look at this")
        for ts in (first, second, third):
            await wait_until(lambda ts=ts: WAITS in reactions(stage, ts), "an hourglass")
        await stage.slack.edit(BOB, INFRA, second, "no, staging")
        await stage.slack.delete(ANN, INFRA, third)
        await acked(stage)
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the batch", also=lambda: contents(task))
        await stage.slack.edit(BOB, INFRA, second, "no, prod after all")
        await stage.slack.delete(ANN, INFRA, first)
        await wait_until(lambda: not reactions(stage, second), "the hourglass is gone")
        await finish(stage, root, task, "And done again.")
        await acked(stage)
    assert contents(task) == ["go", "Ann: use dev\n\nBob: no, staging"]


async def test_what_comes_late_but_was_said_first_goes_first_while_nothing_is_fixed(
    stage: Stage,
) -> None:
    def while_its_author_is_looked_up(_args: Mapping[str, Any]) -> bool:
        stage.slack.faults.release()
        return True

    async with stage.bridging():
        root, task = await resting(stage)
        stage.slack.faults.add("users.info", Delay(1), where=while_its_author_is_looked_up)
        stage.slack.faults.delay_next()
        await stage.reply(root, "use dev")
        await stage.reply(root, "no, prod", user=BOB)
        await wait_until(lambda: len(contents(task)) == 2, "the batch")
    assert contents(task) == ["go", "Ann: use dev\n\nBob: no, prod"]


async def test_in_an_idle_thread_a_reply_goes_at_once_and_carries_no_mark(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        ts = await stage.reply(root, "and now?")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task) == ["go", "and now?"]
    calls = [*stage.slack.calls_of("reactions.add"), *stage.slack.calls_of("reactions.remove")]
    assert not any(call.args.get("timestamp") == ts for call in calls)


async def test_a_reply_whose_answer_is_lost_is_found_in_the_events_and_sent_once(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)
        for number, fault in enumerate((DropAfter(), ServerError(after=True)), start=1):
            stage.neo.faults.add("respond", fault)
            await stage.reply(root, f"more {number}")
            await wait_until(lambda n=number: len(contents(task)) == n + 1, "the reply")
            await finish(stage, root, task, f"Done more {number}.")
        await stage.reply(root, "last")
        await wait_until(lambda: len(contents(task)) == 4, "the last", also=lambda: contents(task))
    assert contents(task) == ["go", "more 1", "more 2", "last"]
    assert len(sent_bodies(stage, "respond")) == 3


async def test_a_reply_that_never_arrived_is_sent_again_byte_for_byte(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)
        for fault in (DropBefore(), Hang()):
            stage.neo.faults.add("respond", fault)
        await stage.reply(root, "more")
        await wait_until(lambda: len(contents(task)) == 2, "the reply", also=lambda: contents(task))
    first, second, third = sent_bodies(stage, "respond")
    assert first == second == third


async def test_busy_after_a_lost_answer_means_busy_with_this_very_message(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)

        def comes_in_first(request: Received) -> bool:
            stage.neo.accept(task, request.body["event"], task.owner)
            return True

        stage.neo.faults.add("respond", DropBefore())
        stage.neo.faults.add("respond", Conflict(), where=comes_in_first)
        await stage.reply(root, "more")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await finish(stage, root, task, "Did more.")
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 3, "the next", also=lambda: contents(task))
    assert contents(task) == ["go", "more", "next"]
    assert len(sent_bodies(stage, "respond")) == 3


async def test_while_somebody_works_elsewhere_a_reply_waits_marked_and_is_not_lost(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)
        now = events.rfc3339(task.last_event_at)
        stage.neo.silent_streams = True  # so that nobody in Slack can know
        await stage.neo.type_in_console(task.id, events.user_message("mine", timestamp=now))
        ts = await stage.reply(root, "mine too")
        await wait_until(lambda: WAITS in reactions(stage, ts), "an hourglass")
        stage.neo.silent_streams = False
        await finish(stage, root, task, "Did yours.")
        await wait_until(lambda: len(contents(task)) == 3, "the reply")
        await wait_until(lambda: not reactions(stage, ts), "no hourglass")
    assert contents(task) == ["go", "mine", "mine too"]


async def test_a_refused_reply_is_quoted_with_the_reason_and_the_next_one_goes(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        stage.neo.faults.add("respond", ApiError("too long"))
        await stage.reply(root, "a very long story")
        refusal = await stage.sees(root, "Neo did not take this")
        assert "a very long story" in refusal.text
        assert "too long" in refusal.text
        await stage.reply(root, "in short")
        await wait_until(lambda: contents(task) == ["go", "in short"], "the next one")
