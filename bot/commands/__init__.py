"""What people type after `/neo`, and words that start nothing. Pure; never raises.

Texts are readable ones: Slack's tokens and escapes are undone (`bot.slack.text.readable`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands.control import Control, control
from bot.commands.help import HELP
from bot.commands.options import COMMANDS, Problem, StartOptions, take, take_options
from bot.commands.small_talk import SmallTalk, is_small_talk
from bot.commands.words import close_to, quote

__all__ = [
    "HELP",
    "Brake",
    "Command",
    "Control",
    "Help",
    "ListApprovals",
    "Ordinary",
    "Problem",
    "Prompt",
    "Quiet",
    "QuietThread",
    "SmallTalk",
    "StartOptions",
    "Status",
    "StopTask",
    "is_small_talk",
    "parse",
    "take_options",
]


@dataclass(frozen=True, slots=True)
class Help:
    """`/neo help`, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Status:
    """`/neo status`."""


@dataclass(frozen=True, slots=True)
class ListApprovals:
    """`/neo approvals`."""


@dataclass(frozen=True, slots=True)
class StopTask:
    """`/neo stop`; `which` is the one word behind it, empty for none."""

    which: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """`/neo channel quiet` (on), `/neo channel talk` (off), `/neo channel` (None: show it)."""

    on: bool | None


@dataclass(frozen=True, slots=True)
class QuietThread:
    """`/neo quiet` (on), `/neo talk`: meant for a thread, where Slack takes no slash commands."""

    on: bool


@dataclass(frozen=True, slots=True)
class Brake:
    """`/neo pause` (on), `/neo resume` (off): of all approvals of the workspace."""

    on: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words for Neo; `text` is never empty."""

    text: str
    options: StartOptions = StartOptions()


Ordinary = Help | Status | ListApprovals | StopTask | Quiet | QuietThread | Prompt | Problem
"""What is for whoever may use the bot, and is about no single task; a brake is for admins."""

Command = Ordinary | Control | Brake


def parse(text: str) -> Command:
    """Return what the text behind `/neo` asks for. A prompt's words are as they were typed."""
    if text.strip().casefold() in {"", "?", "-h", "--help", "\u2014help"}:
        return Help()
    taken = take(text)
    if taken.problem:
        return taken.problem
    has_options = taken.options != StartOptions()
    if not taken.text:
        return Problem("Say what Neo should do, too.") if has_options else Help()
    command = None if taken.verbatim else _command(taken.text)
    if command is None:
        return Prompt(taken.text, taken.options)
    if has_options and not isinstance(command, Problem):
        as_text = "To send it to Neo all the same, put `--` in front of it."
        return Problem(f"{quote('/neo ' + taken.text)} takes no options. {as_text}")
    return command


_ALONE: Mapping[str, Command] = {
    "help": Help(),
    "status": Status(),
    "approvals": ListApprovals(),
    "pause": Brake(on=True),
    "resume": Brake(on=False),
    "quiet": QuietThread(on=True),
    "talk": QuietThread(on=False),
}
"""Commands that are one word and nothing behind it."""


def _command(text: str) -> Command | None:
    """Return the command that the whole text is, or nearly is; None for a prompt."""
    first, *rest = text.split()
    word = first.strip(".,!?").casefold()
    if not rest and word in _ALONE:
        return _ALONE[word]
    asked = control(word, rest)
    if asked is not None:
        return _refused(text, asked) if isinstance(asked, str) else asked
    match word, rest:
        case "stop", _:
            return _stop(text, rest)
        case "channel", [] | [_]:
            return _channel(text, "".join(rest))
        case _, ["quiet" | "talk" as behind] if close_to(word, ["channel"]):
            return _meant(text, f"channel {behind}")
        case _:
            return _small(text) or (None if rest else _lone(text, word))


def _stop(text: str, rest: Sequence[str]) -> Command:
    """Read a stop. A sentence that begins so could be either, so nothing is guessed."""
    if is_small_talk(text):
        return StopTask()
    return StopTask(*rest) if len(rest) <= 1 else _meant(text, "stop")


def _channel(text: str, word: str) -> Command:
    known = word.strip(".!").casefold()
    if known in {"", "quiet", "talk"}:
        return Quiet(known == "quiet" if known else None)
    if close := close_to(known, ["quiet", "talk"]):
        return _meant(text, f"channel {close}")
    return _refused(text, "`/neo channel` takes `quiet` or `talk`.")


def _small(text: str) -> Command | None:
    match is_small_talk(text):
        case None:
            return None
        case SmallTalk.STOP:
            return _meant(text, "stop")
        case SmallTalk.GREETING:
            return Help()
        case SmallTalk.YES | SmallTalk.NO | SmallTalk.THANKS:
            why = f"{quote(text)} alone starts no task. Answer Neo in the thread where it asks."
            return _refused(text, why)


def _lone(text: str, word: str) -> Problem | None:
    close = close_to(word, COMMANDS)
    return _meant(text, close) if close else None


def _meant(text: str, command: str) -> Problem:
    return _refused(text, f"Did you mean `/neo {command}`?")


def _refused(text: str, why: str) -> Problem:
    return Problem(f"{why} To send it to Neo as it is: {quote('/neo -- ' + text)}")
