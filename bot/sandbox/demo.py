"""`neo-slack demo`: the sandbox's page, with the bridge running as `run` would."""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.bridge import BridgeProcess
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.page.keeping import Keeper
from bot.sandbox.page.server import Page
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.page.world import ANN, furnish, tell_the_past
from bot.sandbox.slack.server import SlackSandbox

PORT = 8765

LEASE_SECONDS = "4"
"""How soon the bridge goes on after kill -9: short, because somebody is watching."""


@dataclass(frozen=True, slots=True)
class Options:
    """What may be said on the command line."""

    port: int = PORT
    browser: bool = True
    keep: Path | None = None
    pace: float = 1.0


async def main(options: Options) -> int:
    """Serve the page until Ctrl-C or SIGTERM; return the exit code.

    Raises `ConfigurationProblem` when the port is in use.
    """
    stopping = _stop_signals()
    async with serving(options) as demo:
        _write(_welcome(demo.page.url, options))
        if options.browser and _has_screen():
            await asyncio.to_thread(webbrowser.open, demo.page.url)
        await stopping.wait()
        _write("Stopping …")
    return 0


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything that runs, for tests too."""

    slack: SlackSandbox
    neo: NeoSandbox
    supervisor: Supervisor
    page: Page


@asynccontextmanager
async def serving(options: Options) -> AsyncGenerator[Demo]:
    """Run both sandboxes, the page and the bridge until the block ends.

    Raises `ConfigurationProblem` when the port is in use.
    """
    async with AsyncExitStack() as stack:
        slack, neo = SlackSandbox(), NeoSandbox(pace=options.pace)
        home = options.keep or Path(stack.enter_context(_temporary()))
        keeper = Keeper(slack, neo, home)
        if not (options.keep and keeper.load()):
            furnish(slack)
            await tell_the_past(slack)
        for server in (slack, neo):
            await stack.enter_async_context(server)
        supervisor = Supervisor(_bridge(slack, neo, home))
        # The page first: a busy port is found out before anything runs.
        page = await stack.enter_async_context(Page(slack, neo, supervisor, options.port))
        if options.keep:
            await stack.enter_async_context(keeper)
        await stack.enter_async_context(supervisor)
        yield Demo(slack, neo, supervisor, page)


def _bridge(slack: SlackSandbox, neo: NeoSandbox, home: Path) -> BridgeProcess:
    home.mkdir(parents=True, exist_ok=True)
    return BridgeProcess(
        slack, neo, home, NEO_SLACK_ALLOWED_USERS=ANN, NEO_SLACK_LEASE_SECONDS=LEASE_SECONDS
    )


def _temporary() -> tempfile.TemporaryDirectory[str]:
    # A store that is killed at the end may still write while the directory goes.
    return tempfile.TemporaryDirectory(prefix="neo-slack-demo-", ignore_cleanup_errors=True)


def _stop_signals() -> asyncio.Event:
    """Return what the first Ctrl-C or SIGTERM sets; a second one ends the program at once."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        stopping.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopping


def _has_screen() -> bool:
    """Tell whether a browser could be seen: without a display, Linux has text browsers at most."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & {*os.environ})


def _welcome(url: str, options: Options) -> str:
    lines = [
        f"neo-slack demo: {url}",
        "  Open it in a browser of this machine. Nothing leaves it, and no account is needed.",
        "  No browser? `neo-slack demo --tour` plays one conversation in this terminal.",
    ]
    if options.keep:
        lines.append(f"  What happens is kept in {options.keep}.")
    return "\n".join([*lines, "  Ctrl-C ends it."])


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
