"""Fitting the texts of several blocks into one budget. Pure.

A last resort for cards of ours that outside text made too long: nothing of a card's structure
goes, its buttons least of all, only its longest texts become shorter.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from bot.slack.chars import length, truncate
from bot.slack.mrkdwn import Mrkdwn, shorten
from bot.slack.ops import Block

_CAPS = (12_000, 6_000, 3_000, 1_500, 700, 300, 100, 30, 10, 5, 1)
"""Lengths that are tried for the longest texts. The smallest fits 50 blocks of 10 texts as well
as a table of 100 x 20 cells into any budget of ours."""


def text_length(node: object) -> int:
    """Return the characters of all texts in a block or in part of one."""
    if isinstance(node, Mapping):
        block = cast("Block", node)
        text = block.get("text")
        own = length(text) if isinstance(text, str) else 0
        return own + sum(text_length(part) for part in block.values())
    if isinstance(node, list | tuple):
        return sum(text_length(part) for part in cast("Sequence[object]", node))
    return 0


def fitted(blocks: Sequence[Block], budget: int) -> tuple[Block, ...]:
    """Return `blocks` with no text longer than a common length that fits all into `budget`."""
    if sum(map(text_length, blocks)) <= budget:
        return tuple(blocks)
    tries = (tuple(_capped_block(block, cap) for block in blocks) for cap in _CAPS)
    return next(capped for capped in tries if sum(map(text_length, capped)) <= budget)


def _capped_block(block: Block, cap: int) -> Block:
    parts = {name: _capped(part, cap) for name, part in block.items()}
    text = parts.get("text")
    if not isinstance(text, str):
        return parts
    is_mrkdwn = block.get("type") == "mrkdwn"
    return {**parts, "text": shorten(Mrkdwn(text), cap) if is_mrkdwn else truncate(text, cap)}


def _capped(node: object, cap: int) -> object:
    if isinstance(node, Mapping):
        return _capped_block(cast("Block", node), cap)
    if isinstance(node, list | tuple):
        return [_capped(part, cap) for part in cast("Sequence[object]", node)]
    return node
