"""`reactions.*`: the bot's reactions to messages."""

import re

from bot.sandbox.slack.model import Channel, Message
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused
from bot.sandbox.slack.workspace import Workspace

_NAME = re.compile(r"[a-z0-9_'+-]{1,100}(::skin-tone-[2-6])?")
_TS = re.compile(r"\d+\.\d{6}")


class Reactions:
    """`reactions.*` on one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bot = workspace.bot

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "reactions.add": self.add,
            "reactions.remove": self.remove,
            "reactions.get": self.get,
        }

    def add(self, args: Args) -> JSON:
        """Add the bot's reaction."""
        channel, message = self._item(args)
        name = _name(args)
        if self._bot.user_id in message.reactions.get(name, ()):
            raise Refused("already_reacted")
        self._workspace.react(channel, message, self._bot.user_id, name)
        return {}

    def remove(self, args: Args) -> JSON:
        """Take the bot's reaction away."""
        _, message = self._item(args)
        name = _name(args)
        if self._bot.user_id not in message.reactions.get(name, ()):
            raise Refused("no_reaction")
        self._workspace.unreact(message, self._bot.user_id, name)
        return {}

    def get(self, args: Args) -> JSON:
        """Return a message with everybody's reactions."""
        channel, message = self._item(args)
        shape = self._workspace.shape(channel, message)
        return {"type": "message", "channel": channel.id, "message": shape}

    def _item(self, args: Args) -> tuple[Channel, Message]:
        if "channel" not in args or "timestamp" not in args:
            raise Refused("no_item_specified")
        channel = self._workspace.channel(args.text("channel"))
        if self._bot.user_id not in channel.members:
            raise Refused("channel_not_found")
        if channel.is_archived:
            raise Refused("is_archived")
        if not _TS.fullmatch(args.text("timestamp")):
            raise Refused("bad_timestamp")
        return channel, self._workspace.message(channel, args.text("timestamp"))


def _name(args: Args) -> str:
    name = args.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refused("invalid_name")
    return name
