"""The real process: how it starts, how it is asked to end, and what the operator reads."""

import json
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.ids import Installation
from bot.sandbox.faults import DropBefore
from bot.store import EmbeddedValkey, Lease, Store, open_store
from bridge_process import BridgeProcess, settings_for
from stage import Stage
from support import wait_until

SIGTERM_PROMISE = 10.0


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> dict[str, str]:
    return settings_for(stage.slack, stage.neo, tmp_path, NEO_SLACK_LEASE_SECONDS="1")


@pytest.fixture
async def bridge(tmp_path: Path, settings: dict[str, str]) -> AsyncIterator[BridgeProcess]:
    async with BridgeProcess(tmp_path, settings) as process:
        yield process


async def get(url: str) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, json.loads(await answer.text())


async def connected(stage: Stage, bridge: BridgeProcess) -> None:
    await wait_until(lambda: stage.slack.connections, "a connection", also=lambda: bridge)


async def test_sigterm_ends_it_with_0_in_time_and_frees_the_lease(
    stage: Stage, store: Store, store_url: str, settings: dict[str, str], bridge: BridgeProcess
) -> None:
    settings |= {"REDIS_URL": store_url, "PYTHONDEVMODE": "1"}
    await bridge.start()
    await connected(stage, bridge)
    root = await stage.mention("hello")
    await stage.sees(root, "You said: hello")
    url = await bridge.url()
    assert await get(f"{url}/readyz") == (200, {"ready": True, "store": True, "slack": True})

    began = time.monotonic()
    bridge.signal(signal.SIGTERM)

    assert await bridge.ended() == 0
    assert time.monotonic() - began < SIGTERM_PROMISE
    assert await Lease(store, Installation(stage.slack.team_id)).acquire()
    for word in ("Traceback", "Warning", "never retrieved", "destroyed"):
        assert word not in bridge.output


async def test_while_slack_is_away_at_start_it_lives_waits_and_can_be_stopped(
    stage: Stage, bridge: BridgeProcess
) -> None:
    stage.slack.faults.add("auth.test", DropBefore(), times=1000)
    await bridge.start()
    url = await bridge.url()
    await wait_until(lambda: "start_doubtful" in bridge.output, "a doubt", also=lambda: bridge)

    assert await get(f"{url}/healthz") == (200, {"alive": True, "stuck": []})
    assert await get(f"{url}/readyz") == (503, {"ready": False, "store": False, "slack": False})

    bridge.signal(signal.SIGINT)
    assert await bridge.ended(5.0) == 0  # at once, not when a stop is cut short


async def test_a_second_signal_ends_it_at_once(
    stage: Stage, settings: dict[str, str], bridge: BridgeProcess, tmp_path: Path
) -> None:
    async with EmbeddedValkey(tmp_path / "own") as valkey, open_store(valkey.url) as own:
        settings["REDIS_URL"] = valkey.url
        await bridge.start()
        await connected(stage, bridge)
        await own.call("CLIENT", "PAUSE", 20_000, "ALL")
        await stage.mention("hello")  # the listener waits for the store, and the stop for it
        bridge.signal(signal.SIGTERM)
        await wait_until(lambda: '"stopping"' in bridge.output, "it stops", also=lambda: bridge)

        bridge.signal(signal.SIGTERM)
        assert await bridge.ended(1.0) == 1


async def test_every_wrong_token_is_named_and_none_is_shown(
    settings: dict[str, str], bridge: BridgeProcess
) -> None:
    settings |= {
        "SLACK_BOT_TOKEN": "xoxb-fake-wrong",
        "SLACK_APP_TOKEN": "xapp-fake-wrong",
        "PULUMI_ACCESS_TOKEN": "pul-fake-wrong",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    await bridge.start()

    assert await bridge.ended() == 2
    named = [line.split(":")[1].strip() for line in problems(bridge)]
    assert named == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PULUMI_ACCESS_TOKEN", "REDIS_URL"]
    assert "fake-wrong" not in bridge.output
    assert "Traceback" not in bridge.output


async def test_a_user_outside_of_the_organisation_is_named(
    settings: dict[str, str], bridge: BridgeProcess
) -> None:
    settings["PULUMI_ORG"] = "elsewhere"
    await bridge.start()

    assert await bridge.ended() == 2
    (line,) = problems(bridge)
    assert line.startswith("neo-slack: PULUMI_ORG: ada, whose token")
    assert "is no member of elsewhere" in line


async def test_a_second_bridge_in_the_same_directory_is_refused(
    stage: Stage, settings: dict[str, str], bridge: BridgeProcess, tmp_path: Path
) -> None:
    await bridge.start()
    await connected(stage, bridge)
    async with BridgeProcess(tmp_path / "second", settings) as second:
        await second.start()

        assert await second.ended() == 2
        (line,) = problems(second)
        assert line.startswith("neo-slack: NEO_SLACK_DATA_DIR: another bridge is running in ")
    assert stage.slack.connections == 1


async def test_its_own_store_is_started_again_when_it_dies(
    stage: Stage, bridge: BridgeProcess
) -> None:
    await bridge.start()
    await connected(stage, bridge)
    root = await stage.mention("hello")
    await stage.sees(root, "You said: hello")

    bridge.kill_store()
    await stage.reply(root, "are you still there?")

    await stage.sees(root, "You said: are you still there?")
    assert stage.count(root, "You said: hello") == 1


def problems(bridge: BridgeProcess) -> list[str]:
    """Return what the operator reads, without the line that tells the port."""
    lines = bridge.output.splitlines()
    return [x for x in lines if x.startswith("neo-slack: ") and "health on" not in x]
