"""The harness's side of the mother: bridges to start, kill, freeze and wait for."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

KILLED = -signal.SIGKILL
GONE = "the mother has ended; see her log"


class Bridge:
    """One bridge's process, a group of its own."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Its exit code, minus the signal's number for a killed one."""

    def kill(self) -> None:
        """Kill -9 the whole group at once, if it lives."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the group at once, if it lives."""
        if not self.ended.done():
            with suppress(ProcessLookupError):  # the news of its end is under way
                os.killpg(self.pid, number)


class Nursery:
    """Has a mother as soon as one is needed; what still lives when the context ends is killed."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._ordering = asyncio.Lock()
        self._mother: Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._born: asyncio.Future[Bridge] | None = None
        self._alive: dict[int, Bridge] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._mother is None or self._listening is None:
            return
        for bridge in tuple(self._alive.values()):
            bridge.kill()
        orders(self._mother).close()
        await self._mother.wait()
        await self._listening

    async def bear(self, home: Path, environment: Mapping[str, str]) -> Bridge:
        """Start a bridge; this does not wait until it works.

        Raises `RuntimeError` when the mother has ended, which she never should.
        """
        order = {"home": str(home), "environment": dict(environment)}
        mother = await self.prepare()
        async with self._ordering:
            if self._listening is None or self._listening.done():
                raise RuntimeError(GONE)
            self._born = asyncio.get_running_loop().create_future()
            orders(mother).write(json.dumps(order).encode() + b"\n")
            return await self._born

    async def prepare(self) -> Process:
        """Return the mother, who has loaded everything; start her if there is none."""
        async with self._ordering:
            return self._mother or await self._begin()

    async def _begin(self) -> Process:
        script = Path(__file__).with_name("mother.py")
        with self._log.open("ab") as log:
            mother = self._mother = await asyncio.create_subprocess_exec(
                sys.executable, str(script), stdin=PIPE, stdout=PIPE, stderr=log
            )
        listening = self._listening = asyncio.create_task(self._listen(mother))
        await asyncio.wait({self._ready, listening}, return_when=asyncio.FIRST_COMPLETED)
        return mother

    async def _listen(self, mother: Process) -> None:
        assert mother.stdout is not None
        async for line in mother.stdout:
            match line.decode().split():
                case ["ready"]:
                    self._ready.set_result(None)
                case ["born", pid]:
                    self._note_birth(Bridge(int(pid)))
                case ["died", pid, code]:
                    self._alive.pop(int(pid)).ended.set_result(int(code))
                case _:
                    raise ValueError(f"the mother says {line!r}")
        if self._born is not None and not self._born.done():
            self._born.set_exception(RuntimeError(GONE))

    def _note_birth(self, bridge: Bridge) -> None:
        assert self._born is not None
        self._alive[bridge.pid] = bridge
        if self._born.cancelled():  # nobody wants it any more
            bridge.kill()
        else:
            self._born.set_result(bridge)


def orders(mother: Process) -> asyncio.StreamWriter:
    """Return where orders are written to."""
    assert mother.stdin is not None
    return mother.stdin
