"""From a mention to exactly one task, whatever Slack and Neo do on the way."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.conversation.effects import SEEN
from bot.ids import Installation
from bot.sandbox.faults import ApiError, Delay, DropAfter, DropBefore, Fault, Hang, ServerError
from bot.sandbox.neo import events
from bot.store import Store
from bot.store.keys import Keys, Kind
from conversation.scenes import QUICK, acked, contents, reactions, sent_bodies, working
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def test_one_mention_starts_one_task_however_often_and_in_which_order_it_is_delivered(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.slack.faults.reorder_next(2)
        stage.slack.faults.duplicate_next(2)
        root, task = await working(stage, "how many buckets?")
        await acked(stage)
    assert len(stage.slack.deliveries[0].attempts) == 2
    assert len(stage.neo.tasks) == 1
    assert contents(task) == ["how many buckets?"]
    assert reactions(stage, root) == set(), "the eyes are gone when there is a card"


async def test_neo_reads_names_and_plain_characters(stage: Stage) -> None:
    stage.slack.add_channel("C0OPS", "ops")
    async with stage.bridging():
        await stage.mention(
            f"ask <@{BOB}> in <#C0OPS> if a &lt; b &amp;&amp; c, see <https://x.io|x>"
        )
        task = await stage.task()
    assert contents(task) == ["ask @Bob in #ops if a < b && c, see x (https://x.io)"]


async def test_what_is_not_said_to_the_bot_is_not_stored(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        ts = await stage.slack.say(ANN, INFRA, "lunch?")
        await stage.reply(ts, "yes", user=BOB)
        await acked(stage)
        assert await store.call("KEYS", f"{Keys(installation).prefix}{Kind.MARK}*") == []
    assert stage.neo.tasks == {}


async def test_a_mention_without_words_does_not_turn_chatter_into_a_task(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("")
        await wait_until(lambda: stage.slack.ephemerals, "a hint")
        assert stage.slack.ephemerals[0].thread_ts is None, "nobody would see it in no thread"
        await stage.reply(root, "what was that?", user=BOB)
        await acked(stage)
        await stage.reply(root, stage.slack.mention("start"), user=BOB)
        task = await stage.task()
    (said,) = contents(task)
    assert said.startswith("Bob: start\n\n"), "said to Neo; the rest is a quote"
    assert said.endswith("\n> Bob: what was that?")
    assert "Ann" not in said, "a mention alone says nothing"


@pytest.mark.parametrize("lost", [DropAfter(), ServerError(after=True)])
async def test_a_task_whose_creation_went_unanswered_is_adopted(stage: Stage, lost: Fault) -> None:
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", lost)
        stage.neo.manual = True
        first = await stage.mention("somebody else's")
        await working(stage, "go")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "both")
        await stage.sees(first, "Working")
    assert len(stage.neo.tasks) == 2
    assert len(sent_bodies(stage, "create_task")) == 2, "never asked for a second time"


async def test_a_task_is_adopted_though_neo_does_not_show_all_that_was_said(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", DropAfter())
        stage.neo.faults.add("list_tasks", ApiError("not now"), times=1000)
        root = await stage.mention("use hunter2 as the password")
        task = await stage.task()
        task.user_events[0].body["content"] = "use [REDACTED] as the password"
        stage.neo.faults.clear()
        await stage.sees(root, "Done")
    assert len(sent_bodies(stage, "create_task")) == 1


@pytest.mark.parametrize("lost", [DropBefore(), Hang(), ServerError()])
async def test_no_second_task_is_asked_for_before_a_person_insists(
    stage: Stage, lost: Fault
) -> None:
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", lost)
        root = await stage.mention("go")
        await stage.sees(root, "No task was started")
        assert len(sent_bodies(stage, "create_task")) == 1
        await stage.click(root, "Try again")
        await stage.sees(root, "Done")
    first, second = sent_bodies(stage, "create_task")
    assert first == second, "the same bytes, so that either would be recognised"
    assert len(stage.neo.tasks) == 1


async def test_a_task_that_appears_after_all_is_adopted_when_a_person_insists(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", DropAfter())
        stage.neo.faults.add("list_tasks", ApiError("not now"), times=1000)
        root = await stage.mention("go")
        await stage.sees(root, "not now")
        stage.neo.faults.clear()
        await stage.click(root, "Try again")
        await stage.sees(root, "Done")
    assert len(sent_bodies(stage, "create_task")) == 1


async def test_a_refused_start_says_why_and_can_be_tried_again_with_what_changed(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.neo.faults.add("create_task", ApiError("the plan has no agents"))
        root = await stage.mention("go nwo")
        refusal = await stage.sees(root, "No task was started")
        assert "the plan has no agents" in refusal.text
        await wait_until(lambda: SEEN not in reactions(stage, root), "the eyes are gone")
        await stage.slack.edit(ANN, INFRA, root, stage.slack.mention("go now"))
        await stage.reply(root, "and quickly")
        await acked(stage)
        await stage.click(root, "Try again", user=BOB)
        await stage.click(root, "Try again")
        await stage.click(root, "Try again")
        task = await stage.task()
        await stage.sees(root, "Done")
    assert contents(task) == ["go now\n\nand quickly"]
    assert len(sent_bodies(stage, "create_task")) == 2


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "renew PULUMI_ACCESS_TOKEN"), ("stranger", "not a member of the organization")],
)
async def test_a_refusal_says_what_to_do(stage: Stage, token: str, words: str) -> None:
    async with stage.bridging():
        user = stage.neo.tokens.pop(stage.neo.token)
        if token:
            stage.neo.tokens[stage.settings.pulumi_access_token.get_secret_value()] = type(user)(
                "eve", "Eve", ("elsewhere",)
            )
        root = await stage.mention("go")
        await stage.sees(root, words)


async def test_a_message_of_the_start_that_is_deleted_in_time_starts_nothing(stage: Stage) -> None:
    async with stage.bridging():
        stage.neo.faults.add("create_task", ApiError("no"))
        root = await stage.mention("go")
        await stage.sees(root, "No task was started")
        await stage.slack.delete(ANN, INFRA, root)
        await acked(stage)
        await stage.click(root, "Try again")
        await acked(stage)
        await stage.reply(root, "never mind", user=BOB)
        await acked(stage)
    assert stage.neo.tasks == {}


async def test_replies_that_overtook_the_mention_are_read_from_the_thread(stage: Stage) -> None:
    async with stage.bridging():
        stage.neo.manual = True
        stage.slack.faults.reorder_next(3)
        root = await stage.mention("go")
        await stage.reply(root, "on dev", user=BOB)
        task = await stage.task()
        await stage.sees(root, "Working")
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await wait_until(lambda: len(contents(task)) == 2, "the reply", also=lambda: contents(task))
    assert contents(task) == ["go", "Bob: on dev"]


async def test_replies_lost_while_the_task_is_created_are_read_from_the_thread(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.neo.manual = True
        root = await stage.slack.say(BOB, INFRA, "prod is slow")
        stage.neo.faults.add("create_task", Delay(0.3))
        mention = await stage.reply(root, stage.slack.mention("look"))
        await wait_until(lambda: sent_bodies(stage, "create_task"), "the creation")
        stage.slack.faults.lose_deliveries()
        await stage.reply(root, "at the database")
        task = await stage.task()
        await stage.sees(root, "Working")
        stage.slack.faults.lose_deliveries(lose=False)
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await wait_until(lambda: len(contents(task)) == 2, "the reply", also=lambda: contents(task))
    first, later = contents(task)
    assert first.endswith("\n> Bob: prod is slow"), "what was before the mention, as a quote"
    assert later == "Ann: at the database"
    assert reactions(stage, mention) == set()


async def test_who_tries_again_the_moment_the_failure_is_told_is_heard(stage: Stage) -> None:
    def tells_failure(call: Mapping[str, Any]) -> bool:
        return "No task was started" in str(call.get("text"))

    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", DropBefore())
        # The message is there, and its button pressed, before its post is answered.
        stage.slack.faults.add("chat.postMessage", Delay(1.0, after=True), where=tells_failure)
        root = await stage.mention("go")
        await stage.sees(root, "No task was started")
        assert not len(stage.slack.faults), "its post is not answered yet"
        await stage.click(root, "Try again")
        await stage.sees(root, "Done")
    assert len(stage.neo.tasks) == 1
