"""What opening a followed stream costs: `uv run python tests/bench/streams.py`.

In one run, five times in turn: 100 and 1,000 streams are opened, each until its first event is
decoded, by the bridge's `follow` and by a bare aiohttp client that only reads a line. CPU time of
this process per stream; Neo is another process. Reported, never asserted; the aim is that a stream
among 1,000 costs no more than twice one among 100.
"""

import asyncio
import gc
import json
import random
import resource
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import table
from bot.cli import GC_THRESHOLDS
from bot.clock import SystemClock, sleep
from bot.ids import TaskId
from bot.neo.client import open_neo
from bot.neo.identity import SharedIdentity
from bot.neo.stream import follow

ROUNDS = 5
COUNTS = (100, 1000)
ALONGSIDE = 50
"""Streams opened at the same time, as after a restart."""


@dataclass(frozen=True)
class Server:
    """Where the task is."""

    url: str
    org: str
    token: str
    task: str


OpenOne = Callable[[AsyncExitStack], Awaitable[None]]
"""Opens a stream that stays open as long as the stack, and reads its first event."""


async def main() -> None:
    """Measure, and print a table."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    gc.set_threshold(*GC_THRESHOLDS)
    costs: dict[tuple[str, int], list[float]] = {}
    async with neo() as server:
        for _ in range(ROUNDS):
            for count in COUNTS:
                for name, opener in (("follow", following), ("aiohttp", reading)):
                    async with opener(server) as open_one:
                        cost = await cpu_per_stream(open_one, count)
                    costs.setdefault((name, count), []).append(cost)
    few, many = COUNTS
    rows: list[tuple[str, ...]] = [("CPU to open one stream", f"of {few}", f"of {many}", "ratio")]
    for name in ("follow", "aiohttp"):
        low, high = median(costs[name, few]), median(costs[name, many])
        rows.append((name, f"{low * 1e6:.0f} us", f"{high * 1e6:.0f} us", f"{high / low:.2f}"))
    ratios = (median(costs["follow", n]) / median(costs["aiohttp", n]) for n in COUNTS)
    rows.append(("follow : aiohttp", *(f"{ratio:.2f}" for ratio in ratios), ""))
    sys.stdout.write(table(rows) + "\n")


async def cpu_per_stream(open_one: OpenOne, count: int) -> float:
    """Open streams and hold them all; return seconds of CPU for each."""
    turn = asyncio.Semaphore(ALONGSIDE)

    async def in_turn(stack: AsyncExitStack) -> None:
        async with turn:
            await open_one(stack)

    gc.collect()
    began = time.process_time()
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(in_turn(stack) for _ in range(count)))
        return (time.process_time() - began) / count


@asynccontextmanager
async def following(server: Server) -> AsyncGenerator[OpenOne]:
    """Open streams as the relay does."""
    identity, clock = SharedIdentity(server.token, "the bench"), SystemClock()
    rng = random.Random(1)
    async with open_neo(server.url, server.org, clock=clock, sleep=sleep, rng=rng) as client:

        async def open_one(stack: AsyncExitStack) -> None:
            events = follow(
                client, identity, TaskId(server.task), None, sleep=sleep, clock=clock, rng=rng
            )
            await stack.enter_async_context(aclosing(events))
            await anext(events)

        yield open_one


@asynccontextmanager
async def reading(server: Server) -> AsyncGenerator[OpenOne]:
    """Open streams with nothing but aiohttp."""
    path = f"/api/preview/agents/{server.org}/tasks/{server.task}/events/stream"
    headers = {"Authorization": f"token {server.token}", "Accept": "text/event-stream"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def open_one(stack: AsyncExitStack) -> None:
            answer = await stack.enter_async_context(session.get(server.url + path))
            answer.raise_for_status()
            await answer.content.readline()

        yield open_one


@asynccontextmanager
async def neo() -> AsyncGenerator[Server]:
    """Run Neo as another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(Path(__file__).with_name("neo_server.py"))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Server(**json.loads(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(main())
