"""What an approval is about, in the agent's words: its message and its plan, as Markdown. Pure.

A card has room for so much; whoever decides must be able to read the rest as well, so what does
not fit goes whole into a file in front of the card.
"""

from dataclasses import dataclass

from bot.render.outputs import PostFile
from bot.slack.chars import length, truncate
from bot.slack.markdown import layout
from bot.slack.ops import Block

MESSAGE_LIMIT = 2000
PLAN_LIMIT = 6000
"""Characters of each that a card shows."""

_SPARE = 10
"""Characters kept beyond a limit, to know later that there was more."""

FILE_NAME = "neo-request.md"


@dataclass(frozen=True, slots=True)
class Substance:
    """The blocks for a card; `is_whole` tells that nothing was left out."""

    blocks: tuple[Block, ...]
    is_whole: bool


def substance(message: str, plan: str) -> Substance:
    """Lay out what a card shows of `message` and `plan`: at most one table, nothing active."""
    message, plan = message.strip(), plan.strip()
    shown = [truncate(message, MESSAGE_LIMIT).strip(), truncate(plan, PLAN_LIMIT).strip()]
    parts = layout("\n\n".join(filter(None, shown))).parts
    fits = length(message) <= MESSAGE_LIMIT and length(plan) <= PLAN_LIMIT
    blocks = tuple(parts[0].blocks) if parts else ()
    return Substance(blocks, is_whole=fits and len(parts) <= 1)


def kept(message: str, plan: str) -> tuple[str, str]:
    """Return both as a view keeps them: as much as is shown, and that there was more."""
    limits = (MESSAGE_LIMIT + _SPARE, PLAN_LIMIT + _SPARE)
    return truncate(message.strip(), limits[0]), truncate(plan.strip(), limits[1])


def in_full(message: str, plan: str) -> list[PostFile]:
    """Return the file that says what the card had no room for, if it had not."""
    if substance(message, plan).is_whole:
        return []
    text = "\n\n".join(filter(None, (message.strip(), plan.strip())))
    return [PostFile(FILE_NAME, "What Neo asks, in full", text)]
