"""The bridge in one process: what it leaves behind, and what ends it."""

import asyncio
import gc

import pytest

from bot.app import open_bridge
from bot.errors import ConfigurationProblem
from bot.sandbox.faults import ApiError, RateLimited
from bot.sandbox.neo import events
from bot.sandbox.neo.door import Received
from stage import Stage
from support import wait_until


async def test_a_stop_in_the_middle_of_work_leaves_no_task_behind(stage: Stage) -> None:
    stage.neo.manual = True
    before = asyncio.all_tasks()
    async with stage.bridging():
        root = await stage.mention("watch this")
        task = await stage.task()
        await stage.neo.emit(task.id, events.exec_tool_call("t1", "pulumi__preview"))
        await stage.sees(root, "Stop")
        await stage.reply(root, "and that")
        await wait_until(stage.neo.open_streams, "a followed stream")
    gc.collect()  # a task that was destroyed while pending would fail this test

    assert [
        code for task in asyncio.all_tasks() - before if is_of_the_bridge(code := where(task))
    ] == []


def where(task: asyncio.Task[object]) -> str:
    """Return the file of the code that a task runs."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code.co_filename if code else ""


def is_of_the_bridge(file: str) -> bool:
    """Whether a file is ours, or of a library that only the bridge uses."""
    own = "/bot/" in file and "/bot/sandbox/" not in file
    return own or any(f"/{name}/" in file for name in ("slack_sdk", "slack_bolt", "redis", "httpx"))


async def test_an_app_token_that_is_revoked_while_it_runs_stops_it_with_a_sentence(
    stage: Stage,
) -> None:
    async with open_bridge(stage.settings) as bridge:
        running = asyncio.create_task(bridge.run(asyncio.Event()))
        await wait_until(lambda: bridge.link.connected, "connected")

        stage.slack.faults.add("apps.connections.open", ApiError("token_revoked"), times=10)
        await stage.slack.faults.drop_sockets()

        with pytest.raises(ConfigurationProblem, match=r"SLACK_APP_TOKEN: .*token_revoked"):
            await running
        assert not bridge.owner.is_owner


AWAY = RateLimited(retry_after=100)
"""Nobody waits so long for one answer."""


async def test_whose_token_it_is_is_asked_again_when_pulumi_was_away_at_the_start(
    stage: Stage,
) -> None:
    stage.neo.faults.add("get_user", AWAY, times=3)
    settings = stage.settings.model_copy(update={"pulumi_org": "elsewhere"})
    async with open_bridge(settings) as bridge:
        running = asyncio.create_task(bridge.run(asyncio.Event()))
        await wait_until(lambda: bridge.link.connected, "it has begun all the same")

        with pytest.raises(ConfigurationProblem, match=r"PULUMI_ORG: .* is no member of elsewhere"):
            await running
        assert not bridge.owner.is_owner
    assert not stage.neo.faults


async def test_a_good_answer_of_pulumi_that_comes_late_is_the_last_one_asked_for(
    stage: Stage,
) -> None:
    stage.neo.faults.add("get_user", AWAY)
    async with stage.bridging():
        await wait_until(lambda: len(asked_who(stage)) == 2, "asked again")
        await wait_until(lambda: asked_who(stage)[1].outcome == "200", "answered")
        root = await stage.mention("hello")
        await stage.sees(root, "You said: hello")
    assert len(asked_who(stage)) == 2


def asked_who(stage: Stage) -> list[Received]:
    """Return how Neo was asked whose token it is."""
    return [r for r in stage.neo.received if r.route == "get_user"]
