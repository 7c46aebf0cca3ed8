"""The rules of a workspace: what posting, editing, deleting and reacting do, and what is heard."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.sandbox.slack import events, shapes
from bot.sandbox.slack.model import (
    Bot,
    Channel,
    Edit,
    Ephemeral,
    File,
    Message,
    SessionStatus,
    User,
)
from bot.sandbox.slack.wire import JSON, Refused

PROCESSING_LASTS = 3600.0
"""Seconds after which an agent session's `processing` falls back to `active`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is to show."""

    text: str
    blocks: list[JSON] = field(default_factory=list[JSON])
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list[File])


class Workspace:
    """People, channels, messages, files and sessions of one team, all in memory.

    `tell` is given each Events API event that the app may hear: those of channels the bot is in.
    """

    def __init__(self, bot: Bot, clock: Clock, tell: Callable[[JSON], None]) -> None:
        self.bot = bot
        self.clock = clock
        self.base_url = ""
        """Where the sandbox listens, with a slash at the end; set when it does."""
        self.users = {bot.user_id: User(bot.user_id, bot.name, "Neo", is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, list[str]] = {}
        """The members of the user groups, by the groups' ids."""
        self.group_handles: dict[str, str] = {}
        self.files: dict[str, File] = {}
        self.ephemerals: list[Ephemeral] = []
        self.sessions: dict[tuple[str, str], list[SessionStatus]] = {}
        self._tell = tell

    def channel(self, channel_id: str) -> Channel:
        """Return a channel.

        Raises `Refused` when there is none.
        """
        if channel_id not in self.channels:
            raise Refused("channel_not_found")
        return self.channels[channel_id]

    def user(self, user_id: str) -> User:
        """Return a user.

        Raises `Refused` when there is none.
        """
        if user_id not in self.users:
            raise Refused("user_not_found")
        return self.users[user_id]

    def is_shared(self, channel_id: object) -> bool:
        """Whether somebody of another organisation is in a channel, if it is one."""
        channel = self.channels.get(str(channel_id))
        return channel is not None and any(self.users[each].team_id for each in channel.members)

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message that is still there.

        Raises `Refused`.
        """
        found = channel.messages.get(ts)
        if found is None or found.deleted:
            raise Refused("message_not_found")
        return found

    def add_file(self, name: str, length: int, snippet_type: str = "", user: str = "") -> File:
        """Add a file, which has no bytes yet; `user` is empty for the bot."""
        owner = user or self.bot.user_id
        file = File(f"F{len(self.files) + 1:08d}", name, length, snippet_type, user=owner)
        self.files[file.id] = file
        return file

    def open_dm(self, user_id: str) -> Channel:
        """Return the direct message of the bot and a user, opening it the first time."""
        channel_id = f"D{self.user(user_id).id[1:]}"
        if channel_id not in self.channels:
            members = [user_id, self.bot.user_id]
            self.channels[channel_id] = Channel(channel_id, "", kind="im", members=members)
        return self.channels[channel_id]

    def post(
        self, channel: Channel, author: str, draft: Draft, thread_ts: str | None = None
    ) -> Message:
        """Add a message, to the thread of root `thread_ts` if given.

        Raises `Refused`.
        """
        root = None if thread_ts is None else self._root(channel, thread_ts)
        message = Message(
            channel=channel.id,
            ts=channel.stamp(self.clock.now()),
            user=author,
            text=draft.text,
            blocks=draft.blocks,
            thread_ts=root and root.ts,
            metadata=draft.metadata,
            files=draft.files,
            from_bot=author == self.bot.user_id,
        )
        channel.messages[message.ts] = message
        self._tell_posted(channel, message)
        if root is not None:
            before = self.shape(channel, root)
            root.replies.append(message)
            self._tell_root_changed(channel, root, before)
        return message

    def _root(self, channel: Channel, thread_ts: str) -> Message:
        root = channel.messages.get(thread_ts)
        # A deleted root with replies stays as a tombstone, and its thread stays open.
        if root is None or (root.deleted and not root.live_replies()):
            raise Refused("thread_not_found")
        if root.thread_ts is not None:
            raise Refused("cannot_reply_to_message")
        return root

    def edit(self, channel: Channel, message: Message, draft: Draft, editor: str) -> None:
        """Replace what a message shows; `editor` is a user, or the bot id for an app's update."""
        old = self.shape(channel, message)
        message.text, message.blocks, message.metadata = draft.text, draft.blocks, draft.metadata
        message.edits += 1
        message.edited = Edit(editor, channel.stamp(self.clock.now()))
        new = self.shape(channel, message)
        if message.from_bot:
            # Only a person's edit is marked in the event; the app's answer and the history say it.
            new.pop("edited")
            old.pop("edited", None)
        ts = message.edited.ts
        self.hear(channel, events.message_changed(channel, ts=ts, new=new, old=old))

    def delete(self, channel: Channel, message: Message) -> None:
        """Take a message off the wire; a root with replies leaves a tombstone."""
        old = self.shape(channel, message)
        root = self.root_of(channel, message)
        before = self.shape(channel, root) if root else {}
        message.deleted = True
        ts = channel.stamp(self.clock.now())
        if message.live_replies():
            new = self.shape(channel, message)
            self.hear(channel, events.message_changed(channel, ts=ts, new=new, old=old))
        else:
            self.hear(channel, events.message_deleted(channel, ts=ts, old=old))
        if root is not None:
            self._tell_root_changed(channel, root, before)

    def root_of(self, channel: Channel, message: Message) -> Message | None:
        """Return the root of the thread that a reply is in."""
        return None if message.thread_ts is None else channel.messages[message.thread_ts]

    def shape(self, channel: Channel, message: Message, *, include_metadata: bool = False) -> JSON:
        """Return a message as JSON."""
        shape = shapes.message_shape(message, self.bot, root=self.root_of(channel, message))
        if message.deleted:
            return shape
        if home := self.users[message.user].team_id:
            shape |= {"team": home, "user_team": home, "source_team": home}
        if message.files:
            shape["files"] = [self.file_shape(each) for each in message.files]
        if include_metadata and message.metadata is not None:
            shape["metadata"] = message.metadata
        if current := self.session(channel.id, message.ts):
            shape["agent_session"] = self._session_shape(current)
        return shape

    def file_shape(self, file: File) -> JSON:
        """Return a file without its shares."""
        return shapes.file_shape(file, f"{self.base_url}files/{file.id}")

    def session(self, channel_id: str, thread_ts: str) -> SessionStatus | None:
        """Return the present status of a thread's agent session; `processing` expires."""
        history = self.sessions.get((channel_id, thread_ts))
        if not history:
            return None
        last = history[-1]
        if last.status == "processing" and self.clock.now() - last.at > PROCESSING_LASTS:
            return SessionStatus("active", last.title, last.at + PROCESSING_LASTS)
        return last

    def set_session(self, channel: Channel, root: Message, status: str, title: str) -> None:
        """Record a status; the root's event tells that something changed."""
        before = self.shape(channel, root)
        history = self.sessions.setdefault((channel.id, root.ts), [])
        history.append(SessionStatus(status, title, self.clock.now()))
        self._tell_root_changed(channel, root, before)

    def _session_shape(self, session: SessionStatus) -> JSON:
        mine = {"agent_bot_user_id": self.bot.user_id, "status": session.status}
        return {
            "status": session.status,
            "title": session.title,
            "agent_bot_user_ids": [self.bot.user_id],
            "agent_statuses": [mine | {"is_stoppable": session.status == "processing"}],
        }

    def react(self, channel: Channel, message: Message, user_id: str, name: str) -> None:
        """Put somebody's reaction on a message; the app hears of it, of its own too."""
        message.reactions.setdefault(name, []).append(user_id)
        at, place = channel.stamp(self.clock.now()), (channel.id, message.ts)
        self.hear(channel, events.reaction_added(user_id, name, place, message.user, at))

    def unreact(self, message: Message, user_id: str, name: str) -> None:
        """Take somebody's reaction away."""
        message.reactions[name].remove(user_id)
        if not message.reactions[name]:
            del message.reactions[name]

    def hear(self, channel: Channel, event: JSON) -> None:
        """Tell the app of an event in a channel, if the bot is in it."""
        if self.bot.user_id in channel.members:
            self._tell(event)

    def add_member(self, channel: Channel, user_id: str) -> None:
        """Let somebody into a channel; being there already is no event."""
        if user_id not in channel.members:
            channel.members.append(user_id)
            self.hear(channel, self._membership("member_joined_channel", channel, user_id))

    def remove_member(self, channel: Channel, user_id: str) -> None:
        """Take somebody out of a channel; the bot hears of its own removal, and of no more."""
        if user_id in channel.members:
            self.hear(channel, self._membership("member_left_channel", channel, user_id))
            channel.members.remove(user_id)

    def _membership(self, kind: str, channel: Channel, user_id: str) -> JSON:
        ts = channel.stamp(self.clock.now())
        event = {"type": kind, "user": user_id, "channel": channel.id, "channel_type": "C"}
        return event | {"team": self.bot.team_id, "event_ts": ts}

    def archive(self, channel: Channel, user_id: str) -> None:
        """Archive a channel in somebody's name."""
        channel.is_archived = True
        ts = channel.stamp(self.clock.now())
        event = {"type": "channel_archive", "channel": channel.id, "user": user_id}
        self.hear(channel, event | {"event_ts": ts})

    def move_channel(self, channel: Channel, new_id: str) -> None:
        """Give a channel a new id; the old one is unknown from then on."""
        old_id = channel.id
        self.channels[new_id] = self.channels.pop(old_id)
        channel.id = new_id
        for message in channel.messages.values():
            message.channel = new_id
        for place in [place for place in self.sessions if place[0] == old_id]:
            self.sessions[new_id, place[1]] = self.sessions.pop(place)
        ts = channel.stamp(self.clock.now())
        event = {"type": "channel_id_changed", "old_channel_id": old_id, "event_ts": ts}
        self.hear(channel, event | {"new_channel_id": new_id})

    def _tell_posted(self, channel: Channel, message: Message) -> None:
        shape = self.shape(channel, message)
        subtype = {"subtype": "file_share"} if message.files else {}
        self.hear(channel, events.placed(channel, shape | subtype))
        mentioned = f"<@{self.bot.user_id}>" in message.text and not message.from_bot
        if mentioned and channel.kind != "im":
            self.hear(channel, events.app_mention(channel, shape))

    def _tell_root_changed(self, channel: Channel, root: Message, before: JSON) -> None:
        ts = channel.stamp(self.clock.now())
        new = self.shape(channel, root)
        self.hear(channel, events.message_changed(channel, ts=ts, new=new, old=before))
