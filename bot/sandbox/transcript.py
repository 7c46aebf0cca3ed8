"""A thread as text, printed while it grows: new messages, and edits that change what they say."""

import asyncio
import re
from collections.abc import Callable
from html import unescape

from bot.sandbox.slack.model import Message
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.text import buttons
from bot.sandbox.slack.wire import JSON, as_list, as_object

POLL_SECONDS = 0.1
INDENT = "    "

_MENTION = re.compile(r"<@(\w+)>")
_ELAPSED = re.compile(r"\(?\b(\d+ h )?(\d+ min )?\d+ s\b\)?")
"""The one part of a card that changes by itself, and says nothing new."""


class Transcript:
    """Prints one thread of the sandbox."""

    def __init__(self, slack: SlackSandbox, write: Callable[[str], None]) -> None:
        self._slack = slack
        self._write = write
        self._printed: dict[str, str] = {}

    def note(self, line: str) -> None:
        """Print a line of ours between the messages."""
        self._write(f"\n── {line}")

    async def follow(self, channel: str, root: str) -> None:
        """Print for ever."""
        while True:
            self.print_new(channel, root)
            await asyncio.sleep(POLL_SECONDS)

    def print_new(self, channel: str, root: str) -> None:
        """Print what the thread shows and this transcript does not."""
        for message in self._slack.thread(channel, root):
            shown = as_read(message)
            before = self._printed.get(message.ts)
            if before is None:
                self._say(f"{self._name(message.user)}:", shown)
            elif _ELAPSED.sub("", before) != _ELAPSED.sub("", shown):
                self._say(f"{self._name(message.user)}, edited:", _changed(before, shown))
            self._printed[message.ts] = shown

    def _say(self, head: str, shown: str) -> None:
        body = "\n".join(INDENT + line for line in self._spoken(shown).splitlines())
        self._write(f"\n{head}\n{body}")

    def _spoken(self, shown: str) -> str:
        """Return mrkdwn as Slack would show it: names for ids, characters for entities."""
        return unescape(_MENTION.sub(lambda found: f"@{self._name(found[1])}", shown))

    def _name(self, user_id: str) -> str:
        user = self._slack.workspace.users.get(user_id)
        return user.real_name or user.name if user else user_id


def as_read(message: Message) -> str:
    """Return a message as a person reads it: its blocks, its buttons, its files."""
    blocks = [text for block in message.blocks for text in _block(block)]
    labels = [label for _, label, _ in buttons(message)]
    pressed = ["".join(f"[ {label} ] " for label in labels)] if labels else []
    files = [f"📎 {file.title or file.name} ({file.length} bytes)" for file in message.files]
    return "\n".join([*(blocks or [message.text]), *pressed, *files])


def _block(block: JSON) -> list[str]:
    if block.get("type") == "actions":
        return []
    if block.get("type") == "table":
        return [_row(row) for row in as_list(block.get("rows")) or []]
    return [text for text in _texts(block) if text]


def _row(row: object) -> str:
    cells = [as_object(cell) or {} for cell in as_list(row) or []]
    return "  ".join(str(cell.get("text", "")).ljust(24) for cell in cells).rstrip()


def _texts(block: JSON) -> list[str]:
    text = block.get("text")
    inner = as_object(text)
    own = [str(inner.get("text", ""))] if inner else [text] if isinstance(text, str) else []
    elements = [as_object(e) or {} for e in as_list(block.get("elements")) or []]
    return [*own, *(str(e.get("text", "")) for e in elements)]


def _changed(before: str, after: str) -> str:
    """Return the lines that are new in `after`; where lines only went, its first line."""
    old = {_ELAPSED.sub("", line) for line in before.splitlines()}
    new = [line for line in after.splitlines() if _ELAPSED.sub("", line) not in old]
    return "\n".join(new or after.splitlines()[1:2] or after.splitlines()[:1])
