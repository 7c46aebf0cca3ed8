"""What can be seen of the bridge's messages in the sandbox. Pure."""

import re
from collections.abc import Iterable

from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons
from bot.slack.shape import member, text

APPROVAL = re.compile(r".+/approval/[^/]+(/(after|again)\b.*)?")
"""The key of an approval's card; a reminder's goes on in another way."""


def of_bot(messages: Iterable[Message]) -> list[Message]:
    """Return those that the bot wrote and nobody deleted."""
    return [message for message in messages if message.from_bot and not message.deleted]


def key_of(message: Message) -> str:
    """Return the key by which the bridge finds a message of its own again."""
    return text(member(message.metadata or {}, "event_payload"), "key")


def changed_at(message: Message) -> float:
    """Return when a message was posted or last edited, in seconds since the epoch."""
    return float(message.edited.ts if message.edited else message.ts)


def labels(message: Message) -> list[str]:
    """Return what its buttons say."""
    return [label for _, label, _ in buttons(message)]


def action_of(message: Message, label: str) -> str:
    """Return the action of a button; empty where there is no such button any more."""
    return next((action for action, shown, _ in buttons(message) if shown == label), "")


def is_card_of_approval(message: Message) -> bool:
    """Whether it is the card of an approval, or of a question."""
    return APPROVAL.fullmatch(key_of(message)) is not None
