"""The command line: `neo-slack`, the same as `python -m bot`."""

import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, NoReturn

import structlog
import typer
import uvloop

from bot import logs, manifest, settings
from bot.errors import ConfigurationProblem

GC_THRESHOLDS = (50_000, 50, 1000)
"""With thousands of streams the default thresholds pause the loop for half a second, these for
some 20 ms (measured)."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

app = typer.Typer(
    name="neo-slack",
    help="Work with Pulumi Neo, the infrastructure agent, without leaving Slack.",
    epilog="Settings come from the environment and from .env; `run` names what is missing.",
    no_args_is_help=True,
    add_completion=False,
    # Its tracebacks show local variables, and those hold tokens.
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Run the bridge until SIGTERM or SIGINT.

    Exit code 0 after an orderly stop, 2 when a setting has to be changed.
    """
    _exit(_run)


@app.command()
def demo(
    *,
    tour: Annotated[bool, typer.Option("--tour", help="The same: play one conversation.")] = False,
) -> None:
    """Watch the bridge work against a Slack and a Neo on this machine: no accounts needed.

    Plays one conversation, kills the bridge in the middle of it, and prints the thread as it
    grows. Exit code 0 only if every step was seen.
    """
    del tour  # a name for scripts to rely on: the tour stays when the demo learns more
    _exit(_demo)


@app.command(name="manifest")
def print_manifest(
    *,
    http: Annotated[
        str | None,
        typer.Option(metavar="URL", help="For HTTP mode: where Slack reaches the bridge (https)."),
    ] = None,
) -> None:
    """Print the Slack app manifest, to paste at api.slack.com/apps.

    For Socket Mode, unless --http names the address for HTTP mode.
    """
    _exit(lambda: _manifest(http))


def main() -> None:
    """Run the command line; the console script."""
    app(prog_name="neo-slack")


def _run() -> int:
    chosen = settings.load()
    logs.configure(chosen.log_level, secrets=chosen.secrets())
    for doubt in settings.doubts(chosen, settings.names_set()):
        log.warning("setting_doubtful", doubt=doubt)
    # Here, so that the other commands and bad settings do not wait for every library to load.
    from bot.app import run as run_bridge  # noqa: PLC0415

    return _loop(run_bridge(chosen))


def _manifest(http: str | None) -> int:
    typer.echo(manifest.text() if http is None else manifest.text_for_http(http), nl=False)
    return 0


def _demo() -> int:
    # As above; and what the sandbox needs is no concern of the bridge.
    from bot.sandbox.demo import main as run_demo  # noqa: PLC0415

    logs.configure("warning")
    return _loop(run_demo())


def _loop(program: Coroutine[None, None, int]) -> int:
    gc.set_threshold(*GC_THRESHOLDS)
    return uvloop.run(program)


def _exit(program: Callable[[], int]) -> NoReturn:
    """End with the program's exit code, or with 2 and a line for each problem."""
    try:
        code = program()
    except ConfigurationProblem as problem:
        for line in problem.lines:
            typer.echo(f"neo-slack: {line}", err=True)
        code = 2
    sys.exit(code)
