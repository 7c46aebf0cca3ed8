"""A thread that is gone, or has moved: its task is kept, and its owner goes on elsewhere."""

from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox.faults import Delay
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons, plain_text
from conversation.scenes import (
    acked,
    cancels,
    contents,
    press,
    sent_bodies,
    whispered,
    working,
)
from stage import ANN, INFRA, Stage
from support import wait_until

Loss = Callable[[Stage, str], Awaitable[None]]


async def root_deleted(stage: Stage, root: str) -> None:
    await stage.slack.delete(ANN, INFRA, root)


async def bot_removed(stage: Stage, _root: str) -> None:
    await stage.slack.remove_bot(INFRA)


async def archived(stage: Stage, _root: str) -> None:
    await stage.slack.archive(INFRA)


@pytest.mark.parametrize("lose", [root_deleted, bot_removed, archived])
async def test_the_owner_of_a_lost_thread_goes_on_in_the_direct_message(
    stage: Stage, lose: Loss
) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        root, task = await working(stage, "count")
        before = len(stage.thread(root))
        await lose(stage, root)
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        (told,) = stage.slack.messages(direct)
        assert {label for _, label, _ in buttons(told)} == {"Continue here", "Stop"}
        await stage.neo.emit(task.id, events.assistant_message("Counting."))
        await press(stage, direct, "Continue here")
        await press(stage, direct, "Continue here")
        await stage.sees(told.ts, "goes on in this thread", channel=direct)
        await stage.sees(told.ts, "Counting.", channel=direct)
        await stage.neo.emit(task.id, events.assistant_message("Counted.", is_final=True))
        await stage.sees(told.ts, "Counted.", channel=direct)
        await stage.reply(told.ts, "again", channel=direct)
        await wait_until(lambda: len(contents(task)) == 2, "the next message")
        await stage.neo.emit(task.id, events.assistant_message("Counted again.", is_final=True))
        await stage.sees(told.ts, "Counted again.", channel=direct)
    assert contents(task) == ["count", "again"]
    assert len(stage.thread(root)) == before
    assert sum("goes on" in plain_text(m) for m in stage.slack.messages(direct)) == 1
    assert len([m for m in stage.slack.messages(direct) if m.thread_ts is None]) == 1, "told once"


async def test_a_task_whose_thread_is_lost_can_be_stopped_from_the_direct_message(
    stage: Stage,
) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        root, task = await working(stage)
        await root_deleted(stage, root)
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        await press(stage, direct, "Stop")
        await wait_until(lambda: cancels(task) == 1, "the stop")
        await whispered(stage, ANN, "is being asked to stop")
        assert stage.slack.ephemerals[-1].channel == direct


async def test_a_channel_with_a_new_id_is_followed(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.slack.move_channel(INFRA, "C0NEW")
        await acked(stage)
        await stage.reply(root, "and now?", channel="C0NEW")
        await stage.neo.emit(task.id, events.assistant_message("Moved.", is_final=True))
        await stage.sees(root, "Moved.", channel="C0NEW")
        await wait_until(
            lambda: "Working" in plain_text(stage.thread(root, "C0NEW")[-1]),
            "the turn of the reply",
        )
        assert contents(task) == ["go", "and now?"]
        await stage.click(root, "Stop", channel="C0NEW")
        await wait_until(lambda: cancels(task) == 1, "the stop")


async def test_a_thread_that_can_be_reached_again_goes_on_with_the_next_reply(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await bot_removed(stage, root)
        await wait_until(lambda: stage.slack.messages(stage.slack.dm(ANN)), "a direct message")
        await stage.slack.add_bot(INFRA)
        await stage.neo.emit(task.id, events.assistant_message("While you were away."))
        await stage.reply(root, "are you there?")
        await stage.sees(root, "While you were away.")


async def test_who_deletes_the_mention_before_there_is_a_thread_hears_of_the_task(
    stage: Stage,
) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        stage.neo.manual = True
        stage.neo.faults.add("create_task", Delay(0.2))
        root = await stage.mention("go")
        await wait_until(lambda: sent_bodies(stage, "create_task"), "the creation")
        await stage.slack.delete(ANN, INFRA, root)
        task = await stage.task()
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        await press(stage, direct, "Continue here")
        (told, *_) = stage.slack.messages(direct)
        await finish_in(stage, direct, told.ts, task.id)


async def finish_in(stage: Stage, channel: str, root: str, task_id: str) -> None:
    await stage.neo.emit(task_id, events.assistant_message("Done.", is_final=True))
    await stage.sees(root, "Done.", channel=channel)
