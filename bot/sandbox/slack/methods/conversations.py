"""`conversations.*`: channels, their history and their threads."""

from collections.abc import Sequence

from bot.sandbox.slack.methods.paging import Window, page
from bot.sandbox.slack.model import Channel, Message
from bot.sandbox.slack.shapes import channel_shape
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused
from bot.sandbox.slack.workspace import Workspace

_KINDS = {"channel": "public_channel", "im": "im"}
"""Slack's words for the kinds of conversations that there are here."""


class Conversations:
    """`conversations.*` on one workspace, and `users.conversations`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bot = workspace.bot

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "conversations.replies": self.replies,
            "conversations.history": self.history,
            "conversations.info": self.info,
            "conversations.list": self.list,
            "conversations.members": self.members,
            "conversations.open": self.open,
            "conversations.join": self.join,
            "users.conversations": self.joined,
        }

    def history(self, args: Args) -> JSON:
        """Return messages that are not replies, newest first."""
        channel = self._readable(args)
        window = Window(args)
        found = [
            message
            for message in reversed(channel.messages.values())
            if message.thread_ts is None and _is_shown(message) and message.ts in window
        ]
        messages, following = page(found, args, default=100)
        return self._listing(channel, messages, args, following)

    def replies(self, args: Args) -> JSON:
        """Return a thread oldest first, its root on every page; of a reply's `ts` the reply only.

        Raises `Refused` with `thread_not_found`.
        """
        channel = self._readable(args)
        first = channel.messages.get(args.require("ts"))
        if first is None or not _is_shown(first):
            raise Refused("thread_not_found")
        window = Window(args)
        found = [reply for reply in first.live_replies() if reply.ts in window]
        messages, following = page(found, args, default=1000)
        return self._listing(channel, [first, *messages], args, following)

    def _listing(
        self, channel: Channel, messages: Sequence[Message], args: Args, following: JSON
    ) -> JSON:
        wanted = args.flag("include_all_metadata")
        shapes = [
            self._workspace.shape(channel, each, include_metadata=wanted) for each in messages
        ]
        has_more = bool(following["response_metadata"]["next_cursor"])
        return {"messages": shapes, "has_more": has_more} | (following if has_more else {})

    def info(self, args: Args) -> JSON:
        """Return one channel."""
        channel = self._workspace.channel(args.require("channel"))
        return {"channel": channel_shape(channel, self._bot)}

    def list(self, args: Args) -> JSON:
        """Return the channels of the workspace, direct messages when `types` asks for them."""
        return self._channels([*self._workspace.channels.values()], args)

    def joined(self, args: Args) -> JSON:
        """Return the channels that a user, by default the bot, is in."""
        user = args.text("user", self._bot.user_id)
        channels = self._workspace.channels.values()
        return self._channels([each for each in channels if user in each.members], args)

    def _channels(self, channels: Sequence[Channel], args: Args) -> JSON:
        types = {each.strip() for each in args.text("types", "public_channel").split(",")}
        kinds = {kind for kind, word in _KINDS.items() if word in types}
        skip_archived = args.flag("exclude_archived")
        found = [
            each
            for each in channels
            if each.kind in kinds and not (skip_archived and each.is_archived)
        ]
        shown, following = page(found, args, default=100)
        return {"channels": [channel_shape(each, self._bot) for each in shown], **following}

    def members(self, args: Args) -> JSON:
        """Return the ids of a channel's members."""
        channel = self._workspace.channel(args.require("channel"))
        shown, following = page(channel.members, args, default=100)
        return {"members": list(shown), **following}

    def open(self, args: Args) -> JSON:
        """Open the direct message with the one user in `users`."""
        users = [each for each in args.text("users").split(",") if each]
        if not users:
            raise Refused("users_list_not_supplied")
        if len(users) > 1:
            raise Refused("method_not_supported_for_channel_type")
        return {"channel": {"id": self._workspace.open_dm(users[0]).id}}

    def join(self, args: Args) -> JSON:
        """Let the bot join a public channel."""
        channel = self._workspace.channel(args.require("channel"))
        if channel.kind == "im":
            raise Refused("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise Refused("is_archived")
        self._workspace.add_member(channel, self._bot.user_id)
        return {"channel": channel_shape(channel, self._bot)}

    def _readable(self, args: Args) -> Channel:
        channel = self._workspace.channel(args.require("channel"))
        if self._bot.user_id not in channel.members:
            raise Refused("not_in_channel")
        return channel


def _is_shown(message: Message) -> bool:
    """Tell whether history has the message: a deleted one only as the tombstone of a thread."""
    return not message.deleted or bool(message.live_replies())
