"""Everything that waits, as one text. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.conversation.talk import Item, ts_order

Items = tuple[Item, ...]


def in_order(items: Iterable[Item]) -> Items:
    """Return the items in the order they were said, by Slack's clock."""
    return tuple(sorted(items, key=lambda item: ts_order(item.ts)))


def batch_text(items: Sequence[Item], names: Mapping[str, str], *, company: bool) -> str:
    """Return the items as one message.

    `company`: several people speak in this thread, so each text is told by whom (`names`, by id).
    """
    texts = [_told(item, names) if company else item.content for item in items]
    return "\n\n".join(texts)


def _told(item: Item, names: Mapping[str, str]) -> str:
    return f"{names.get(item.user, item.user)}: {item.content}"
