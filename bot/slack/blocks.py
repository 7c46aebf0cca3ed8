"""Block Kit builders: each cuts its texts to Slack's limits. Pure.

`mrkdwn` fields take `Mrkdwn`; labels and headers are `plain_text`, which Slack does not interpret.
Slack refuses empty texts, so an empty one is shown as a dash.
"""

from collections.abc import Sequence
from typing import Literal

from bot.ids import BUTTON_VALUE_LIMIT
from bot.slack import limits
from bot.slack.chars import length, one_line, truncate
from bot.slack.fitting import fitted
from bot.slack.mrkdwn import Mrkdwn, linkable, neutralise, shorten
from bot.slack.ops import Block, Content

Align = Literal["left", "center", "right"]
Style = Literal["primary", "danger"]

_EMPTY = "-"


def section(text: Mrkdwn, *, beside: Block | None = None) -> Block:
    """Build a paragraph, cut to 3,000 characters; it never hides behind "See more".

    `beside` is a button or a menu next to it.
    """
    more = {"accessory": beside} if beside else {}
    return {"type": "section", "text": _mrkdwn(text, limits.SECTION_TEXT), "expand": True, **more}


def fields(*texts: Mrkdwn) -> Block:
    """Build a two-column list of at most ten texts of 2,000 characters."""
    shown = _at_most(texts, limits.SECTION_FIELDS)
    return {"type": "section", "fields": [_mrkdwn(text, limits.FIELD_TEXT) for text in shown]}


def header(text: str) -> Block:
    """Build a headline of one line, cut to 150 characters."""
    return {"type": "header", "text": _plain(text, limits.HEADER_TEXT)}


def context(*texts: Mrkdwn) -> Block:
    """Build a line of small print of at most ten texts."""
    shown = _at_most(texts, limits.CONTEXT_ELEMENTS)
    return {"type": "context", "elements": [_mrkdwn(text, limits.TEXT_OBJECT) for text in shown]}


Level = Literal["default", "info", "warning", "error", "success"]


def alert(text: Mrkdwn, level: Level) -> Block:
    """Build a notice that stands out, as `level` says how much."""
    return {"type": "alert", "text": _mrkdwn(text, limits.TEXT_OBJECT), "level": level}


def verbatim(text: str) -> Block:
    """Build a paragraph of plain text, which Slack does not interpret: no mention, no link.

    Raises `ValueError` where it is too long: what must be read whole is not cut here.
    """
    if length(text) > limits.SECTION_TEXT:
        raise ValueError(f"{length(text)} characters are too many for a section")
    shown = {"type": "plain_text", "text": text if text.strip() else _EMPTY, "emoji": False}
    return {"type": "section", "text": shown, "expand": True}


def divider() -> Block:
    """Build a horizontal line."""
    return {"type": "divider"}


def markdown(text: str) -> Block:
    """Build a block of untrusted Markdown, neutralised and cut to 12,000 characters.

    An agent's whole text goes through `markdown.layout`, which splits instead of cutting.
    """
    shown = truncate(neutralise(text), limits.MARKDOWN_PER_MESSAGE)
    return {"type": "markdown", "text": shown if shown.strip() else _EMPTY}


def table(rows: Sequence[Sequence[str]], align: Sequence[Align] = ()) -> Block:
    """Build a table of plain texts, the header first, cut to Slack's rows, columns and characters.

    `align` is per column; columns beyond it are aligned left.
    """
    cells = [row[: limits.TABLE_COLUMNS] for row in rows[: limits.TABLE_ROWS]]
    columns = max((len(row) for row in cells), default=0)
    sides = (*align, *("left" for _ in range(columns)))[:columns]
    block: Block = {
        "type": "table",
        "rows": [[_cell(row[i] if i < len(row) else "") for i in range(columns)] for row in cells],
        "column_settings": [{"align": side, "is_wrapped": True} for side in sides],
    }
    return fitted((block,), limits.TABLE_CHARACTERS)[0]


def actions(*buttons: Block) -> Block:
    """Build a row of buttons, at most 25."""
    return {"type": "actions", "elements": list(buttons[: limits.ACTIONS_ELEMENTS])}


def button(
    label: str,
    action_id: str,
    value: str = "",
    *,
    style: Style | None = None,
    confirm: Block | None = None,
) -> Block:
    """Build a button.

    Raises `ValueError` where `action_id` or `value` is too long: a cut id means something else.
    """
    if length(action_id) > limits.ACTION_ID or length(value) > BUTTON_VALUE_LIMIT:
        raise ValueError(f"too long an id or value for the button {label!r}")
    text = _plain(label, limits.BUTTON_TEXT)
    wanted = {"value": value or None, "style": style, "confirm": confirm}
    given = {name: item for name, item in wanted.items() if item is not None}
    return {"type": "button", "text": text, "action_id": action_id, **given}


def overflow(action_id: str, *options: tuple[str, str]) -> Block:
    """Build the menu behind three dots, of at most five `(label, value)`.

    Raises `ValueError` where an id or value is too long, as `button` does.
    """
    shown = options[: limits.OVERFLOW_OPTIONS]
    too_long = any(length(value) > limits.OPTION_VALUE for _, value in shown)
    if too_long or length(action_id) > limits.ACTION_ID:
        raise ValueError(f"too long an id or value in the menu {action_id!r}")
    choices = [{"text": _plain(label, limits.OPTION_TEXT), "value": v} for label, v in shown]
    return {"type": "overflow", "action_id": action_id, "options": choices}


def link_button(label: str, action_id: str, url: str) -> Block:
    """Build a button that opens `url`; its click still arrives and needs an ack.

    Raises `ValueError` where `url` is not `mrkdwn.linkable`.
    """
    if not linkable(url):
        raise ValueError(f"Slack takes no such link on the button {label!r}")
    return {**button(label, action_id), "url": url}


def confirmation(
    title: str, text: str, *, confirm: str, deny: str, style: Style | None = None
) -> Block:
    """Build the question that a button asks before it counts as clicked."""
    built: Block = {
        "title": _plain(title, limits.CONFIRM_TITLE),
        "text": _plain(text, limits.CONFIRM_TEXT),
        "confirm": _plain(confirm, limits.CONFIRM_BUTTON),
        "deny": _plain(deny, limits.CONFIRM_BUTTON),
    }
    return {**built, "style": style} if style else built


def content(text: Mrkdwn, *blocks: Block) -> Content:
    """Build what a message shows, within the limits that hold for a message as a whole.

    `text` is for notifications and old clients. Of more than 50 blocks the first 49 and the last
    are kept, because buttons come last. Where the texts together are too long, the longest are
    cut to one common length. Raises `ValueError` for a second table, which no cutting mends.
    """
    tables = sum(block.get("type") == "table" for block in blocks)
    if tables > limits.TABLES_PER_MESSAGE:
        raise ValueError(f"Slack takes one table per message, not {tables}")
    if len(blocks) > limits.BLOCKS_PER_MESSAGE:
        blocks = (*blocks[: limits.BLOCKS_PER_MESSAGE - 1], blocks[-1])
    fallback = shorten(text, limits.UPDATE_TEXT)
    return Content(text=fallback, blocks=fitted(blocks, limits.MESSAGE_TEXT))


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": one_line(text, limit) or _EMPTY, "emoji": True}


def _mrkdwn(text: Mrkdwn, limit: int) -> Block:
    shown = shorten(text, limit)
    return {"type": "mrkdwn", "text": shown if shown.strip() else _EMPTY}


def _cell(text: str) -> Block:
    shown = truncate(neutralise(text), limits.TABLE_CELL)
    return {"type": "raw_text", "text": shown if shown.strip() else " "}


def _at_most(texts: Sequence[Mrkdwn], count: int) -> Sequence[Mrkdwn]:
    if len(texts) <= count:
        return texts
    return (*texts[: count - 1], Mrkdwn(f"… and {len(texts) - count + 1} more"))
