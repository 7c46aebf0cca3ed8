"""Reads the operator's policy file: all that is wrong in one error, a line each with its line."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import ConfigurationProblem
from bot.policy.fitting import Problem, misfits
from bot.policy.kinds import Users
from bot.policy.lines import Lines, Path, why_unreadable
from bot.policy.rules import Bound, Policy, Rule, Window

MOST_BYTES = 65_536
"""Of a file; a policy of a hundred rules has less than half of it."""

DIGEST_LENGTH = 16
"""Hex digits, to tell one version of a policy from another."""

KEY_SHOWN = 40
"""Characters that are repeated of a key that is none of ours."""

_T = TypeVar("_T")

_TOP_KEYS = ("rule", "channel", "admins")
_WRITTEN = {"start": "from", "end": "to"}
"""Fields that are called otherwise in a file; `from` is a word of Python's."""

_PLAIN = {
    "bool_type": "must be true or false",
    "dataclass_type": "must be a table",
    "greater_than_equal": "must be at least 1",
    "int_type": "must be a whole number",
    "string_type": "must be a text in quotes",
    "tuple_type": "must be a list of tables",
}
"""What pydantic says of a wrong value, in words for people who write TOML."""


def read(path: FilePath) -> Policy:
    """Read the policy in a file, `~` standing for the home.

    Raises `ConfigurationProblem` with a line for each thing that is wrong.
    """
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationProblem([f"the file cannot be read: {error.strerror}"]) from None
    except (ValueError, RuntimeError):  # a zero byte in the path; a home that nobody has
        raise ConfigurationProblem(["must be the path of a file"]) from None
    if len(content) > MOST_BYTES:
        raise ConfigurationProblem([f"the file is larger than {MOST_BYTES // 1024} KiB"])
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationProblem([f"line {line}: is not UTF-8 text"]) from None
    return parse(text)


def parse(text: str) -> Policy:
    """Return the policy that a TOML text says.

    Raises `ConfigurationProblem` with a line for each thing that is wrong, in their order.
    """
    if broken := why_unreadable(text):
        raise ConfigurationProblem([f"line {broken[0]}: {broken[1]}"])
    written, lines = tomllib.loads(text), Lines(text)
    rules, bounds = _Tables(Rule, "rule", written), _Tables(Bound, "channel", written)
    admins, wrong_admins = _admins(written)
    problems = [
        *((_at(key), _unknown(key, _TOP_KEYS)) for key in written if key not in _TOP_KEYS),
        *rules.problems,
        *bounds.problems,
        *wrong_admins,
        *misfits(rules.good, bounds.good, lines.of),
    ]
    if problems:
        raise ConfigurationProblem(_told(problems, lines))
    return Policy(
        rules=tuple(rules.good.values()),
        bounds=tuple(bounds.good.values()),
        admins=admins,
        digest=hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH],
        lines=tuple(lines.of(("rule", place)) for place in rules.good),
    )


class _Tables(Generic[_T]):
    """The tables `[[name]]` of a file: the good ones by their places, and what is wrong."""

    def __init__(self, kind: type[_T], name: str, written: Mapping[str, object]) -> None:
        self.good: dict[int, _T] = {}
        self.problems: list[Problem] = []
        adapter, tables = TypeAdapter(kind), written.get(name, [])
        if not isinstance(tables, list):
            self.problems.append((_at(name), f"must be written `[[{name}]]`"))
            return
        for place, table in enumerate(cast("list[object]", tables)):
            try:
                self.good[place] = adapter.validate_python(table)
            except ValidationError as error:
                self.problems += _problems(error, (name, place))


def _admins(written: Mapping[str, object]) -> tuple[Users, list[Problem]]:
    adapter: TypeAdapter[Users] = TypeAdapter(Users)
    try:
        return adapter.validate_python(written.get("admins", frozenset[str]())), []
    except ValidationError as error:
        return frozenset(), [*_problems(error, _at("admins"))]


def _problems(error: ValidationError, at: Path) -> Iterator[Problem]:
    for detail in error.errors(include_url=False, include_input=False):
        yield (*at, *detail["loc"]), _sentence(detail, (*at, *detail["loc"]))


def _sentence(detail: ErrorDetails, path: Path) -> str:
    if detail["type"] == "unexpected_keyword_argument":
        return _unknown(str(path[-1]), _keys_beside(path))
    if detail["type"] == "literal_error":
        return detail["msg"].replace("Input should be", "must be").replace("'", "`")
    return _PLAIN.get(detail["type"], detail["msg"])


def _unknown(key: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"is no key here: did you mean `{close[0]}`?" if close else "is no key here"


def _keys_beside(path: Path) -> tuple[str, ...]:
    kind = Window if "freeze" in path[:-1] else Rule if path[0] == "rule" else Bound
    return tuple(_WRITTEN.get(each.name, each.name) for each in fields(kind))


def _told(problems: list[Problem], lines: Lines) -> list[str]:
    """Return the problems in the order of their lines, each with the name of what is meant."""
    placed = sorted(
        ((lines.of(path), path, why) for path, why in problems), key=lambda each: each[0]
    )
    return [f"line {line}: {_subject(path)}{why}" for line, path, why in placed]


def _subject(path: Path) -> str:
    match path:
        case ("rule" | "channel", int()):
            return f"this {path[0]} "
        case (*_, str(name), int(place)):
            return f"`{_shown(name)}`, item {place + 1} "
        case _:
            return f"`{_shown(str(path[-1]))}` "


def _shown(key: str) -> str:
    """Return a key of the file as it can stand in one line."""
    return key if key.isprintable() and len(key) <= KEY_SHOWN else ascii(key)[1:-1][:KEY_SHOWN]


def _at(key: str) -> Path:
    return (key,)
