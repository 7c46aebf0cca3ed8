"""Three bridges, 60 conversations, and the owner killed every 15 seconds for 5 minutes.

`uv run pytest -m long tests/crash/test_soak.py -s -n 0`, which prints what it came to.
"""

import asyncio
import random
import re
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.store import EmbeddedValkey
from bridge_process import settings_for
from chaos import PEOPLE, Plan, Talk
from forked_bridge import ForkedBridge
from support import wait_until

BRIDGES = 3
CONVERSATIONS = 60
KILL_EVERY = 15.0
SECONDS = 300.0
FENCE = re.compile(r'"fence": (\d+), "event": "lease_acquired"')


def fence(home: Path) -> int:
    """Return the highest fence that the bridge of `home` ever had."""
    log = (home / "bridge.log").read_text() if (home / "bridge.log").exists() else ""
    return max(map(int, FENCE.findall(log)), default=0)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_while_owners_die_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    slack, neo = SlackSandbox(), NeoSandbox(pace=0)
    neo.manual = True
    for user in PEOPLE:
        slack.add_user(user, user[2:].title())
    channels = [f"C0TALK{number:02}" for number in range(CONVERSATIONS)]
    for channel in channels:
        slack.add_channel(channel, channel[2:].lower(), members=PEOPLE)
    plan = Plan(seed=1, kills=0, replies_every=4.0)
    async with slack, neo, EmbeddedValkey(tmp_path / "store") as valkey, AsyncExitStack() as stack:
        settings = settings_for(slack, neo, tmp_path, REDIS_URL=valkey.url)
        homes = [tmp_path / f"bridge{number}" for number in range(BRIDGES)]
        bridges = {
            home: await stack.enter_async_context(ForkedBridge(home, settings)) for home in homes
        }
        for bridge in bridges.values():
            await bridge.start()
        await wait_until(lambda: slack.connections == BRIDGES, "all connected", timeout=60)
        talks = [Talk(plan, random.Random(channel), slack, neo, channel) for channel in channels]
        await asyncio.gather(*(talk.begin() for talk in talks))
        agents = [asyncio.create_task(talk.answer()) for talk in talks]
        people = [asyncio.create_task(talk.reply()) for talk in talks]
        deaths = await kill_owners(bridges)
        await end(people)
        await wait_until(
            lambda: all(talk.is_over() for talk in talks),
            "everything arrived",
            timeout=300,
            also=lambda: [str(talk) for talk in talks if not talk.is_over()],
        )
        await end(agents)
        for talk in talks:
            talk.check()
    texts, replies = sum(len(t.texts) for t in talks), sum(len(t.replies) for t in talks)
    sys.stdout.write(
        f"\n{BRIDGES} bridges, {CONVERSATIONS} conversations, {deaths} owners killed: "
        f"{texts} texts and {replies} replies, 0 lost, 0 twice\n"
    )


async def kill_owners(bridges: dict[Path, ForkedBridge]) -> int:
    """Kill whoever owns, again and again, and let it come back; return how often."""
    began, deaths = time.monotonic(), 0
    while time.monotonic() - began < SECONDS:
        await asyncio.sleep(KILL_EVERY)
        owner = max(bridges, key=fence)
        await bridges[owner].kill()
        await bridges[owner].start()
        deaths += 1
    return deaths


async def end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
