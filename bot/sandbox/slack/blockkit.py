"""Block Kit as Slack enforces it on messages: limits as data, and what they refuse. Pure.

Sources: Slack's Block Kit reference and type definitions; the total text of a message is
undocumented and measured by others (bolt-js issue 2509). Known blocks are those that apps post in
messages and that need no surface of their own; more are added when the bridge sends them.
"""

from collections.abc import Iterator, Sequence

from bot.sandbox.slack.rules import (
    Problem,
    Rule,
    anything,
    boolean,
    many,
    one_of,
    shape,
    string,
    tagged,
)
from bot.sandbox.slack.wire import JSON, Refused, as_list, as_object

BLOCKS_PER_MESSAGE = 50
TOTAL_TEXT = 13_200
MARKDOWN_TEXT = 12_000
UPDATE_TEXT = 4_000
_ID = string(255)


def _text(at_most: int, *kinds: str) -> Rule:
    body = string(at_most)
    plain = shape({"text": body}, {"emoji": boolean})
    mrkdwn = shape({"text": body}, {"verbatim": boolean})
    rules = {"plain_text": plain, "mrkdwn": mrkdwn}
    return tagged({kind: rules[kind] for kind in kinds or rules})


def plain(at_most: int) -> Rule:
    """Accept a `plain_text` object of at most so many characters."""
    return _text(at_most, "plain_text")


CONFIRM = shape(
    {"title": plain(100), "text": _text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = shape(
    {"text": _text(75), "value": string(150)}, {"description": _text(75), "url": string(3000)}
)
IMAGE = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything})
BUTTON = shape(
    {"text": plain(75), "action_id": _ID},
    {
        "value": string(2000),
        "url": string(3000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
STATIC_SELECT = shape(
    {"action_id": _ID, "options": many(OPTION, 100)},
    {
        "placeholder": plain(150),
        "initial_option": OPTION,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
)
OVERFLOW = shape({"action_id": _ID, "options": many(OPTION, 5)}, {"confirm": CONFIRM})
_CONTROLS = {"button": BUTTON, "static_select": STATIC_SELECT, "overflow": OVERFLOW}
_FEEDBACK = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
FEEDBACK_BUTTONS = shape(
    {"action_id": _ID, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK}
)
ICON_BUTTON = shape(
    {"action_id": _ID, "icon": one_of("trash"), "text": plain(75)},
    {
        "value": string(2000),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": anything,
    },
)
_RICH_TEXT_PARTS: dict[str, Rule] = dict.fromkeys(
    ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"),
    shape(
        {"elements": many(anything, 1000)},
        {"style": anything, "indent": anything, "offset": anything, "border": anything},
    ),
)
RICH_TEXT = shape({"elements": many(tagged(_RICH_TEXT_PARTS), 1000)}, {"block_id": _ID})
CELL = tagged(
    {
        "raw_text": shape({"text": string(3000)}),
        "raw_number": shape({"value": anything}, {"text": string(3000)}),
        "rich_text": RICH_TEXT,
    }
)
COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return shape(required, {"block_id": _ID, **(optional or {})})


_CONTROL = tagged(_CONTROLS)
_IMAGE_OR_TEXT = tagged(
    {"image": IMAGE, "mrkdwn": _text(3000, "mrkdwn"), "plain_text": plain(3000)}
)

ALERT = _block(
    {"text": _text(3000)}, {"level": one_of("default", "info", "warning", "error", "success")}
)

BLOCKS: dict[str, Rule] = {
    "alert": ALERT,
    "section": _block(
        {},
        {
            "text": _text(3000),
            "fields": many(_text(2000), 10),
            "accessory": tagged(_CONTROLS | {"image": IMAGE}),
            "expand": boolean,
        },
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block({}),
    "context": _block({"elements": many(_IMAGE_OR_TEXT, 10)}),
    "actions": _block({"elements": many(_CONTROL, 25)}),
    "context_actions": _block(
        {
            "elements": many(
                tagged({"feedback_buttons": FEEDBACK_BUTTONS, "icon_button": ICON_BUTTON}), 5
            )
        }
    ),
    "image": _block(
        {"alt_text": string(2000)},
        {"image_url": string(3000), "slack_file": anything, "title": plain(2000)},
    ),
    "markdown": _block({"text": string(MARKDOWN_TEXT)}),
    "rich_text": RICH_TEXT,
    "table": _block({"rows": many(many(CELL, 20), 100)}, {"column_settings": many(COLUMN, 20)}),
}
BLOCK = tagged(BLOCKS)
_BLOCKS = many(BLOCK, BLOCKS_PER_MESSAGE, at_least=0)


def check_blocks(value: object) -> list[JSON]:
    """Return the blocks of a message when Slack takes them; None is no blocks.

    Raises `Refused` with `invalid_blocks_format`, `invalid_blocks`, `invalid_attachments` (a second
    table) or `msg_blocks_too_long`.
    """
    if value is None:
        return []
    blocks = as_list(value)
    if blocks is None:
        raise Refused("invalid_blocks_format")
    problems = [*_BLOCKS(blocks, "/blocks")] or [*_across(blocks)]
    if problems:
        raise Refused("invalid_blocks", tuple(map(str, problems)))
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise Refused("invalid_attachments", ("only_one_table_allowed",))
    if total_text(blocks) > TOTAL_TEXT:
        raise Refused("msg_blocks_too_long")
    return blocks


def _across(blocks: Sequence[JSON]) -> Iterator[Problem]:
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_TEXT:
        yield Problem(f"markdown text must be less than {MARKDOWN_TEXT + 1} characters", "/blocks")
    yield from _repeated("block_id", blocks, "/blocks")
    for index, block in enumerate(blocks):
        pointer = f"/blocks/{index}"
        if block["type"] == "section" and not ("text" in block or "fields" in block):
            yield Problem("missing required field: text or fields", pointer)
        if block["type"] == "actions":
            yield from _repeated("action_id", block["elements"], f"{pointer}/elements")


def _repeated(name: str, entries: Sequence[JSON], pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        if (value := entry.get(name)) is None:
            continue
        if value in seen:
            yield Problem(f"`{name}` already exists", f"{pointer}/{index}/{name}")
        seen.add(value)


def total_text(value: object) -> int:
    """Return the characters of every `text` in blocks, the sum that Slack limits."""
    if (entries := as_list(value)) is not None:
        return sum(map(total_text, entries))
    if (fields := as_object(value)) is None:
        return 0
    own = fields.get("text")
    here = len(own) if isinstance(own, str) else 0
    return here + sum(total_text(entry) for entry in fields.values())


def check_metadata(value: object) -> JSON | None:
    """Return message metadata when Slack takes it: flat, or one level of objects and arrays.

    Raises `Refused` with `invalid_metadata_format` or `invalid_metadata_schema`.
    """
    if value is None:
        return None
    metadata = as_object(value)
    if metadata is None:
        raise Refused("invalid_metadata_format")
    if not metadata:
        return None
    payload = as_object(metadata.get("event_payload"))
    if not isinstance(metadata.get("event_type"), str) or payload is None:
        raise Refused("invalid_metadata_format")
    if any(_is_deep(entry) for entry in payload.values()):
        raise Refused("invalid_metadata_schema")
    return metadata


def _is_deep(value: object) -> bool:
    fields = as_object(value)
    entries = as_list(value) if fields is None else list(fields.values())
    return any(isinstance(entry, dict | list) for entry in entries or ())
