"""Markdown tables, as Slack can show them: natively, or in fixed-width letters. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.slack import limits
from bot.slack.blocks import Align
from bot.slack.chars import length
from bot.slack.mrkdwn import neutralise

_PARSER = MarkdownIt("commonmark", {"html": False})
_MARKS = re.compile(r"[\\`*_\[\]!<&]")
"""What may begin or end inline Markdown; most cells have none of it, and parsing is slow."""

_MOST_LINKS = 20
"""Brackets in a cell above which it is shown as it was written: the time to look for their ends
grows with the square of their number."""

_BAR = re.compile(r"(?<!\\)\|")
_WIDEST = 40
"""Columns are padded up to this width; one long cell must not push everything out of sight."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain texts, the header first; every row has as many cells as `align`."""

    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...]


def read(tokens: Sequence[Token], known: dict[str, Any]) -> Table:
    """Read a table from the block tokens between its `table_open` and `table_close`.

    `known` are the link definitions of the text that it stands in.
    """
    heads = [token for token in tokens if token.type == "th_open"]
    return Table(rows=tuple(_rows(tokens, known)), align=tuple(_align(head) for head in heads))


def size(table: Table) -> int:
    """Return the characters that Slack counts: an empty cell is sent as one space."""
    return sum(length(cell) or 1 for row in table.rows for cell in row)


def is_native(table: Table) -> bool:
    """Tell whether Slack's `table` block can show the table whole."""
    return (
        len(table.rows) <= limits.TABLE_ROWS
        and len(table.align) <= limits.TABLE_COLUMNS
        and size(table) <= limits.TABLE_CHARACTERS
        and all(length(cell) <= limits.TABLE_CELL for row in table.rows for cell in row)
    )


def loses_cells(lines: Sequence[str], columns: int) -> bool:
    """Tell whether a line has more cells than the header, which Markdown drops."""
    rows = (line.strip(" \t").removeprefix("|").rstrip(" \t|") for line in lines)
    return any(len(_BAR.findall(row)) >= columns for row in rows)


def monospaced(table: Table) -> str:
    """Return the table as lines of padded cells for a code block."""
    widths = [min(max(map(_width, column)), _WIDEST) for column in zip(*table.rows, strict=True)]
    head, *body = [_line(row, widths, table.align) for row in table.rows]
    return "\n".join((head, "-+-".join("-" * width for width in widths), *body)) + "\n"


def _align(head: Token) -> Align:
    match head.attrGet("style"):
        case "text-align:center":
            return "center"
        case "text-align:right":
            return "right"
        case _:
            return "left"


def _rows(tokens: Sequence[Token], known: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    row: list[str] = []
    for token in tokens:
        if token.type == "inline":
            row.append(_plain(token.content, known))
        elif token.type == "tr_close":
            yield tuple(row)
            row = []


def _plain(cell: str, known: dict[str, Any]) -> str:
    """Return a cell's text without its Markdown marks, the address of a link behind its label.

    Made inert again: dropping marks can put a token together, as in `<**!channel**>`.
    """
    if not _MARKS.search(cell) or cell.count("[") > _MOST_LINKS:
        return neutralise(cell.strip())
    said: list[str] = []
    links: list[tuple[int, str]] = []
    for part in _PARSER.parseInline(cell, known)[0].children or ():
        match part.type:
            case "link_open":
                links.append((len(said), str(part.attrGet("href") or "")))
            case "link_close":
                start, url = links.pop()
                said.append("" if "".join(said[start:]) == url else f" ({url})")
            case "image":
                said.append(f"{part.content} ({part.attrGet('src')})")
            case _:
                said.append(part.content)
    return neutralise("".join(said).strip())


def _line(row: Sequence[str], widths: Sequence[int], align: Sequence[Align]) -> str:
    cells = map(_padded, row, widths, align)
    return " | ".join(cells).rstrip()


def _padded(cell: str, width: int, align: Align) -> str:
    missing = max(width - _width(cell), 0)
    left = {"left": 0, "center": missing // 2, "right": missing}[align]
    return " " * left + cell + " " * (missing - left)


def _width(text: str) -> int:
    """Return the columns that `text` takes in fixed-width letters."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
