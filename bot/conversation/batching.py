"""Everything that waits, frozen into one text. Pure."""

from collections.abc import Mapping, Sequence

from bot.conversation.talk import Item


def batch_text(items: Sequence[Item], names: Mapping[str, str], *, company: bool) -> str:
    """Return the items as one message, in the order they were said.

    `company`: several people speak in this thread, so each text is told by whom (`names`, by id).
    """
    ordered = sorted(items, key=lambda item: _order(item.ts))
    texts = [_told(item, names) if company else item.text for item in ordered]
    return "\n\n".join(texts)


def _told(item: Item, names: Mapping[str, str]) -> str:
    return f"{names.get(item.user, item.user)}: {item.text}"


def _order(ts: str) -> tuple[int, int]:
    """Slack's timestamps as numbers: compared as text, an 11-digit second would come first."""
    seconds, _, fraction = ts.partition(".")
    return (int(seconds) if seconds.isdigit() else 0, int(fraction) if fraction.isdigit() else 0)
