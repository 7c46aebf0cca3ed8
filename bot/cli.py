"""The command line: `neo-slack`, the same as `python -m bot`."""

import gc
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import structlog
import typer
import uvloop

from bot import logs, manifest, settings
from bot.errors import ConfigurationProblem, StoreError

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


dead = typer.Typer(
    help="See, retry or drop what could not be handled: its authors were told.",
    no_args_is_help=True,
)
app.add_typer(dead, name="dead")

audit = typer.Typer(
    help="Verify and export who decided what: one chain of records for each workspace.",
    no_args_is_help=True,
)
app.add_typer(audit, name="audit")

_Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, as listed.")]


@app.command()
def run() -> None:
    """Run the bridge until SIGTERM or SIGINT.

    Exit code 0 after an orderly stop, 2 when a setting has to be changed.
    """
    _exit(_run)


@app.command()
def demo(
    *,
    tour: Annotated[
        bool, typer.Option("--tour", help="Play one conversation in this terminal instead.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0: a free one.")
    ] = 8765,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, where there is a screen.")
    ] = True,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the state there, and go on from it.")
    ] = None,
) -> None:
    """Try the bridge in a browser, against a Slack and a Neo on this machine: no accounts needed.

    With --tour, it plays one conversation instead, kills the bridge in the middle of it, and
    prints the thread as it grows; exit code 0 only if every step was seen.
    """
    _exit(_tour if tour else lambda: _demo(port=port, browser=browser, keep=keep))


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


@dead.command(name="list")
def dead_list() -> None:
    """Show what was given up: id, since when, workspace, kind, who, where, and the error."""
    _exit(lambda: _dead("list"))


@dead.command(name="retry")
def dead_retry(ids: _Ids = None) -> None:
    """Let dead letters be handled once more: those named, or all."""
    _exit(lambda: _dead("retry", ids))


@dead.command(name="drop")
def dead_drop(
    ids: _Ids = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Drop them all.")] = False,
) -> None:
    """Forget dead letters: those named, or all with --all."""
    if not ids and not every:
        raise typer.BadParameter("name what to drop, or say --all")
    _exit(lambda: _dead("drop", ids))


@audit.command(name="verify")
def audit_verify() -> None:
    """Walk every chain: how many records it has, and its last hash, to be held against the log.

    Exit code 1, and the number of the record, where one was changed, removed, moved or inserted.
    """
    _exit(_audit_verify)


@audit.command(name="export")
def audit_export(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="ISO", help="From then on: 2026-05-01, or with a time; UTC if unsaid."
        ),
    ] = None,
) -> None:
    """Print the records as JSON lines, each with its number and its hash."""
    _exit(lambda: _audit_export(since))


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


def _demo(*, port: int, browser: bool, keep: Path | None) -> int:
    # As above; and what the sandbox needs is no concern of the bridge.
    from bot.sandbox.demo import Options, main  # noqa: PLC0415

    logs.configure("warning")
    return _loop(main(Options(port=port, browser=browser, keep=keep)))


def _tour() -> int:
    # As above.
    from bot.sandbox.tour import main  # noqa: PLC0415

    logs.configure("warning")
    return _loop(main())


def _dead(action: Literal["list", "retry", "drop"], ids: list[str] | None = None) -> int:
    chosen = settings.load()
    logs.configure("warning", secrets=chosen.secrets())
    # As above: the other commands need not wait for the store's libraries.
    from bot.dead import act  # noqa: PLC0415

    typer.echo(uvloop.run(act(chosen, action, ids or ())))
    return 0


def _audit_verify() -> int:
    chosen = settings.load()
    logs.configure("warning", secrets=chosen.secrets())
    # As above.
    from bot.auditor import verify  # noqa: PLC0415

    lines, is_whole = uvloop.run(verify(chosen))
    typer.echo("\n".join(lines))
    return 0 if is_whole else 1


def _audit_export(since: str | None) -> int:
    chosen = settings.load()
    logs.configure("warning", secrets=chosen.secrets())
    # As above.
    from bot.auditor import export, moment  # noqa: PLC0415

    uvloop.run(export(chosen, moment(since) if since else None, typer.echo))
    return 0


def _loop(program: Coroutine[None, None, int]) -> int:
    gc.set_threshold(*GC_THRESHOLDS)
    return uvloop.run(program)


def _exit(program: Callable[[], int]) -> NoReturn:
    """End with the program's exit code, with 2 and a line for each problem, or 1 for the store."""
    try:
        code = program()
    except ConfigurationProblem as problem:
        for line in problem.lines:
            typer.echo(f"neo-slack: {line}", err=True)
        code = 2
    except StoreError as error:
        typer.echo(f"neo-slack: the store: {error}", err=True)
        code = 1
    sys.exit(code)
