"""The agent's Markdown as messages that Slack accepts. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from bot.slack import blocks, limits, tables
from bot.slack.chars import clean, cut, length
from bot.slack.mrkdwn import Mrkdwn, escape, joined, mrkdwn, neutralise
from bot.slack.ops import Block, Content
from bot.slack.split import Piece, Prose, pieces
from bot.slack.tables import Table

_FILE_FOLLOWS = mrkdwn("The whole text follows as a file.")


@dataclass(frozen=True, slots=True)
class Layout:
    """A text as messages, in order, and what is to follow as a Markdown file, if anything."""

    parts: tuple[Content, ...] = ()
    overflow: str | None = None


@dataclass(frozen=True, slots=True)
class _Load:
    """What pieces take of a message: characters, tables, and blocks.

    Slack turns one `markdown` block into several: a headline or a line is a block, and so is the
    text behind it. Whether these count is not documented, so they are counted.
    """

    characters: int = 0
    tables: int = 0
    blocks: int = 1

    def plus(self, other: "_Load") -> "_Load":
        return _Load(
            self.characters + other.characters,
            self.tables + other.tables,
            self.blocks + other.blocks,
        )

    def fits(self) -> bool:
        return (
            self.characters <= limits.MESSAGE_TEXT
            and self.tables <= limits.TABLES_PER_MESSAGE
            and self.blocks <= limits.BLOCKS_PER_MESSAGE
        )


def layout(markdown: str) -> Layout:
    """Lay untrusted Markdown out as messages, each within all of Slack's limits.

    Nothing is lost: a text of more than `LONG_TEXT` characters, or of more than
    `MESSAGES_PER_TEXT` messages, becomes one message with its beginning, and `overflow` is the
    whole. A text of white space alone makes no message.
    """
    whole = clean(markdown)
    text = whole.strip()
    short = length(text) <= limits.LONG_TEXT
    most = limits.MESSAGES_PER_TEXT + 1  # more need not be made to know that they are too many
    parts = tuple(islice(_contents(text), most)) if short else ()
    if text and not 0 < len(parts) <= limits.MESSAGES_PER_TEXT:
        return Layout(parts=(_preview(text),), overflow=whole)
    return Layout(parts=parts)


def _preview(text: str) -> Content:
    head = next(_contents(_beginning(text)))
    fallback = joined("\n", (Mrkdwn(head.text), _FILE_FOLLOWS))
    return blocks.content(fallback, *head.blocks, blocks.context(_FILE_FOLLOWS))


def _beginning(text: str) -> str:
    """Return the first `PREVIEW_TEXT` characters, cut at the best border in their second half."""
    head = cut(text, limits.PREVIEW_TEXT)
    borders = (head.rfind(border) for border in ("\n\n", "\n", " "))
    return head[: next((at for at in borders if at > len(head) // 2), len(head))]


def _parts(text: str) -> Iterator[Sequence[Piece]]:
    """Gather pieces into messages, each as full as it can be."""
    part: list[Piece] = []
    load = _Load()
    for piece in pieces(neutralise(text), limits.MESSAGE_TEXT):
        more = _load(piece)
        if not load.plus(more).fits():
            yield part
            part, load = [], _Load()
        part.append(piece)
        load = load.plus(more)
    yield part


def _contents(text: str) -> Iterator[Content]:
    contents = map(_content, _parts(text))
    return (content for content in contents if content.blocks)


def _load(piece: Piece) -> _Load:
    if isinstance(piece, Table):
        return _Load(characters=tables.size(piece), tables=1, blocks=2)
    return _Load(characters=length(piece.text), blocks=2 if piece.own_block else 0)


def _content(part: Sequence[Piece]) -> Content:
    fallback = escape("".join(map(_source, part)).strip())
    return blocks.content(fallback, *_blocks(part))


def _blocks(part: Iterable[Piece]) -> Iterator[Block]:
    """Build a block for each table and for each run of prose between tables."""
    for _, run in groupby(part, key=type):
        prose = ""
        for piece in run:
            if isinstance(piece, Prose):
                prose += piece.text
            else:
                yield blocks.table(piece.rows, piece.align)
        if prose.strip():
            yield blocks.markdown(prose.strip("\n").rstrip())


def _source(piece: Piece) -> str:
    if isinstance(piece, Prose):
        return piece.text
    return "".join(" | ".join(row).strip() + "\n" for row in piece.rows)
