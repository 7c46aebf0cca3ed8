"""Which line of a TOML text says what: `tomllib` tells values, not where they stand. Pure.

Nothing is tokenised here. A statement (a key with its value, or a table's header) is a whole TOML
document of its own and ends with a line, and none of its beginnings is one: so the shortest run of
lines that `tomllib` reads is a statement. In the same way, the beginning of a list is one with a
`]` behind it, exactly where an item has ended.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import cast

Path = tuple[str | int, ...]
"""Where something stands: keys, and places in lists from 0, as `("rule", 0, "deciders", 1)`."""

_DEEPEST = 8
"""Levels below a statement that are looked at; in a policy, two mean something."""

_TOLD = re.compile(r" \(at line (\d+), column \d+\)")
_UNFINISHED = " (at end of document)"


class Lines:
    """The lines, counted from 1, where the tables, keys and list items of a text begin."""

    def __init__(self, text: str) -> None:
        """Take a text that `tomllib` reads."""
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        table: Path = ()
        for first, lines in _statements(text):
            value = _value("\n".join(lines))
            if not value:
                continue
            if (header := lines[0].strip(" \t")).startswith("["):
                table = self._opened(_names(value), is_item=header.startswith("[["))
                self._note(table, first)
            else:
                self._note_items(table, first, lines)
                self._note_values(table, value, first)

    def of(self, path: Path) -> int:
        """Return the line where `path` begins or, if nothing is there, what it would be in."""
        known = (path[:end] for end in range(len(path), 0, -1) if path[:end] in self._lines)
        return next((self._lines[part] for part in known), 1)

    def _note(self, path: Path, line: int) -> None:
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], line)

    def _opened(self, names: Sequence[str], *, is_item: bool) -> Path:
        """Return where a header leads: a table of a list of tables is the last one so far."""
        at: Path = ()
        for name in names[:-1]:
            at = (*at, name)
            at = (*at, self._counts[at] - 1) if at in self._counts else at
        at = (*at, names[-1])
        if not is_item:
            return at
        self._counts[at] = self._counts.get(at, 0) + 1
        return (*at, self._counts[at] - 1)

    def _note_values(self, at: Path, value: object, line: int, depth: int = 0) -> None:
        if depth == _DEEPEST:
            return
        for name, each in (*_table(value).items(), *enumerate(_items(value))):
            self._lines.setdefault((*at, name), line)
            self._note_values((*at, name), each, line, depth + 1)

    def _note_items(self, table: Path, first: int, lines: Sequence[str]) -> None:
        """Note the items of a list of several lines, each where it ends."""
        closed = ((*lines[:count], "]") for count in range(1, len(lines)))
        for line, beginning in enumerate((*closed, lines), start=first):
            at, items = _list_in(_value("\n".join(beginning)) or {})
            self._note_values((*table, *at), items, line)


def why_unreadable(text: str) -> tuple[int, str] | None:
    """Return the line where a text stops being TOML, and why; None for one that is TOML."""
    try:
        tomllib.loads(text)
    except RecursionError:
        return _last_begun(text), "is nested too deeply"
    except ValueError as error:  # TOMLDecodeError; also a number of too many digits
        why = str(error)
        if told := _TOLD.search(why):
            return int(told[1]), f"is not TOML: {why[: told.start()]}"
        if why.endswith(_UNFINISHED):
            return _last_begun(text), f"is not TOML: {why.removesuffix(_UNFINISHED)}"
        return _last_begun(text), "has a number that cannot be read"
    return None


def _statements(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the statements with their first lines, up to the first that never ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = 0
    while first < len(lines):
        ends = range(first + 1, len(lines) + 1)
        end = next((n for n in ends if _value("\n".join(lines[first:n])) is not None), None)
        if end is None:
            return
        yield first + 1, lines[first:end]
        first = end


def _last_begun(text: str) -> int:
    """Return the first line of the statement that never ends, else of the last one there is."""
    end, last = 1, 1
    for first, lines in _statements(text):
        end = first + len(lines)
        last = first if _value("\n".join(lines)) else last
    return end if end <= text.count("\n") + 1 else last


def _value(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _names(header: dict[str, object]) -> list[str]:
    """Return the names in a header, which reads as one table in another."""
    names: list[str] = []
    table = header
    while table:
        name, value = next(iter(table.items()))
        names.append(name)
        table = _table(value)
    return names


def _list_in(statement: dict[str, object]) -> tuple[Path, list[object]]:
    """Return the list that a statement gives to its key, and where that is; or an empty one."""
    names = _names(statement)
    value: object = statement
    for name in names:
        value = _table(value).get(name)
    return tuple(names), _items(value)


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
