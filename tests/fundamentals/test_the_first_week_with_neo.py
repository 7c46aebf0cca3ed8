"""A team's first week: what Neo is told beside the words, how it is stopped, what it refuses."""

from typing import Any

import pytest

from bot.sandbox.faults import ApiError
from bot.sandbox.neo.state import NeoUser
from bot.sandbox.slack.text import plain_text
from commanding import neo, read_top, root, roots
from conversation.scenes import (
    acked,
    ask,
    cancels,
    contents,
    finish,
    sent_bodies,
    whispered,
    working,
)
from conversation.test_entities_as_context import REPOSITORY, STACK, added
from conversation.test_troubles_of_neo import NUMBERS, USED_UP
from relay.test_status import statuses
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

CLOUD = "http://api.pulumi.example"
"""A Pulumi Cloud whose console's address can be told, as that of the real one can."""


@pytest.fixture
def cloud(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a Pulumi Cloud with a console, reached by a proxy: that is the sandbox."""
    monkeypatch.setenv("http_proxy", stage.neo.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return CLOUD


async def test_links_to_stacks_and_repositories_and_stack_options_become_context(
    stage: Stage,
    http: bool,  # noqa: FBT001 -- a fixture is named
    cloud: str,
) -> None:
    page = "https://app.pulumi.example/acme/web/prod/updates/7"
    pull = "https://github.com/acme/shop/pull/7"
    async with stage.bridging(http=http, pulumi_backend_url=cloud):
        thread = await stage.mention(f"why did <{page}> fail? See <{pull}>.")
        await stage.sees(thread, "Open in Pulumi Cloud")
        await neo(stage, "--stack web/prod why did it fail?")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the command's task")

    linked, named = (body["message"] for body in sent_bodies(stage, "create_task"))
    assert added(linked) == [STACK, REPOSITORY]
    assert added(named) == [STACK]
    assert named["content"] == "why did it fail?"


async def test_options_set_how_the_task_works_and_the_message_says_which(team: Stage) -> None:
    assert await neo(team, "--plan --read-only --mode manual list the stacks") == ""
    await team.sees(await root(team), "You said: list the stacks")
    assert "plan first  ·  read-only  ·  mode manual" in read_top(team)[0]

    (created,) = sent_bodies(team, "create_task")
    modes = ("planMode", "permissionMode", "approvalMode")
    assert [created[mode] for mode in modes] == [True, "read-only", "manual"]


async def test_a_stack_that_neo_does_not_see_is_left_out_and_told_and_the_task_starts(
    team: Stage,
) -> None:
    team.neo.hidden_stacks = {"web/prod"}
    thread = await team.mention("--stack web/prod why did it fail?")
    await team.sees(thread, "Neo does not see what your message speaks of")
    await team.sees(thread, "You said: why did it fail?")

    refused, taken = sent_bodies(team, "create_task")
    assert added(refused["message"]) == [STACK]
    assert added(taken["message"]) == []


async def test_slacks_own_status_follows_the_task_and_its_stop_button_is_a_stop(
    team: Stage,
) -> None:
    thread, task = await working(team)
    await wait_until(lambda: statuses(team, thread) == ["processing"], "processing")
    await ask(team, thread, task, "May I?")
    await wait_until(lambda: statuses(team, thread)[-1] == "suspended", "suspended")
    await team.click(thread, "Approve")
    await wait_until(lambda: statuses(team, thread)[-1] == "processing", "processing again")

    await team.slack.stop(BOB, INFRA, thread)
    await whispered(team, BOB, f"Only <@{ANN}> can do that")
    assert cancels(task) == 0
    await team.slack.stop(ANN, INFRA, thread)
    await team.sees(thread, "⏹️ Stopped. Reply here to go on.")
    await wait_until(lambda: statuses(team, thread)[-1] == "active", "active")
    assert cancels(task) == 1


async def test_the_stop_button_of_the_card_stops_and_what_waited_is_given_back(
    team: Stage,
) -> None:
    thread, task = await working(team, "rewrite everything")
    await team.reply(thread, "rewrite one file")
    await acked(team)
    await team.click(thread, "Stop")
    await team.sees(thread, "⏹️ Stopped. Reply here to go on.")
    await team.sees(thread, "so it was not sent")
    await team.click(thread, "Send it now")
    await wait_until(lambda: len(contents(task)) == 2, "what waited")
    await finish(team, thread, task, "One file is rewritten.")
    assert (cancels(task), contents(task)[1]) == (1, "rewrite one file")


def lets_nobody_in(team: Stage) -> None:
    team.neo.tokens.clear()


def is_of_others(team: Stage) -> None:
    team.neo.tokens[team.neo.token] = NeoUser("ada", "Ada", ("globex",))


def is_used_up(team: Stage) -> None:
    team.neo.token_budget = USED_UP
    team.neo.faults.add("create_task", ApiError("no more Neo for you"))


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lets_nobody_in, "Whoever runs this bridge has to renew PULUMI_ACCESS_TOKEN."),
        (is_of_others, "Whoever manages your Pulumi organization can change that."),
        (is_used_up, f"Neo's budget is used up ({NUMBERS}). It begins anew on 1 January 2030"),
    ],
    ids=["401", "403", "budget"],
)
async def test_what_neo_refuses_is_told_with_who_can_change_it_and_can_be_tried_again(
    team: Stage, trouble: Any, words: str
) -> None:
    tokens = dict(team.neo.tokens)
    trouble(team)
    thread = await team.mention("list the stacks")
    told = await team.sees(thread, "No task was started.")
    assert words in plain_text(told)
    assert not team.neo.tasks

    team.neo.tokens.update(tokens)
    await team.click(thread, "Try again")
    await team.sees(thread, "You said: list the stacks")


async def test_who_is_not_on_the_list_is_told_so_in_private_and_starts_nothing(
    team: Stage,
) -> None:
    await team.mention("delete everything", user=EVE)
    await whispered(team, EVE, "You are not on the list of people who may use Neo here.")
    assert "You are not on the list" in await neo(team, "delete everything", user=EVE)
    await team.slack.say(EVE, team.slack.dm(EVE), "delete everything")
    await acked(team)
    assert not team.neo.tasks
    assert not roots(team)
