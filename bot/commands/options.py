"""The options of a start, on `/neo` and in mentions. Pure; never raises.

Which `--words` are options:
- Those before the text and those behind it. A `--` before the text makes all of it text.
- In code, nothing is an option. Unknown `--words` are text, unless they are the first word (a typo
  there is told), or the last one and nearly one of ours.
- One of our modes in the middle of the text is asked about: to leave a `--read-only` there would
  let Neo write, to take it out would change what was said.
- `--stack` in the middle stays text; `bot.entities.find` reads it there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, ConfigDict

from bot.commands.words import Word, close_to, quote, words_of
from bot.neo.wire import ApprovalMode, PermissionMode


class StartOptions(BaseModel):
    """What a task starts with; None follows the organisation's default.

    `stacks`: `project/stack` or `org/project/stack`, each once.
    """

    model_config = ConfigDict(frozen=True)

    approval_mode: ApprovalMode | None = None
    permission_mode: PermissionMode | None = None
    plan_mode: bool | None = None
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Nothing is to be done. `sentence` is plain text that quotes what was typed: escape it."""

    sentence: str


OPTIONS = ("plan", "read-only", "mode", "stack")
COMMANDS = (
    *("help", "status", "approvals", "stop", "mode", "rename", "share", "retry", "new"),
    *("channel", "pause", "resume"),
)
MODES: tuple[ApprovalMode, ...] = get_args(ApprovalMode)

_WITH_VALUE = ("mode", "stack")
_DASHES = ("--", "\u2014", "\u2013")
"""Keyboards turn two hyphens into one long dash."""

_FLAG = re.compile(rf"({'|'.join(_DASHES)})([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)
_STACK = re.compile(r"[\w.-]+(?:/[\w.-]+){1,2}", re.ASCII)


def take_options(text: str) -> tuple[str, StartOptions, Problem | None]:
    """Return a mention's text without its options, and these.

    With a problem the text is whole, and nothing is to be started.
    """
    taken = take(text)
    return taken.text, taken.options, taken.problem


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a text, and its options; `verbatim` where a `--` came before the text."""

    text: str
    options: StartOptions = StartOptions()
    problem: Problem | None = None
    verbatim: bool = False


def take(text: str) -> Taken:
    """Take the options off a text; what is left keeps its inner white space."""
    text = text.strip()
    words = words_of(text)
    before = _leading(words)
    first = sum(option.words for option in before)
    verbatim = first < len(words) and words[first].masked in _DASHES
    behind = [] if verbatim else _trailing(words[first:])
    body = words[first + verbatim : len(words) - sum(option.words for option in behind)]
    problem = None if verbatim else _doubt(body)
    options = problem or _settled([*before, *behind])
    if isinstance(options, Problem):
        return Taken(text, problem=options)
    left = text[body[0].start : body[-1].end] if body else ""
    return Taken(left, options, verbatim=verbatim)


@dataclass(frozen=True, slots=True)
class _Option:
    """One of our options; `value` is None where it has none, `words` how many words it takes."""

    name: str
    value: str | None
    words: int


def _name(word: Word) -> str:
    """Return the name of an option, ours or not; nothing for a word that is none."""
    flag = _FLAG.fullmatch(word.masked)
    if not flag:
        return ""
    name = flag[2].lower().replace("_", "-")
    name = "read-only" if name == "readonly" else name
    return name if flag[1] == "--" or name in OPTIONS else ""  # else a dash in front of a word


def _option(words: Sequence[Word]) -> _Option | None:
    """Read the option that `words` begin with; None where they begin with text."""
    name = _name(words[0])
    if name not in OPTIONS:
        return None
    _, equals, value = words[0].text.partition("=")
    if name not in _WITH_VALUE:
        return None if equals else _Option(name, None, 1)
    if equals:
        return _Option(name, _unquoted(value), 1)
    if len(words) == 1 or _name(words[1]) or words[1].masked in _DASHES:
        return _Option(name, None, 1)
    return _Option(name, _unquoted(words[1].text), 2)


def _leading(words: Sequence[Word]) -> list[_Option]:
    options: list[_Option] = []
    at = 0
    while at < len(words) and (option := _option(words[at : at + 2])):
        options.append(option)
        at += option.words
    return options


def _trailing(words: Sequence[Word]) -> list[_Option]:
    options: list[_Option] = []
    end = len(words)
    while option := _last(words[max(0, end - 2) : end]):
        options.insert(0, option)
        end -= option.words
    return options


def _last(words: Sequence[Word]) -> _Option | None:
    """Return the option that takes exactly these one or two words, or the last of them."""
    for at in range(len(words)):
        option = _option(words[at:])
        if option and option.words == len(words) - at:
            return option
    return None


def _doubt(body: Sequence[Word]) -> Problem | None:
    """Ask about what would go to Neo as text and may have been meant as an option."""
    if not body:
        return None
    first, last = _name(body[0]), _name(body[-1])
    if first:
        return _unknown(body[0], first)
    if last not in OPTIONS and close_to(last, OPTIONS):
        return _unknown(body[-1], last)
    # A long text has tens of thousands of words; most are no options at first sight.
    flags = (at for at, word in enumerate(body) if _FLAG.match(word.masked))
    inside = (_mode_in(body[at : at + 2]) for at in flags)
    return next((_misplaced(mode) for mode in inside if mode), None)


def _mode_in(words: Sequence[Word]) -> str:
    """Return the mode that `words` begin with, as one would type it; nothing if none."""
    option = _option([word.bare() for word in words])
    match option:
        case _Option("plan" | "read-only" as name):
            return f"--{name}"
        case _Option("mode", str(value)) if value.lower() in MODES:
            return f"--mode {value}"
        case _:  # with another value, `--mode` is another program's
            return ""


def _settled(options: Sequence[_Option]) -> StartOptions | Problem:
    """Return what the options say together."""
    names = {option.name for option in options}
    modes = {(option.value or "").lower() for option in options if option.name == "mode"}
    stacks = [option.value or "" for option in options if option.name == "stack"]
    if strange := modes.difference(MODES):
        return _no_mode(min(strange))
    if len(modes) > 1:
        return Problem("`--mode` is there twice: which one do you mean?")
    if not all(_STACK.fullmatch(stack) for stack in stacks):
        return Problem("`--stack` takes a stack with its project: `--stack project/stack`.")
    return StartOptions(
        approval_mode=next((mode for mode in MODES if mode in modes), None),
        permission_mode="read-only" if "read-only" in names else None,
        plan_mode=True if "plan" in names else None,
        stacks=tuple(dict.fromkeys(stacks)),
    )


def _unquoted(value: str) -> str:
    return value.strip("`'\"\u2018\u2019\u201c\u201d")


def _no_mode(value: str) -> Problem:
    known = "`--mode` takes `manual`, `balanced` or `auto`."
    return Problem(f"There is no mode {quote(value)}: {known}" if value else known)


def _misplaced(flag: str) -> Problem:
    return Problem(
        f"Is {quote(flag)} an option, or a part of your text? "
        "As an option, put it before or behind the text; as text, in backticks."
    )


def _unknown(word: Word, name: str) -> Problem:
    hint = "The options are `--plan`, `--read-only`, `--mode` and `--stack`."
    if close := close_to(name, (*OPTIONS, *COMMANDS)):
        hint = f"Did you mean `{'--' if close in OPTIONS else '/neo '}{close}`?"
    as_text = "As a part of your text, put it in backticks, or `--` before the text."
    return Problem(f"I don't know the option {quote(word.text)}. {hint} {as_text}")
