"""A team's first week: from the start of the bridge to the first tasks, wherever one can talk."""

import json
from pathlib import Path

import aiohttp
import pytest

from bot.commands import HELP
from bot.conversation.effects import SEEN, WAITS
from bot.sandbox.faults import Delay
from bot.sandbox.neo import events
from bot.slack.http import PATH
from bridge_process import BridgeProcess, settings_for
from commanding import neo, read_top, root, roots
from conversation.scenes import (
    ask,
    cancels,
    confirmations,
    contents,
    finish,
    reactions,
    whispered,
    working,
)
from stage import ANN, BOB, Stage
from support import wait_until

OPS = "C0OPS"
MAY_I = "Run `pulumi up` on prod?"


@pytest.fixture
def variables(stage: Stage, http: bool, tmp_path: Path) -> dict[str, str]:  # noqa: FBT001 -- a fixture
    """What an operator sets."""
    chosen = settings_for(stage.slack, stage.neo, tmp_path)
    if http:
        del chosen["SLACK_APP_TOKEN"]
        chosen["SLACK_SIGNING_SECRET"] = stage.slack.signing_secret
    return chosen


async def ready(url: str) -> dict[str, object]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as answer:
        return json.loads(await answer.text())


async def test_it_says_where_to_ask_how_it_is_becomes_ready_and_answers(
    stage: Stage, variables: dict[str, str], tmp_path: Path
) -> None:
    async with BridgeProcess(tmp_path, variables) as bridge:
        await bridge.start()
        url = await bridge.url()
        while not (parts := await ready(url))["ready"]:
            pass
        assert parts == {"ready": True, "store": True, "slack": True}
        if "SLACK_SIGNING_SECRET" in variables:
            await stage.slack.deliver_to(f"{url}{PATH}")

        thread = await stage.mention("hello")
        await stage.sees(thread, "You said: hello")


async def test_each_wrong_setting_is_named_in_a_line_and_the_process_ends_with_2(
    stage: Stage, variables: dict[str, str], tmp_path: Path
) -> None:
    wrong = {"SLACK_BOT_TOKEN": "xoxb-wrong", "PULUMI_ACCESS_TOKEN": "pul-wrong"}
    async with BridgeProcess(tmp_path, variables | wrong) as bridge:
        await bridge.start()
        assert await bridge.ended() == 2
        said = bridge.output

    for name in wrong:
        assert f"\nneo-slack: {name}: " in said
    assert "pul-wrong" not in said
    assert "Traceback" not in said
    assert not stage.slack.connections


async def test_where_it_was_not_invited_it_says_how_and_after_that_it_works(team: Stage) -> None:
    team.slack.add_channel(OPS, "ops", members=[ANN], bot_is_member=False)

    hint = await neo(team, "list the stacks", channel=OPS)
    assert "`/invite @neo`" in hint
    assert "/neo list the stacks" in hint, "to be copied, not typed again"
    assert not roots(team, OPS)

    await team.slack.add_bot(OPS)
    assert await neo(team, "list the stacks", channel=OPS) == ""
    await team.sees(await root(team, OPS), "You said: list the stacks", channel=OPS)


async def test_a_mention_is_seen_worked_on_and_answered_and_its_thread_goes_on(
    team: Stage,
) -> None:
    team.neo.manual = True
    team.neo.faults.add("create_task", Delay(0.2))
    thread = await team.mention("upgrade checkout-api")
    await wait_until(lambda: SEEN in reactions(team, thread), "eyes: it was seen")
    await team.sees(thread, "Working for")
    await wait_until(lambda: SEEN not in reactions(team, thread), "no eyes any more")
    assert "Stop" in team.labels(thread)

    task = await team.task()
    reply = await team.reply(thread, "billing too", user=BOB)
    await wait_until(lambda: WAITS in reactions(team, reply), "an hourglass: it waits")
    await finish(team, thread, task, "Upgraded.")
    await team.sees(thread, "✅ Done after")
    await wait_until(lambda: WAITS not in reactions(team, reply), "its turn")
    assert contents(task) == ["upgrade checkout-api", "Bob: billing too"]


async def test_an_approval_is_decided_by_whoever_asked_for_the_task_and_by_nobody_else(
    team: Stage,
) -> None:
    thread, task = await working(team, "upgrade checkout-api")
    await ask(team, thread, task, MAY_I, sensitivity="sensitive", tool_name="pulumi__up")
    card = await team.sees(thread, f"🔴 <@{ANN}> *Neo asks for your approval*")

    await team.click(thread, "Approve", user=BOB)
    await whispered(team, BOB, f"Only <@{ANN}> can do that")
    await team.click(thread, "Approve")
    assert (await team.sees(thread, f"*Approved* by <@{ANN}>")).ts == card.ts
    assert "Approve" not in team.labels(thread)
    await wait_until(lambda: confirmations(task), "the approval at Neo")

    await ask(team, thread, task, "And on staging?")
    await team.reply(thread, "not before noon")
    await team.sees(thread, f"*Denied* by <@{ANN}>:\n>not before noon")
    await wait_until(lambda: len(confirmations(task)) == 2, "the denial at Neo")
    assert confirmations(task) == [(True, ""), (False, "not before noon")]


async def test_a_command_posts_who_asked_what_and_the_thread_hangs_from_that(team: Stage) -> None:
    assert await neo(team, "list the stacks", user=BOB) == ""
    thread = await root(team)
    assert f"<@{BOB}> asks Neo:\n>list the stacks" in read_top(team)[0]

    await team.sees(thread, "You said: list the stacks")
    await team.reply(thread, "and the buckets?")
    await team.sees(thread, "You said: Ann: and the buckets?")
    assert len(team.neo.tasks) == 1


async def test_a_command_without_words_shows_help_and_a_typo_gets_a_suggestion(
    team: Stage,
) -> None:
    assert await neo(team) == HELP
    assert await neo(team, "help") == HELP
    assert "Did you mean `/neo status`?" in await neo(team, "staus")
    assert "Did you mean `/neo channel quiet`?" in await neo(team, "chanel quiet")
    assert "Did you mean `--read-only`?" in await neo(team, "--read-olny list the stacks")
    assert not team.neo.tasks
    assert not roots(team)


async def test_status_lists_ones_own_tasks_and_stop_names_them_until_one_is_meant(
    team: Stage,
) -> None:
    assert "no Neo tasks yet" in await neo(team, "status")
    assert "nothing to stop" in await neo(team, "stop")
    threads = [await working(team, words) for words in ("upgrade checkout", "upgrade billing")]
    (_, checkout), (thread, billing) = threads
    for task, title in ((checkout, "Upgrade checkout"), (billing, "Upgrade billing")):
        await team.neo.emit(task.id, events.set_task_name(title))
        while title not in await neo(team, "status"):
            pass
    assert "no Neo tasks yet" in await neo(team, "status", user=BOB)

    told = await neo(team, "stop")
    assert told.startswith("Several tasks are at work.")
    assert "|Upgrade checkout>" in told
    assert "|Upgrade billing>" in told
    assert "|Upgrade billing>" in await neo(team, "stop billing")
    await team.sees(thread, "⏹️ Stopped")
    assert (cancels(checkout), cancels(billing)) == (0, 1)
    assert "⏹️ stopped" in await neo(team, "status")


async def test_each_direct_message_starts_a_task_in_a_thread_of_its_own(team: Stage) -> None:
    home = team.slack.dm(ANN)
    stacks = await team.slack.say(ANN, home, "list the stacks")
    await team.sees(stacks, "You said: list the stacks", channel=home)
    buckets = await team.slack.say(ANN, home, "list the buckets")
    await team.sees(buckets, "You said: list the buckets", channel=home)

    await team.slack.say(ANN, home, "continue, please", stacks)
    await team.sees(stacks, "You said: continue, please", channel=home)
    assert len(team.neo.tasks) == 2


async def test_bare_words_in_a_direct_message_start_nothing_and_answer_what_waits(
    team: Stage,
) -> None:
    home = team.slack.dm(ANN)
    for words, hint in (
        ("thanks!", "Write what Neo should do"),
        ("yes", "Nothing of yours waits for an answer"),
        ("stop", "Nothing of yours is running"),
    ):
        await team.slack.say(ANN, home, words)
        await whispered(team, ANN, hint)

    thread, task = await working(team)
    await ask(team, thread, task, MAY_I)
    await team.slack.say(ANN, home, "yes")
    await team.sees(thread, "*Approved*")
    await team.slack.say(ANN, home, "stop it, please")
    await team.sees(thread, "⏹️ Stopped")
    assert [*team.neo.tasks] == [task.id]
