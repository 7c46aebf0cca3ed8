"""`chat.*`: what the bot posts, changes and deletes."""

from bot.sandbox.slack.blockkit import MARKDOWN_TEXT, UPDATE_TEXT, check_blocks, check_metadata
from bot.sandbox.slack.model import Channel, Ephemeral, Message
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused
from bot.sandbox.slack.workspace import Draft, Workspace

POST_TEXT = 40_000
"""Characters above which `chat.postMessage` cuts the text and warns."""


class Chat:
    """`chat.*` on one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bot = workspace.bot

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.getPermalink": self.get_permalink,
        }

    def post_message(self, args: Args) -> JSON:
        """Add a message of the bot; `channel` may be a user, meaning the direct message."""
        channel = self._open_channel(args)
        draft = _draft(args)
        cut = len(draft.text) > POST_TEXT
        if cut:
            draft = Draft(draft.text[:POST_TEXT], draft.blocks, draft.metadata)
        thread_ts = args.text("thread_ts") or None
        message = self._workspace.post(channel, self._bot.user_id, draft, thread_ts)
        shape = self._workspace.shape(channel, message, include_metadata=True)
        answer: JSON = {"channel": channel.id, "ts": message.ts, "message": shape}
        return answer | ({"warning": "message_truncated"} if cut else {})

    def update(self, args: Args) -> JSON:
        """Replace a message of the bot; blocks or metadata that are left out stay."""
        channel = self._joined(args, "channel_not_found")
        if channel.is_archived:
            raise Refused("is_inactive")
        message = self._own(channel, args, "cant_update_message")
        draft = _draft(args)
        if len(draft.text) > UPDATE_TEXT:
            raise Refused("msg_too_long")
        kept = Draft(
            text=draft.text if "text" in args else message.text,
            blocks=draft.blocks if "blocks" in args else message.blocks,
            metadata=draft.metadata if "metadata" in args else message.metadata,
        )
        self._workspace.edit(channel, message, kept, self._bot.bot_id)
        shape = self._workspace.shape(channel, message, include_metadata=True)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}

    def delete(self, args: Args) -> JSON:
        """Delete a message of the bot."""
        channel = self._joined(args, "channel_not_found")
        message = self._own(channel, args, "cant_delete_message")
        self._workspace.delete(channel, message)
        return {"channel": channel.id, "ts": message.ts}

    def post_ephemeral(self, args: Args) -> JSON:
        """Show a message to one member."""
        channel = self._open_channel(args)
        user = args.require("user")
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        draft = _draft(args)
        ts = channel.stamp(self._workspace.clock.now())
        thread_ts = args.text("thread_ts") or None
        shown = Ephemeral(channel.id, user, ts, draft.text, draft.blocks, thread_ts)
        self._workspace.ephemerals.append(shown)
        return {"message_ts": ts}

    def get_permalink(self, args: Args) -> JSON:
        """Return the address of a message."""
        channel = self._workspace.channel(args.require("channel"))
        message = self._workspace.message(channel, args.require("message_ts"))
        link = f"https://{self._bot.domain}.slack.com/archives/{channel.id}/p"
        link += message.ts.replace(".", "")
        if message.thread_ts is not None:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}

    def _open_channel(self, args: Args) -> Channel:
        name = args.require("channel")
        if name in self._workspace.users:
            return self._workspace.open_dm(name)
        channel = self._joined(args, "not_in_channel")
        if channel.is_archived:
            raise Refused("is_archived")
        return channel

    def _joined(self, args: Args, otherwise: str) -> Channel:
        channel = self._workspace.channel(args.require("channel"))
        if self._bot.user_id not in channel.members:
            raise Refused(otherwise)
        return channel

    def _own(self, channel: Channel, args: Args, otherwise: str) -> Message:
        message = self._workspace.message(channel, args.require("ts"))
        if not message.from_bot:
            raise Refused(otherwise)
        return message


def _draft(args: Args) -> Draft:
    if "markdown_text" in args:
        return _markdown_draft(args)
    blocks = check_blocks(args.structure("blocks", "invalid_blocks_format"))
    metadata = check_metadata(args.structure("metadata", "invalid_metadata_format"))
    text = args.text("text")
    if not text and not blocks:
        raise Refused("no_text")
    return Draft(text, blocks, metadata)


def _markdown_draft(args: Args) -> Draft:
    if "text" in args or "blocks" in args:
        raise Refused("markdown_text_conflict")
    text = args.text("markdown_text")
    if len(text) > MARKDOWN_TEXT:
        raise Refused("msg_too_long")
    metadata = check_metadata(args.structure("metadata", "invalid_metadata_format"))
    return Draft(text, [{"type": "markdown", "text": text}], metadata)
