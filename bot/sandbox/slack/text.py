"""What a person reads and can press in a message. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from bot.sandbox.slack.wire import JSON, as_list, as_object

_INTERACTIVE = ("actions", "context_actions")
_NOT_READ = frozenset(
    {"type", "value", "action_id", "block_id", "url", "style", "image_url", "align"}
)
"""Strings of a block that no person sees."""


class Readable(Protocol):
    """A message or an ephemeral message."""

    @property
    def text(self) -> str:
        """The plain text."""
        ...

    @property
    def blocks(self) -> list[JSON]:
        """The blocks."""
        ...


def plain_text(message: Readable) -> str:
    """Return the text and everything readable in the blocks, one piece a line."""
    return "\n".join([message.text, *_pieces(message.blocks)])


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif (entries := as_list(value)) is not None:
        for entry in entries:
            yield from _pieces(entry)
    elif (block := as_object(value)) is not None:
        for name, entry in block.items():
            if name not in _NOT_READ:
                yield from _pieces(entry)


def interactive_elements(blocks: Sequence[JSON]) -> Iterator[JSON]:
    """Yield elements with an `action_id`, each with its block's `block_id`, in reading order."""
    for block in blocks:
        for element in _elements(block):
            if "action_id" in element:
                yield {"block_id": block.get("block_id", ""), **element}


def _elements(block: JSON) -> Iterable[Any]:
    if block.get("type") in _INTERACTIVE:
        return as_list(block.get("elements")) or []
    accessory = as_object(block.get("accessory"))
    return [accessory] if accessory else []


def buttons(message: Readable) -> list[tuple[str, str, str]]:
    """Return `(action_id, label, value)` of each button, in reading order."""
    return [
        (element["action_id"], str(element["text"]["text"]), str(element.get("value", "")))
        for element in interactive_elements(message.blocks)
        if element["type"] == "button"
    ]
