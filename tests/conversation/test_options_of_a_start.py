"""What a task is started with, and what starts none."""

import pytest

from bot.conversation import sentences
from bot.conversation.declining import declined, dropped_with
from bot.conversation.effects import SEEN
from bot.sandbox.faults import ApiError
from commanding import neo
from commanding import root as command_root
from conversation.people import item, new_talk
from conversation.scenes import acked, contents, reactions, sent_bodies, whispered, whispers
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def test_options_of_a_mention_and_of_a_command_set_the_modes_of_the_task(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root = await stage.mention("--plan --mode auto  list the  buckets --read-only")
        await stage.sees(root, "Done")
        assert not await neo(stage, "--mode manual list the stacks")
        await stage.sees(await command_root(stage), "Done")
    first, second = sent_bodies(stage, "create_task")
    assert first["message"]["content"] == "list the  buckets"
    assert (first["planMode"], first["permissionMode"]) == (True, "read-only")
    assert (first["approvalMode"], second["approvalMode"]) == ("auto", "manual")
    assert not {"planMode", "permissionMode"} & second.keys(), "left to the organization"


@pytest.mark.parametrize(
    ("words", "why"),
    [("--mode fast go", "`fast`"), ("--plan", "Say what"), ("--", "Say what")],
)
async def test_options_that_cannot_be_meant_start_nothing(
    stage: Stage, words: str, why: str
) -> None:
    async with stage.bridging():
        root = await stage.mention(words)
        await whispered(stage, ANN, why)
        await wait_until(lambda: SEEN not in reactions(stage, root), "the eyes are gone")
        await stage.reply(root, "what was that?", user=BOB)
        await acked(stage)
        await stage.reply(root, stage.slack.mention("--mode auto start"))
        task = await stage.task()
    (said,) = contents(task)
    assert said.partition("\n")[0] == "Ann: start"
    assert len(whispers(stage, ANN)) == 1


def test_what_came_with_a_start_that_is_declined_waits_only_for_another_start() -> None:
    opener, chatter, other = item(1, opens=True), item(2), item(3, opens=True)
    talk = new_talk().model_copy(update={"queue": (chatter, opener)})
    assert dropped_with(talk, opener) == (chatter,)
    assert declined(talk, (opener, chatter)).queue == ()
    more = talk.model_copy(update={"queue": (opener, chatter, other)})
    assert dropped_with(more, opener) == ()
    assert declined(more, (opener,)).queue == (chatter, other)


async def test_what_came_with_a_start_that_is_declined_is_named(stage: Stage) -> None:
    stage.neo.faults.add("create_task", ApiError("not today"))
    async with stage.bridging():
        root = await stage.mention("go")
        await stage.sees(root, "No task was started")
        await stage.reply(root, "and look at &lt;the&gt; logs", user=BOB)
        await whispered(stage, BOB, "No task was started here yet, so this waits.")
        await stage.slack.edit(ANN, INFRA, root, stage.slack.mention("--mode fast go"))
        await acked(stage)
        await stage.click(root, "Try again")
        await whispered(stage, ANN, "There is no mode `fast`")
    assert f"• <@{BOB}>: and look at &lt;the&gt; logs" in whispers(stage, ANN)[0]
    assert not stage.neo.tasks


async def test_who_cannot_be_told_in_private_that_nothing_starts_is_told_in_the_thread(
    stage: Stage,
) -> None:
    files = [("page.png", b"\x89PNG")]
    bot = stage.slack.mention("").strip()
    async with stage.bridging():
        stage.slack.faults.add("chat.postEphemeral", ApiError("user_not_in_channel"), times=3)
        for said, why in (
            (stage.slack.say(ANN, INFRA, f"{bot} --mode fast go"), "There is no mode `fast`"),
            (stage.slack.say(ANN, INFRA, bot), "You mentioned me without any words."),
            (stage.slack.say(ANN, INFRA, bot, files=files), "Neo does not get `page.png`"),
        ):
            root = await said
            await stage.sees(root, f"<@{ANN}> {why}")
            assert len(stage.read(root)) == 1
    assert whispers(stage, ANN) == []


def test_of_many_messages_that_are_dropped_some_are_named_and_all_are_counted() -> None:
    said = sentences.declined("No.", [item(n, f"words {n}") for n in range(1, 14)])
    assert "words 10" in said
    assert "words 11" not in said
    assert said.endswith("… and 3 more")


async def test_a_neo_that_knows_no_source_slack_is_asked_as_api_and_that_is_remembered(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.neo.faults.add("create_task", ApiError("invalid value for source: slack"))
        for words in ("one", "two"):
            await stage.sees(await stage.mention(words), "Done")
        stage.neo.faults.add("create_task", ApiError("invalid value for source: api"))
        await stage.sees(await stage.mention("three"), "invalid value for source: api")
    bodies = sent_bodies(stage, "create_task")
    assert [body["source"] for body in bodies] == ["slack", "api", "api", "api"]
    assert bodies[0] == {**bodies[1], "source": "slack"}
