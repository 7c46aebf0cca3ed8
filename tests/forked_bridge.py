"""A bridge that is started, killed and stopped many times, forked from `quick_bridge`."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self


class ForkedBridge:
    """Runs one bridge at a time with `settings` alone, in `home`, which keeps its log and store."""

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._settings = settings
        self._pid = 0
        self._mother: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with (self._home / "bridge.log").open("ab") as log:
            self._mother = await asyncio.create_subprocess_exec(
                *(sys.executable, str(Path(__file__).with_name("quick_bridge.py"))),
                cwd=self._home,
                env={"PATH": os.environ["PATH"], "HOME": str(self._home), **self._settings},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.kill()
        assert self._mother is not None
        await self._mother.communicate(b"")  # and with it the end of its lines

    async def start(self) -> None:
        """Start it; this does not wait until it works."""
        assert self._mother is not None
        assert self._mother.stdin is not None
        self._mother.stdin.write(b"\n")
        self._pid = await self._answer()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, as an orchestrator does."""
        os.kill(self._pid, number)

    async def kill(self, *, store_too: bool = False) -> None:
        """Kill -9 the whole process group, if it lives; and the embedded store, as a power cut."""
        if not self._pid:
            return
        children = self._children() if store_too else []
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(self._pid, signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):  # the kernel ends it with its parent
                os.kill(child, signal.SIGKILL)
        await self.ended()

    async def ended(self, timeout: float = 20.0) -> int:  # noqa: ASYNC109 -- the failure shows the output
        """Wait for the end and return the exit code."""
        try:
            async with asyncio.timeout(timeout):
                code = await self._answer()
        except TimeoutError:
            raise AssertionError(f"it still runs:\n{self}") from None
        self._pid = 0
        return code

    async def _answer(self) -> int:
        assert self._mother is not None
        assert self._mother.stdout is not None
        return int(await self._mother.stdout.readline())

    def _children(self) -> list[int]:
        """Return the process ids of the children (Linux's /proc): the embedded Valkey, if any."""
        with suppress(FileNotFoundError):
            children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text()
            return [int(child) for child in children.split()]
        return []

    def __str__(self) -> str:
        return (self._home / "bridge.log").read_text()[-5000:]
