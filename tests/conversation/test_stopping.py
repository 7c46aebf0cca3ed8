"""A stop: past everything that waits, to the turn it was aimed at and to no other."""

from dataclasses import replace

import pytest

from bot.conversation.pending import PendingStop
from bot.conversation.stopping import with_stop
from bot.conversation.talk import Talk
from bot.ids import Installation
from bot.sandbox.faults import Conflict, Delay, DropAfter, DropBefore, Hang, ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons, interactive_elements, plain_text
from bot.store import Store
from bot.store.keys import Keys, Kind
from conversation.people import ANN as OWNER
from conversation.people import running_talk, view
from conversation.scenes import (
    QUICK,
    acked,
    ask,
    cancels,
    confirmations,
    contents,
    finish,
    reactions,
    resting,
    sent_bodies,
    whispered,
    working,
)
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def test_a_stop_goes_past_what_waits_and_gives_it_back(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        later = await stage.reply(root, "later", user=BOB)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
        returned = await stage.sees(root, "so it was not sent")
        assert "later" in plain_text(returned)
        await wait_until(lambda: not reactions(stage, later), "it waits no more")
        assert contents(task) == ["go"]
        await stage.click(root, "Send it now")
        await whispered(stage, ANN, "Only the person who wrote")
        await stage.click(root, "Send it now", user=BOB)
        await wait_until(lambda: len(contents(task)) == 2, "what its author sent after all")
        await stage.click(root, "Send it now", user=BOB)
        await acked(stage)
    kinds = [e.body["type"] for e in task.user_events]
    assert kinds == ["user_message", "user_cancel", "user_message"]


@pytest.mark.parametrize("words", ["stop", "Stop!", "please stop.", "@neo stop"])
async def test_the_word_alone_is_a_stop_for_the_owner(stage: Stage, words: str) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "stop", user=BOB)
        await whispered(stage, BOB, "Only")
        await stage.reply(root, "stop using t3", user=BOB)
        await ask(stage, root, task, "May I?")
        await stage.reply(root, words.replace("@neo", stage.slack.mention("").strip()))
        await stage.sees(root, "Stopped. Reply here")
        await stage.sees(root, "stop using t3")
    assert (cancels(task), contents(task), confirmations(task)) == (1, ["go"], [])


async def test_where_nothing_runs_the_word_is_a_message_like_any_other(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        await stage.reply(root, "stop")
        await wait_until(lambda: contents(task) == ["go", "stop"], "the message")
    assert cancels(task) == 0


async def test_the_word_that_comes_before_its_turn_is_shown_is_no_message(stage: Stage) -> None:
    async with stage.bridging():
        stage.neo.manual = True
        stage.neo.faults.add("create_task", Delay(0.5))
        root = await stage.mention("go")
        await wait_until(lambda: sent_bodies(stage, "create_task"), "the creation")
        await stage.reply(root, "stop")
        await whispered(stage, ANN, "Nothing was stopped: Neo is only just beginning.")
        await finish(stage, root, task := await stage.task())
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next message")
    assert contents(task) == ["go", "next"]


async def test_who_stops_once_more_is_offered_to_end_the_runtime(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Stop")
        await wait_until(lambda: sent_bodies(stage, "respond"), "a try")
        await stage.reply(root, "stop")
        await whispered(stage, ANN, "being asked to stop")
        (button,) = interactive_elements(stage.slack.ephemerals[-1].blocks)
        assert button["confirm"]["text"]["text"].startswith("Force stop ends")
        await stage.slack.click(ANN, INFRA, stage.slack.ephemerals[-1].ts, button["action_id"])
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 0
    assert [r.body for r in stage.neo.received if r.route == "cancel_task"] == [{"force": True}]


async def test_a_stop_goes_past_a_message_whose_file_is_not_there_yet(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.add("download", ServerError(), times=1000)
        await stage.slack.say(ANN, INFRA, "see", root, files=[("out.log", b"log")])
        await acked(stage)
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
        assert contents(task) == ["go"], "the message still waits for its file"
        stage.slack.faults.clear()
        await stage.sees(root, "so it was not sent")
    assert contents(task) == ["go"]


async def test_what_is_given_back_twice_is_said_to_be_so_twice(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        waits = await stage.reply(root, "use dev")
        await stage.click(root, "Stop")
        await stage.sees(root, "so it was not sent")
        await stage.sees(root, "Stopped. Reply here")
        await stage.reply(root, "again")
        await stage.sees(root, "Working")
        await stage.click(root, "Send it now")
        await wait_until(lambda: reactions(stage, waits), "it waits again")
        await stage.click(root, "Stop")
        await wait_until(lambda: stage.count(root, "so it was not sent") == 2, "given back again")
    assert contents(task) == ["go", "again"]


async def test_a_stop_that_meets_a_running_tool_is_repeated_until_neo_takes_it(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=replace(QUICK, stop_waits=(0.1,) * 20)):
        root, task = await working(stage)
        await stage.neo.emit(task.id, events.exec_tool_call("tool1", "pulumi__up"))
        await stage.click(root, "Stop")
        await wait_until(lambda: len(sent_bodies(stage, "respond")) > 1, "a second try")
        await stage.neo.emit(task.id, events.tool_response("tool1", "pulumi__up"))
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 1


async def test_a_stop_ends_with_the_turn_it_was_aimed_at(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.neo.emit(task.id, events.exec_tool_call("tool1", "pulumi__up"))
        stage.neo.faults.add("respond", Conflict())
        await stage.click(root, "Stop")
        await wait_until(lambda: sent_bodies(stage, "respond"), "a try")
        await finish(stage, root, task)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next turn")
        key = Keys(installation).of(Kind.CONVERSATION, f"{INFRA}:{root}")
        talk = Talk.model_validate_json(str(await store.call("HGET", key, "talk")))
    assert talk.stop is None
    assert cancels(task) == 0


async def test_a_stop_that_neo_never_takes_is_given_up_and_can_be_pressed_again(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        stage.neo.faults.add("respond", Conflict(), times=len(QUICK.stop_waits) + 1)
        await stage.click(root, "Stop")
        await stage.sees(root, "Neo did not stop")
        assert len(sent_bodies(stage, "respond")) == len(QUICK.stop_waits) + 1
        await wait_until(lambda: "Stop" in stage.labels(root), "the button is back")
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 1


async def test_a_stop_whose_answer_is_lost_reaches_neo_once(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        stage.neo.faults.add("respond", DropAfter())
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
        assert len(sent_bodies(stage, "respond")) == 1
        await stage.reply(root, "again")
        await wait_until(lambda: stage.count(root, "Working"), "the next turn")
        stage.neo.faults.add("respond", DropBefore())
        await stage.click(root, "Stop")
        await wait_until(lambda: cancels(task) == 2, "the second stop")
        await stage.sees(root, "Stopped. Reply here")
    first, again = sent_bodies(stage, "respond")[-2:]
    assert first == again


async def test_nothing_is_stopped_after_the_turn_or_twice(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.neo.faults.add("respond", Conflict())
        card = stage.thread(root)[-1]
        (_, _, value) = next(b for b in buttons(card) if b[1] == "Stop")
        await stage.slack.click(ANN, INFRA, card.ts, "neo_stop", value=value)
        await stage.slack.click(ANN, INFRA, card.ts, "neo_stop", value=value)
        await whispered(stage, ANN, "is being asked to stop")
        await finish(stage, root, task)
        await acked(stage)
        await stage.slack.click(ANN, INFRA, card.ts, "neo_stop", value=value)
        await whispered(stage, ANN, "that turn is over")
    assert cancels(task) == 0


async def test_a_creation_that_takes_minutes_holds_up_no_other_thread(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.neo.faults.add("create_task", Hang())
        await stage.mention("slow one")
        await wait_until(lambda: len(sent_bodies(stage, "create_task")) == 2, "the slow creation")
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next message")


async def test_a_message_that_hangs_does_not_hold_up_a_stop(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        stage.neo.faults.add("respond", Hang())
        await stage.reply(root, "and?")
        await wait_until(lambda: sent_bodies(stage, "respond"), "the message that hangs")
        now = events.rfc3339(task.last_event_at)
        await stage.neo.type_in_console(task.id, events.user_message("mine", timestamp=now))
        await wait_until(lambda: "Stop" in stage.labels(root), "a turn of the console's")
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 1


async def test_a_turn_that_goes_on_though_neo_took_the_stop_can_be_ended_by_force(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=replace(QUICK, stop_lasts=0.3)):
        root, task = await working(stage)
        stage.neo.ignores_cancels = True
        await stage.click(root, "Stop")
        told = await stage.sees(root, "has not stopped yet")
        assert "left half done" in plain_text(told)
        assert stage.count(root, "Stopping") == 1
        await stage.click(root, "Force stop")
        await stage.sees(root, "Stopped. Reply here")
        await acked(stage)
    assert cancels(task) == 1
    assert stage.count(root, "has not stopped yet") == 1


async def test_a_stop_that_neo_does_not_answer_can_be_ended_by_force(stage: Stage) -> None:
    async with stage.bridging(patience=replace(QUICK, stop_lasts=0.3)):
        root, task = await working(stage)
        stage.neo.faults.add("respond", ServerError(), times=1000)
        await stage.click(root, "Stop")
        await stage.sees(root, "has not stopped yet")
        await stage.click(root, "Force stop")
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 0
    assert stage.count(root, "has not stopped yet") == 1


def test_who_forces_a_stop_while_neo_is_asked_is_not_overruled_by_the_answer() -> None:
    asked = PendingStop(body="", instant=200.0, turn=1, user=OWNER, asked_at=200.0)
    forced = asked.model_copy(update={"instant": 201.0, "force": True})
    talk = running_talk(stop=forced)
    for late in (asked.model_copy(update={"accepted": True}), None):
        assert with_stop(talk, asked, late) == talk
    taken = forced.model_copy(update={"accepted": True})
    assert with_stop(talk, forced, taken).stop == taken
    assert with_stop(talk, forced, None).stop is None
    assert with_stop(running_talk(), asked, asked).stop is None


def test_a_stop_that_failed_is_told_and_no_longer_shown() -> None:
    stop = PendingStop(body="", instant=200.0, turn=1, user=OWNER, asked_at=200.0)
    stopping = running_talk(stop=stop)
    failed = running_talk(stop=stop.model_copy(update={"failed": "busy"}))
    assert (stopping.is_stopping, stopping.told().stopping) == (True, 1)
    assert (failed.is_stopping, failed.told().stopping) == (False, 0)
    assert not failed.rests(view())
