"""The things of a workspace: people, channels, messages, files. Values; the rules are elsewhere."""

from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.slack.wire import JSON

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bot:
    """Our app's identity in the workspace."""

    team_id: str
    user_id: str = "U0NEOBOT"
    bot_id: str = "B0NEOBOT"
    app_id: str = "A0SANDBOX"
    name: str = "neo"
    domain: str = "sandbox"


@dataclass(slots=True)
class User:
    """A person, or the bot's own user."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    team_id: str = ""
    """The workspace of a person of another organisation, in a channel shared with it."""


@dataclass(frozen=True, slots=True)
class Share:
    """Where a file was shown."""

    channel: str
    ts: str
    thread_ts: str | None


@dataclass(slots=True)
class File:
    """A file between the first step of its upload and its sharing."""

    id: str
    name: str
    length: int
    snippet_type: str = ""
    title: str = ""
    user: str = ""
    """Who uploaded it."""
    content: bytes | None = None
    """None until the bytes are uploaded."""
    shares: list[Share] = field(default_factory=list[Share])


@dataclass(frozen=True, slots=True)
class Edit:
    """The last edit: its author (a bot id for an app's update) and its time."""

    user: str
    ts: str


@dataclass(slots=True, eq=False)
class Message:
    """One message with its whole story; a deleted one stays here and leaves the wire."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[JSON] = field(default_factory=list[JSON])
    thread_ts: str | None = None
    """The root's `ts` for a reply, None for a root or an unthreaded message."""
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list[File])
    from_bot: bool = False
    edited: Edit | None = None
    edits: int = 0
    deleted: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Users by reaction name."""
    replies: list["Message"] = field(default_factory=list["Message"])
    """Deleted ones too."""

    def live_replies(self) -> list["Message"]:
        """Return the replies that are still there, oldest first."""
        return [reply for reply in self.replies if not reply.deleted]


@dataclass(slots=True, eq=False)
class Channel:
    """A channel or a direct message."""

    id: str
    name: str
    kind: Literal["channel", "im"] = "channel"
    members: list[str] = field(default_factory=list[str])
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    """By `ts`, oldest first: roots, replies and deleted ones."""
    last_stamp: int = 0
    """Microseconds of the newest `ts` given out."""

    def stamp(self, now: float) -> str:
        """Return a new `ts`, later than every other of this channel."""
        self.last_stamp = max(int(now * MICROSECONDS), self.last_stamp + 1)
        seconds, micros = divmod(self.last_stamp, MICROSECONDS)
        return f"{seconds}.{micros:06d}"


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """A message that one person saw."""

    channel: str
    user: str
    ts: str
    text: str
    blocks: list[JSON]
    thread_ts: str | None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One `agents.sessions.setStatus` or rename, at `at` seconds since the epoch."""

    status: str
    title: str
    at: float
