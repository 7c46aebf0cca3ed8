"""Web API calls as data: a closed union named after the methods. Building one sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.ids import Ts, UserId

Block = Mapping[str, object]
"""One Block Kit block, as JSON."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows: blocks, and the plain `text` for notifications and old clients."""

    text: str
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class ChatPostMessage:
    """Creates a message. `key` makes it findable after a lost answer (message metadata)."""

    channel: str
    content: Content
    thread_ts: Ts | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class ChatUpdate:
    """Changes a message in place; nobody is notified. `key` keeps its metadata."""

    channel: str
    ts: Ts
    content: Content
    key: str = ""


@dataclass(frozen=True, slots=True)
class ChatPostEphemeral:
    """Shows a message to one person; it is gone when they reload."""

    channel: str
    user: UserId
    content: Content
    thread_ts: Ts | None = None


@dataclass(frozen=True, slots=True)
class ReactionsAdd:
    """Adds a reaction; being there already counts as done."""

    channel: str
    ts: Ts
    name: str


@dataclass(frozen=True, slots=True)
class ReactionsRemove:
    """Removes our reaction; not being there counts as done."""

    channel: str
    ts: Ts
    name: str


@dataclass(frozen=True, slots=True)
class ConversationsOpen:
    """Opens the direct message with a person; the answer's channel is in `Sent.channel`."""

    user: UserId


@dataclass(frozen=True, slots=True)
class FilesGetUploadUrl:
    """First step of a file: the answer has `Sent.file_id` and `Sent.upload_url`."""

    filename: str
    length: int
    snippet_type: str = ""


@dataclass(frozen=True, slots=True)
class FilesUploadBytes:
    """Second step: the bytes, to the URL of the first; repeating it does no harm."""

    upload_url: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FilesCompleteUpload:
    """Third step: shares the file in a thread, which creates a message."""

    file_id: str
    title: str
    channel: str
    thread_ts: Ts | None = None


@dataclass(frozen=True, slots=True)
class AgentsSessionsSetStatus:
    """Slack's native agent status: `processing`, `suspended`, `active` or `closed`.

    Without a `title` the session keeps the one that it has.
    """

    channel: str
    thread_ts: Ts
    status: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class AgentsSessionsRename:
    """Changes the title of a thread's agent session, which must exist."""

    channel: str
    thread_ts: Ts
    title: str


@dataclass(frozen=True, slots=True)
class ViewsOpen:
    """Opens a modal for whoever did what the trigger is of; the answer has `Sent.view_id`.

    A trigger is good once, for three seconds.
    """

    trigger_id: str
    view: Block


@dataclass(frozen=True, slots=True)
class ViewsUpdate:
    """Shows something else in a modal that is still open.

    `name`: the `external_id` that we gave it, for one whose id Slack did not tell in time.
    """

    view_id: str
    view: Block
    name: str = ""


SlackOp = (
    ChatPostMessage
    | ChatUpdate
    | ChatPostEphemeral
    | ReactionsAdd
    | ReactionsRemove
    | ConversationsOpen
    | FilesGetUploadUrl
    | FilesUploadBytes
    | FilesCompleteUpload
    | AgentsSessionsSetStatus
    | AgentsSessionsRename
    | ViewsOpen
    | ViewsUpdate
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a call answered; a field is empty where the method has no such thing.

    `ts` is the message's; `edited_ts` the time of an update by Slack's clock, where it says so.
    """

    ts: Ts = Ts("")
    channel: str = ""
    file_id: str = ""
    upload_url: str = ""
    edited_ts: Ts = Ts("")
    view_id: str = ""


class Priority(IntEnum):
    """Who goes first when Slack's limits make calls wait; lower goes first."""

    DECISION = 0
    """Approval cards, and how a turn ended."""
    ANSWER = 1
    TEXT = 2
    PROGRESS = 3
    REACTION = 4
