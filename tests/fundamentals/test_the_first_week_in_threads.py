"""A team's first week: people talk among themselves, correct what they said, and attach files."""

from bot.conversation.amending import EDITED
from bot.conversation.context import BEFORE, DISCLAIMER
from bot.conversation.effects import WAITS
from commanding import neo
from conversation.scenes import (
    acked,
    contents,
    finish,
    reactions,
    resting,
    whispered,
    whispers,
    working,
)
from conversation.test_edits import OFFER, press_offer
from conversation.test_quiet import choose
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until


async def waits(team: Stage, thread: str, words: str) -> str:
    """Let Ann reply while the agent works, and wait for the hourglass; return the `ts`."""
    ts = await team.reply(thread, words)
    await wait_until(lambda: WAITS in reactions(team, ts), "an hourglass")
    return ts


async def test_a_mention_in_the_middle_of_a_thread_brings_what_was_said_before_as_a_quote(
    team: Stage,
) -> None:
    thread = await team.slack.say(BOB, INFRA, "prod is slow since 9")
    await team.reply(thread, "the database, I think", user=EVE)
    await acked(team)
    await team.reply(thread, team.slack.mention("find out why"))
    await team.sees(thread, "You said: Ann: find out why")

    await team.reply(thread, "and on dev?", user=BOB)
    await team.sees(thread, "You said: Bob: and on dev?")
    first, second = contents(await team.task())
    said = "> Bob: prod is slow since 9\n>\n> Eve: the database, I think"
    assert first == f"Ann: find out why\n\n{BEFORE} ({DISCLAIMER}):\n{said}"
    assert second == "Bob: and on dev?", "what was quoted once is not quoted again"


async def test_a_reply_to_somebody_else_stays_between_people(team: Stage) -> None:
    thread, task = await resting(team)
    await team.reply(thread, f"<@{BOB}> is that all of them?")
    await team.reply(thread, f"<@{ANN}> I think so", user=BOB)
    await team.reply(thread, "and in Frankfurt?", user=BOB)
    await wait_until(lambda: len(contents(task)) == 2, "the reply that is for Neo")
    assert contents(task)[1] == "Bob: and in Frankfurt?"


async def test_by_the_menu_of_the_card_a_thread_becomes_quiet_and_talkative_again(
    team: Stage,
) -> None:
    thread, task = await resting(team)
    await choose(team, thread, "Only when mentioned")
    await whispered(team, ANN, "Neo hears only messages that mention me from now on")
    await team.sees(thread, "🔕 In this thread, Neo hears only what mentions me.")
    await team.reply(thread, "who is on call?")
    await team.reply(thread, team.slack.mention("how many are left?"))
    await wait_until(lambda: len(contents(task)) == 2, "the mention")
    assert contents(task)[1].startswith("how many are left?\n\nSaid in this Slack thread meanwhile")
    await finish(team, thread, task, "Three.")

    await choose(team, thread, "Every reply")
    await whispered(team, ANN, "Neo hears every reply from now on")
    await team.reply(thread, "delete them")
    await wait_until(lambda: len(contents(task)) == 3, "a reply without a mention")


async def test_in_a_quiet_channel_new_threads_begin_quiet(team: Stage) -> None:
    before, loud = await resting(team, "before")
    assert "Neo hears only messages that mention me" in await neo(team, "channel quiet")
    assert "Neo hears only messages that mention me" in await neo(team, "channel", user=BOB)
    after, quiet = await resting(team, "after")

    await team.reply(after, "between us")
    await team.reply(before, "for Neo")
    await wait_until(lambda: len(contents(loud)) == 2, "the thread that was there stays as it was")
    await team.reply(after, team.slack.mention("for you"))
    await wait_until(lambda: len(contents(quiet)) == 2, "the mention")
    assert contents(quiet)[1].startswith("for you\n")
    assert "Neo hears every reply" in await neo(team, "channel talk")


async def test_what_waits_can_be_edited_and_deleted_and_neo_gets_it_as_it_is_then(
    team: Stage,
) -> None:
    thread, task = await working(team)
    kept = await waits(team, thread, "use dev")
    gone = await waits(team, thread, "and drop the rest")
    await team.slack.edit(ANN, INFRA, kept, "use staging")
    await team.slack.delete(ANN, INFRA, gone)
    await waits(team, thread, "carefully")
    await finish(team, thread, task)
    await wait_until(lambda: len(contents(task)) == 2, "what waited")
    assert contents(task)[1] == "use staging\n\ncarefully"
    assert not whispers(team, ANN)


async def test_an_edit_of_what_neo_has_is_offered_in_private_and_a_deletion_does_nothing(
    team: Stage,
) -> None:
    thread, task = await resting(team)
    reply = await team.reply(thread, "use dev")
    await wait_until(lambda: len(contents(task)) == 2, "the reply")
    await team.slack.edit(ANN, INFRA, reply, "use staging")
    await whispered(team, ANN, OFFER)
    await press_offer(team, ANN)
    await whispered(team, ANN, "Neo gets your edit as a message.")
    await team.slack.delete(ANN, INFRA, reply)
    await acked(team)
    await finish(team, thread, task, "Dev it is.")
    await wait_until(lambda: len(contents(task)) == 3, "the edit")
    assert contents(task) == ["go", "use dev", f"{EDITED}use staging"]


async def test_an_edit_that_adds_the_mention_starts_a_task(team: Stage) -> None:
    thread = await team.slack.say(ANN, INFRA, "list the stacks")
    await acked(team)
    assert not team.neo.tasks
    await team.slack.edit(ANN, INFRA, thread, team.slack.mention("list the stacks"))
    await team.sees(thread, "You said: list the stacks")


async def test_a_text_file_goes_along_as_a_quote_and_a_picture_is_left_out_by_name(
    team: Stage,
) -> None:
    files = [("out.log", b"error: quota exceeded\n"), ("graph.gif", b"GIF89a")]
    thread = await team.slack.say(ANN, INFRA, team.slack.mention("why?"), files=files)
    await whispered(team, ANN, "Neo does not get `graph.gif` (not text). I pass on text only")
    await team.sees(thread, "You said: why?")
    (said,) = contents(await team.task())
    assert said.startswith("why?\n\nFile `out.log`:\n```")
    assert said.endswith("\nerror: quota exceeded\n```")
