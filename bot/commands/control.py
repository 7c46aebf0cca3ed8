"""Commands about a whole task: modes, title, its link, a second try, a new one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.commands.options import MODES
from bot.commands.words import quote

TASK_MODES = (*MODES, "read-only", "default")
"""The modes that a task can be given later, as people type them: Neo's own words."""

ABOUT_TASKS = ("mode", "rename", "share", "retry", "new")


@dataclass(frozen=True, slots=True)
class Control:
    """What to do with a task; `which` is a word of its title, empty where none was typed.

    `mode` is one of `TASK_MODES` or empty. A `title` may begin with `which` and a colon, or with
    the title's own words and a colon: only the tasks can tell.
    """

    do: Literal["change", "share", "retry", "begin_anew"]
    which: str = ""
    mode: str = ""
    title: str = ""


def control(word: str, rest: Sequence[str]) -> Control | str | None:
    """Return what a command that begins with `word` means, or what is wrong with it.

    None for words for Neo that only begin so.
    """
    match word, rest:
        case "mode", [] | [_] | [_, _]:
            return _mode(*rest)
        case "rename", _:
            return _rename(rest)
        case "share", [] | [_]:
            return Control("share", which="".join(rest))
        case "retry", [] | [_]:
            return Control("retry", which="".join(rest))
        case "new", [] | [_]:
            return Control("begin_anew", which="".join(rest))
        case _:
            return None


def _mode(mode: str = "", which: str = "") -> Control | str | None:
    known = mode.casefold().strip(".,!").replace("readonly", "read-only")
    if known in TASK_MODES:
        return Control("change", which=which, mode=known)
    if which:
        return None  # `mode of payment` is for Neo
    takes = "`/neo mode` takes `manual`, `balanced`, `auto`, `read-only` or `default`."
    return f"There is no mode {quote(mode)}: {takes}" if mode else takes


def _rename(rest: Sequence[str]) -> Control | str:
    if not rest:
        return "Say the new title, too: `/neo rename new title`."
    which = rest[0].removesuffix(":") if rest[0].endswith(":") and len(rest) > 1 else ""
    return Control("change", which=which, title=" ".join(rest))
