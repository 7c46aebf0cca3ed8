"""The bridge as `neo-slack run` runs it: a process of its own, which can be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.slack.server import SlackSandbox

STOP_SECONDS = 10.0
"""What SIGTERM promises."""


class BridgeProcess:
    """Runs `python -m bot run` against the sandbox, with nothing of our own environment's settings.

    `home` keeps its store, its log and its working directory; the store outlives the process.
    """

    def __init__(self, slack: SlackSandbox, neo: NeoSandbox, home: Path, **settings: str) -> None:
        self._home = home
        self._environment = {
            **_without_settings(os.environ),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "PULUMI_ACCESS_TOKEN": neo.token,
            "PULUMI_ORG": neo.org,
            "PULUMI_BACKEND_URL": neo.url,
            "NEO_SLACK_IDENTITY": "shared",
            "NEO_SLACK_DATA_DIR": str(home / "store"),
            "NEO_SLACK_HTTP_PORT": "0",
            "NEO_SLACK_LOG_LEVEL": "info",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """What the process writes, of all its lives."""
        return self._home / "bridge.log"

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process; it is ready when Slack has its socket."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                cwd=self._home, env=self._environment, start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    async def ended(self) -> None:
        """Wait until it does not live."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """Kill -9 the whole process group."""
        if self._process is not None and self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> int:
        """Stop it in order, as SIGTERM does; return its exit code."""
        if self._process is None:
            return 0
        if self.running:
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            await self.kill()
            return await self._process.wait()


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("NEO_SLACK_", "SLACK_", "PULUMI_", "REDIS_URL")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}
