"""Modals as JSON, each within Slack's limits. Pure."""

from collections.abc import Sequence

from bot.slack import limits
from bot.slack.chars import length, one_line
from bot.slack.ops import Block

WORDS = "words"
"""The `block_id` and the `action_id` of a form's only field."""

HOME = "home"
"""The metadata of a modal that was opened from the Home tab."""


def modal(title: str, blocks: Sequence[Block], *, close: str = "Close") -> Block:
    """Build a modal that is read, at most 100 blocks; buttons may be in it."""
    return {
        "type": "modal",
        "title": _label(title),
        "close": _label(close),
        "blocks": list(blocks[: limits.BLOCKS_PER_VIEW]),
    }


def with_name(view: Block, name: str) -> Block:
    """Return a view with a name of ours, which no other view may have."""
    return {**view, "external_id": name}


def of_home(view: Block) -> Block:
    """Return a modal that is read, marked as opened from the Home tab."""
    return {**view, "private_metadata": HOME}


def home(blocks: Sequence[Block]) -> Block:
    """Build a person's Home tab, at most 100 blocks."""
    return {"type": "home", "blocks": list(blocks[: limits.BLOCKS_PER_VIEW])}


def form(  # noqa: PLR0913 -- what a form consists of, each named
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str,
    callback_id: str,
    metadata: str,
    field: Block,
) -> Block:
    """Build a modal that is filled in: `field` comes last; `metadata` comes back with it.

    Raises `ValueError` where an id is too long: a cut one means something else.
    """
    if length(metadata) > limits.PRIVATE_METADATA or length(callback_id) > limits.CALLBACK_ID:
        raise ValueError(f"too long an id in the form {title!r}")
    return {
        **modal(title, [*blocks[: limits.BLOCKS_PER_VIEW - 1], field], close="Cancel"),
        "submit": _label(submit),
        "callback_id": callback_id,
        "private_metadata": metadata,
    }


def text_field(label: str, *, optional: bool) -> Block:
    """Build the field for words, of several lines."""
    return _field(label, {"multiline": True, "max_length": limits.INPUT_VALUE}, optional=optional)


def line_field(label: str, *, at_most: int, filled: str) -> Block:
    """Build the field for one line that must not be empty; `filled` is there at first."""
    at_most = min(at_most, limits.INPUT_VALUE)
    before = {"initial_value": one_line(filled, at_most)} if filled.strip() else {}
    return _field(label, {"max_length": at_most, **before}, optional=False)


def _field(label: str, rules: Block, *, optional: bool) -> Block:
    return {
        "type": "input",
        "block_id": WORDS,
        "label": {"type": "plain_text", "text": one_line(label, limits.INPUT_LABEL)},
        "optional": optional,
        "element": {"type": "plain_text_input", "action_id": WORDS, **rules},
    }


def _label(text: str) -> Block:
    return {"type": "plain_text", "text": one_line(text, limits.VIEW_TITLE)}
