"""Several bridges on one store: any takes in, one works, and another goes on when it cannot."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bridge_process import settings_for, url_in
from conversation.scenes import contents
from crash.nursery import Bridge, Nursery
from stage import INFRA, Stage
from support import wait_until

LEASE = 2.0
ORDERLY = 2.0
"""Seconds in which another bridge works when the owner was asked to stop."""

ENDS_WITHIN = 10.0
"""Seconds in which it has ended itself."""


class Replica:
    """One bridge, and what it writes into its home."""

    def __init__(self, home: Path, process: Bridge) -> None:
        self._log = home / "bridge.log"
        self.process = process

    @property
    def output(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def url(self) -> str:
        """Wait until it serves HTTP and return the address."""
        return await url_in(lambda: self.output)

    def __str__(self) -> str:
        return self.output


class Replicas:
    """Three bridges between the stage's sandboxes, as processes of their own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bridges: list[Replica] = []

    async def start(self, nursery: Nursery, home: Path, settings: Mapping[str, str]) -> None:
        """Start them; return when each takes in, and one of them works."""
        for number in range(3):
            own = home / str(number)
            own.mkdir()
            self.bridges.append(Replica(own, await nursery.bear(own, settings)))
        everybody = len(self.bridges)
        await wait_until(
            lambda: self.stage.slack.connections == everybody, "all connected", timeout=30
        )
        await self.owner()

    async def owner(self) -> Replica:
        """Wait until one of them says that it works."""
        while True:
            for bridge in self.bridges:
                if not bridge.process.ended.done() and await _holds_lease(await bridge.url()):
                    return bridge
            await asyncio.sleep(0.02)


async def _holds_lease(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        return any(line.endswith("lease_held 1.0") for line in (await answer.text()).splitlines())


@pytest.fixture
async def replicas(stage: Stage, store_url: str, tmp_path: Path) -> AsyncIterator[Replicas]:
    settings = settings_for(
        stage.slack, stage.neo, tmp_path, REDIS_URL=store_url, NEO_SLACK_LEASE_SECONDS=str(LEASE)
    )
    async with Nursery(tmp_path / "mother.log") as nursery:
        replicas = Replicas(stage)
        await replicas.start(nursery, tmp_path, settings)
        yield replicas


async def begun(stage: Stage) -> tuple[str, TaskState]:
    """Let Ann start a task; return its root and the task, whose agent is at work."""
    stage.neo.manual = True
    root = await stage.mention("go")
    await stage.sees(root, "Working")
    return root, await stage.task()


async def test_any_of_them_takes_in_and_one_of_them_works(replicas: Replicas) -> None:
    stage = replicas.stage
    root, task = await begun(stage)
    said = [f"reply {number}" for number in range(12)]
    sent = [await stage.reply(root, words) for words in said]  # over all the connections
    await wait_until(
        lambda: all(stage.slack.reactions(INFRA, ts) for ts in sent), "each of them waits"
    )
    await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
    await wait_until(lambda: len(contents(task)) == 2, "the replies")
    assert contents(task)[1].split("\n\n") == said, "one batch, in order"
    assert stage.count(root, "Done.") == 1


async def test_when_the_owner_is_killed_another_one_works_within_the_promised_time(
    replicas: Replicas,
) -> None:
    stage = replicas.stage
    root, task = await begun(stage)
    owner = await replicas.owner()
    owner.process.kill()
    killed_at = time.monotonic()
    await stage.neo.emit(task.id, events.assistant_message("I am on it."))
    await stage.sees(root, "I am on it.")
    assert time.monotonic() - killed_at < LEASE + 1.0, "the rest is this machine's load"
    await stage.reply(root, "and then?")
    await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
    await wait_until(lambda: contents(task) == ["go", "and then?"], "the reply")
    assert [stage.count(root, words) for words in ("I am on it.", "Done.")] == [1, 1]


async def test_when_the_owner_is_asked_to_stop_another_one_works_at_once(
    replicas: Replicas,
) -> None:
    stage = replicas.stage
    root, task = await begun(stage)
    owner = await replicas.owner()
    asked_at = time.monotonic()
    owner.process.send(signal.SIGTERM)
    await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
    await stage.sees(root, "Done.")
    assert time.monotonic() - asked_at < ORDERLY + 1.0, "the rest is this machine's load"
    assert await asyncio.wait_for(owner.process.ended, ENDS_WITHIN) == 0
    assert stage.count(root, "Done.") == 1


async def test_an_owner_that_stalls_writes_nothing_when_it_wakes(replicas: Replicas) -> None:
    stage = replicas.stage
    root, task = await begun(stage)
    owner = await replicas.owner()
    owner.process.send(signal.SIGSTOP)
    try:
        await stage.neo.emit(task.id, events.assistant_message("I am on it."))
        await stage.sees(root, "I am on it.")
        await stage.reply(root, "and then?")
    finally:
        owner.process.send(signal.SIGCONT)
    await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
    await wait_until(lambda: contents(task) == ["go", "and then?"], "the reply")
    await wait_until(lambda: "ownership_ended" in owner.output, "it noticed", also=lambda: owner)
    assert [stage.count(root, words) for words in ("I am on it.", "Done.")] == [1, 1]
