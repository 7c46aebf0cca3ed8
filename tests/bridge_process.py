"""`python -m bot run` as a process group of its own: started, killed, stopped, asked how it is."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.sandbox import NeoSandbox, SlackSandbox
from support import wait_until

HEALTH_LINE = re.compile(r"health on (http://127\.0\.0\.1:[0-9]+)/healthz")


class BridgeProcess:
    """Runs the command with `settings` alone, in `home`; whatever still runs at the end is killed.

    `home` holds what it writes (`output`) and, unless `settings` say otherwise, its store.
    """

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._began_at = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it; this does not wait until it works."""
        log = self._home / "bridge.log"
        with log.open("ab") as output:
            self._began_at = output.tell()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._home,
                env={"PATH": os.environ["PATH"], "HOME": str(self._home), **self._settings},
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, as an orchestrator does."""
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self, *, store_too: bool = False) -> None:
        """Kill -9 the whole process group, if it lives; and the embedded store, as a power cut."""
        if self._process is not None and self._process.returncode is None:
            children = self._children() if store_too else []
            os.killpg(self._process.pid, signal.SIGKILL)
            for child in children:
                with suppress(ProcessLookupError):  # the kernel ends it with its parent
                    os.kill(child, signal.SIGKILL)
            await self._process.wait()

    def kill_store(self) -> None:
        """Kill -9 the embedded store."""
        for child in self._children():
            os.kill(child, signal.SIGKILL)

    def _children(self) -> list[int]:
        """Return the process ids of the children (Linux's /proc): the embedded Valkey, if any."""
        assert self._process is not None
        pid = self._process.pid
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]

    async def ended(self, timeout: float = 20.0) -> int:  # noqa: ASYNC109 -- the failure shows the output
        """Wait for the end and return the exit code."""
        assert self._process is not None
        try:
            async with asyncio.timeout(timeout):
                return await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"it still runs:\n{self.output}") from None

    @property
    def output(self) -> str:
        """What it has written since the last start."""
        log = (self._home / "bridge.log").read_bytes()
        return log[self._began_at :].decode()

    async def url(self) -> str:
        """Wait until it serves HTTP and return the address."""
        return await url_in(lambda: self.output)

    def __str__(self) -> str:
        return self.output


async def url_in(output: Callable[[], str]) -> str:
    """Wait until a bridge writes where it serves HTTP, and return the address."""
    await wait_until(lambda: HEALTH_LINE.search(output()), "a health line", timeout=30, also=output)
    found = HEALTH_LINE.search(output())
    assert found is not None
    return found[1]


def settings_for(slack: SlackSandbox, neo: NeoSandbox, home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a bridge between two sandboxes, its store embedded in `home`."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "PULUMI_ACCESS_TOKEN": neo.token,
        "PULUMI_ORG": neo.org,
        "PULUMI_BACKEND_URL": neo.url,
        "NEO_SLACK_IDENTITY": "shared",
        "NEO_SLACK_ALLOWED_USERS": "*",
        "NEO_SLACK_DATA_DIR": str(home / "store"),
        "NEO_SLACK_HTTP_PORT": "0",
        **more,
    }
