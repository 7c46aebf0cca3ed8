"""Markdown cut into pieces that can stand in different messages. Pure.

Put together again, the pieces are the text: what is added are fences, where code goes on in the
next piece, and invisible joiners, where a cut or a rule of Slack's would make markup of plain text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.slack import tables
from bot.slack.chars import JOINER, cut, length
from bot.slack.tables import Table

_NESTING = 12
"""Levels of lists and quotations that are looked into: each costs time on every line below it."""

_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING}).enable("table")
# What stands inside of lines matters in tables alone, and those read their cells themselves.
_PARSER.core.ruler.enableOnly(["normalize", "block"])
_FENCES = ("```", "~~~")
_INFO_LIMIT = 30
_CONTAINER = " \t>"

_MOST_CELLS = 2500
"""Cells of all tables of a text, above the most that one native table has. Lines of one letter
under a header of a thousand columns would make a million cells, and seconds of work."""

_TABLE_COST = 20
"""What a table costs besides its cells, in cells: many small ones are as slow as a large one."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown of whole lines, or part of a line that was too long for one piece.

    `own_block`: Slack makes it a block of its own (a headline, a horizontal line).
    """

    text: str
    own_block: bool = False


Piece = Prose | Table


@dataclass(frozen=True, slots=True)
class _Block:
    """A top-level block: its lines from `start` to before `end`, and its tokens."""

    start: int
    end: int
    tokens: Sequence[Token]


def pieces(markdown: str, limit: int) -> Iterator[Piece]:
    """Cut clean, neutralised Markdown into pieces of at most `limit` characters each.

    Tables at the top level that Slack can show come as `Table`, others as fixed-width text. Blocks
    stay whole where they fit; else they are cut at lines, then at words, then anywhere.
    """
    affordable = _affordable(markdown.rstrip().split("\n"))
    known: dict[str, Any] = {}
    tokens = _PARSER.parse("\n".join((*affordable, "")), known)
    lines = _without_tables(affordable, tokens)
    for block in _blocks(tokens, len(lines)):
        if block.tokens and block.tokens[0].type == "table_open":
            yield from _table(block, lines, limit, known)
        else:
            yield from _prose(block, lines, limit)


def _affordable(lines: Sequence[str]) -> list[str]:
    """Make the tables inert that would have too many cells; they are shown as lines."""
    cells, kept = 0, list(lines)
    ends = _ends(lines)
    for i, line in enumerate(lines):
        if _separates_header(line):
            cells += _TABLE_COST + (line.count("|") + 1) * (ends[i] - i + 1)
            if cells > _MOST_CELLS:
                kept[i] = JOINER + line
    return kept


def _ends(lines: Sequence[str]) -> list[int]:
    """Return for each line where a table that it is in must end: at the next blank line."""
    ends, end = [0] * len(lines), len(lines)
    for i in range(len(lines) - 1, -1, -1):
        end = end if lines[i].strip() else i
        ends[i] = end
    return ends


def _blocks(tokens: Sequence[Token], line_count: int) -> Iterator[_Block]:
    """Group tokens by top-level block; lines without tokens belong to the block before them."""
    firsts = [i for i, token in enumerate(tokens) if token.level == 0 and token.map]
    starts = [0, *(_lines_of(tokens[i])[0] for i in firsts[1:])]
    ends = [*starts[1:], line_count]
    limits = [*firsts[1:], len(tokens)]
    if not firsts:
        yield _Block(0, line_count, ())
    for first, limit, start, end in zip(firsts, limits, starts, ends, strict=False):
        yield _Block(start, end, tokens[first:limit])


def _prose(block: _Block, lines: Sequence[str], limit: int) -> Iterator[Prose]:
    fences = [token for token in block.tokens if token.type == "fence"]
    text = "".join(f"{line}\n" for line in lines[block.start : block.end])
    if length(text) > limit or any(not _is_closed(fence, lines) for fence in fences):
        yield from _broken(block, fences, lines, limit)
    else:
        kind = block.tokens[0].type if block.tokens else ""
        yield Prose(text, own_block=kind in {"heading_open", "hr"})


def _table(
    block: _Block, lines: Sequence[str], limit: int, known: dict[str, Any]
) -> Iterator[Piece]:
    """Cut a table out; `known` are the text's link definitions."""
    start, end = _lines_of(block.tokens[0])
    yield from _by_lines(lines[block.start : start], limit)
    table = tables.read(block.tokens, known)
    ragged = tables.loses_cells(lines[start:end], len(table.align))
    if tables.is_native(table) and tables.size(table) <= limit and not ragged:
        yield table
    else:
        drawn = tables.monospaced(table)
        # Padding can make very little text very long: then the source is the better picture.
        as_written = ragged or length(drawn) > limit
        yield from _fenced("\n".join(lines[start:end]) if as_written else drawn, "", limit)
    yield from _by_lines(lines[end : block.end], limit)


def _broken(
    block: _Block, fences: Sequence[Token], lines: Sequence[str], limit: int
) -> Iterator[Prose]:
    """Cut a block at its lines; code leaves its list or quotation, so that it can be continued."""
    line = block.start
    for fence in fences:
        start, end = _lines_of(fence)
        yield from _by_lines(lines[line:start], limit)
        marker = lines[start].partition(fence.markup)[0]
        if marker.strip(_CONTAINER):
            yield from _by_lines([marker.rstrip()], limit)
        yield from _fenced(fence.content, fence.info, limit)
        line = end
    yield from _by_lines(lines[line : block.end], limit)


def _by_lines(lines: Sequence[str], limit: int) -> Iterator[Prose]:
    for line in lines:
        for part in _by_words(f"{line}\n", limit):
            yield Prose(part)


def _by_words(line: str, limit: int) -> Iterator[str]:
    """Cut a line behind a space in the second half of what fits, else anywhere."""
    while length(line) > limit:
        head = cut(line, limit)
        border = max(head.rfind(" "), head.rfind("\t")) + 1
        border = border if border > len(head) // 2 else len(head)
        yield line[:border]
        line = line[border:]
        if line.lstrip().startswith(_FENCES):
            line = JOINER + line
    yield line


def _fenced(code: str, info: str, limit: int) -> Iterator[Prose]:
    """Put code into as many fences as it needs, each naming the language again."""
    words = info.replace("`", "").split()
    opening = f"```{cut(words[0], _INFO_LIMIT) if words else ''}\n"
    room = limit - length(opening) - length("\n```\n")
    for body in _filled(code, room):
        yield Prose(f"{opening}{body}\n```\n")


def _filled(code: str, room: int) -> Iterator[str]:
    """Gather lines of code into bodies of at most `room` characters, without the last line end."""
    body: list[str] = []
    used = 0
    for part in _code_lines(code, room):
        size = length(part) + 1
        if body and used + size > room:
            yield "\n".join(body)
            body, used = [], 0
        body.append(part)
        used += size
    yield "\n".join(body)


def _code_lines(code: str, room: int) -> Iterator[str]:
    """Cut long lines of code anywhere; what would close the fence gets a joiner in front."""
    for line in code.removesuffix("\n").split("\n"):
        rest = line
        while True:
            head = cut(rest, room - 1 - length(JOINER))
            bare = head.strip()
            yield JOINER + head if bare.startswith("```") and not bare.strip("`") else head
            rest = rest[len(head) :]
            if not rest:
                break


def _is_closed(fence: Token, lines: Sequence[str]) -> bool:
    """Tell whether a fence has a closing line of its own; the parser accepts the end of all."""
    start, end = _lines_of(fence)
    last = lines[end - 1].strip(_CONTAINER)
    return end - start - 2 == fence.content.count("\n") and not last.strip(fence.markup[0])


def _without_tables(lines: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """Make rows that separate a table's header inert, outside code and tables we show ourselves.

    Slack would make a second table of one in a list or a quotation, and refuse the message.
    """
    kept: set[int] = set()
    for token in tokens:
        if token.type == "fence" or (token.type == "table_open" and token.level == 0):
            kept.update(range(*_lines_of(token)))
    return [
        line if i in kept or not _separates_header(line) else JOINER + line
        for i, line in enumerate(lines)
    ]


def _separates_header(line: str) -> bool:
    bare = line.strip(_CONTAINER)
    return set(bare) <= set("|:- \t") and "-" in bare and ("|" in bare or ":" in bare)


def _lines_of(token: Token) -> tuple[int, int]:
    assert token.map is not None, f"the parser maps every {token.type}"
    return token.map[0], token.map[1]
