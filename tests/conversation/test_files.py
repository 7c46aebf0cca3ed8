"""Files in: text is quoted to Neo with the message, everything else is named and refused."""

from dataclasses import replace

from bot.conversation import sentences
from bot.conversation.effects import WAITS
from bot.conversation.items import LeftOut
from bot.sandbox.faults import ServerError
from bot.slack.attachments import LARGEST
from bot.slack.mrkdwn import mrkdwn
from conversation.scenes import (
    QUICK,
    acked,
    contents,
    finish,
    reactions,
    resting,
    whispered,
    whispers,
    working,
)
from stage import ANN, INFRA, Stage
from support import wait_until

LOG = b"error: quota exceeded\n"


def test_each_file_that_is_left_out_is_named_with_its_reason() -> None:
    said = sentences.left_out([LeftOut("a|b`<!channel>.png", mrkdwn("not text"))] * 2)
    assert said.count("(not text)") == 2
    assert "<!channel>" not in said
    assert "256 KiB" in said


async def test_text_files_go_with_the_words_and_others_are_named(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        files = [("out.log", LOG), ("page.png", b"\x89PNG"), ("odd.txt", b"\0\1\2")]
        root = await stage.slack.say(ANN, INFRA, stage.slack.mention("why?"), files=files)
        await stage.sees(root, "Working")
        await whispered(stage, ANN, "`page.png` (not text), `odd.txt` (not text)")
    (task,) = stage.neo.tasks.values()
    (content,) = contents(task)
    assert content.startswith("why?\n\nFile `out.log`:\n```")
    assert "quota exceeded" in content
    assert "page.png" not in content


async def test_all_files_of_a_message_together_have_a_limit(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        files = [("a.log", b"a" * (LARGEST - 10)), ("b.log", b"b" * 11), ("c.log", b"c" * 10)]
        await stage.slack.say(ANN, INFRA, "see", root, files=files)
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await whispered(stage, ANN, "`b.log` (too large)")
    said = contents(task)[1]
    assert said.count("a" * 1000) > 0
    assert "b" * 11 not in said
    assert "c" * 10 in said


async def test_a_file_alone_starts_and_continues_a_task(stage: Stage) -> None:
    async with stage.bridging():
        bot = stage.slack.mention("").strip()
        root = await stage.slack.say(ANN, INFRA, bot, files=[("go.md", b"list the stacks")])
        await stage.sees(root, "Done")
        await stage.slack.say(ANN, INFRA, "", root, files=[("out.log", LOG)])
        task = await stage.task()
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    first, second = contents(task)
    assert first.startswith("File `go.md`:")
    assert second.startswith("File `out.log`:")
    assert whispers(stage, ANN) == []


async def test_a_file_waits_for_slack_and_an_edit_leaves_it_with_its_words(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.add("download", ServerError())
        reply = await stage.slack.say(ANN, INFRA, "first", root, files=[("out.log", LOG)])
        await stage.slack.edit(ANN, INFRA, reply, "second")
        await acked(stage)
        later = await stage.reply(root, "and?")
        await wait_until(lambda: WAITS in reactions(stage, later), "all before it was heard")
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task)[1].startswith("second\n\nFile `out.log`:")
    assert whispers(stage, ANN) == []


async def test_what_slack_does_not_give_is_left_out_and_holds_nothing_up(stage: Stage) -> None:
    async with stage.bridging(patience=replace(QUICK, files=0.1)):
        root, task = await resting(stage)
        stage.slack.faults.add("download", ServerError(), times=100)
        await stage.slack.say(ANN, INFRA, "see", root, files=[("out.log", LOG)])
        await whispered(stage, ANN, "`out.log` (Slack did not give it to me)")
        await wait_until(lambda: len(contents(task)) == 2, "the words")
    assert contents(task) == ["go", "see"]


async def test_files_of_chatter_are_not_read(stage: Stage) -> None:
    async with stage.bridging():
        await stage.slack.say(ANN, INFRA, "look at this", files=[("out.log", LOG)])
        root, task = await resting(stage)
        stage.slack.faults.add("download", ServerError(), times=100)
        chat = "<!here> look"
        await stage.slack.say(ANN, INFRA, chat, root, files=[("out.log", LOG)])
        await stage.reply(root, "and?")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    assert contents(task) == ["go", "and?"]
