"""Slack payloads as a small closed union. Pure: values in, values out.

What is stored in the inbox is one of these, as JSON with a version `v`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.documents import refuse_newer
from bot.ids import ApprovalRequestId, ThreadRef, Ts, UserId

VERSION = 3
"""Rises with each change of an input that an older program would misread, or not know."""

LATER = 2
"""That of reactions, expiries, commands about a task and submitted forms, which came later: an
older program would give them up as unreadable, or finish them and decide nothing."""

SHARES = 3
"""That of the command to share a task, which came later still."""


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True)

    v: int = 1
    """The first version that reads it as it is meant."""


class FileRef(BaseModel):
    """A file of a message, as Slack tells of it: `size` in bytes, -1 where it is not told.

    `url` is where its bytes are, for the bot's token alone; empty where Slack keeps them back.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    mimetype: str = ""
    filetype: str = ""
    size: int = -1
    url: str = ""


class Heard(_Input):
    """A person's message. `text` is as Slack sent it: escaped, with mention tokens."""

    kind: Literal["heard"] = "heard"
    thread: ThreadRef
    user: UserId
    ts: Ts
    text: str
    dm: bool = False
    mentions_bot: bool = False
    mentioned_at: Ts = Ts("")
    """When an edit made it a message to the bot; empty where it was one from the beginning."""
    files: tuple[FileRef, ...] = ()
    found_late: bool = False
    """Read from the history after a gap in intake, not delivered as it was said."""
    said_in: ThreadRef | None = None
    """Where it was said, when that was elsewhere: a bare yes or no at the top of a direct message
    answers what waits in `thread`."""


class Edited(_Input):
    """A person changed the text of message `ts`; `edited_ts` tells the edits apart.

    `mentioned_before`: the text it replaces mentioned the bot already, as far as Slack told it.
    """

    kind: Literal["edited"] = "edited"
    thread: ThreadRef
    user: UserId
    ts: Ts
    edited_ts: Ts
    text: str
    dm: bool = False
    mentions_bot: bool = False
    mentioned_before: bool = False
    files: tuple[FileRef, ...] = ()


class Deleted(_Input):
    """Message `ts` was deleted; when it is the root, the thread is gone."""

    kind: Literal["deleted"] = "deleted"
    thread: ThreadRef
    ts: Ts
    of_person: bool = False
    """Whether it certainly was no message of the bot's."""


class Clicked(_Input):
    """A person clicked one of our buttons, chose from a menu, or submitted a form.

    A menu's value is that of the option; a form's `action_id` and `value` are its `callback_id` and
    metadata. `value` is untrusted until decoded.
    """

    kind: Literal["clicked"] = "clicked"
    thread: ThreadRef
    user: UserId
    action_id: str
    value: str
    message_ts: Ts
    """The message that it was clicked on; empty where that was in a view."""
    action_ts: Ts
    view_id: str = ""
    """The modal that it was clicked in, or that was opened for it; empty where there is none."""
    in_home: bool = False
    """Whether it began in the Home tab, where nobody sees what is said in the thread."""
    view_name: str = ""
    """What the modal is called that may have been opened for it: Slack did not answer in time."""
    words: str = ""
    """What was entered in a form."""
    found_late: bool = False
    """Not handled when it came, but put back by the operator later."""

    @property
    def has_modal(self) -> bool:
        """Whether there is a modal in which to answer, or may be one."""
        return bool(self.view_id or self.view_name)


class ChannelMoved(_Input):
    """A channel has a new id (`channel_id_changed`)."""

    kind: Literal["channel_moved"] = "channel_moved"
    old: str
    new: str


class ChannelClosed(_Input):
    """The bot was removed from a channel, or it was archived or deleted."""

    kind: Literal["channel_closed"] = "channel_closed"
    channel: str
    reason: str


class Commanded(_Input):
    """A person's slash command, to be carried out: `text` as Slack sent it, escaped.

    It has no thread: its root message is still to be posted.
    """

    kind: Literal["commanded"] = "commanded"
    channel: str
    user: UserId
    text: str
    channel_name: str = ""


class SessionStopped(_Input):
    """A person pressed Slack's own stop button of the thread's agent session, or typed a stop.

    The button names no turn, but Slack says when it was pressed, `ts`; the command names the `turn`
    that it found at work.
    """

    kind: Literal["session_stopped"] = "session_stopped"
    thread: ThreadRef
    user: UserId
    ts: Ts = Ts("")
    turn: int = 0


class Reacted(_Input):
    """A person put the reaction that means a stop on message `ts`, at the moment `at`.

    Slack does not say which thread the message is in: `thread` has it as a root, and leads to the
    conversation where it is one, or a message of ours.
    """

    kind: Literal["reacted"] = "reacted"
    v: int = LATER
    thread: ThreadRef
    user: UserId
    ts: Ts
    at: Ts


class Expired(_Input):
    """Nobody decided in time, within `after` seconds. Slack says nothing of it: the clock does.

    `digest` is of what was asked: should that have changed, it is another thing that waits.
    """

    kind: Literal["expired"] = "expired"
    v: int = LATER
    thread: ThreadRef
    request_id: ApprovalRequestId
    digest: str
    after: int


class Controlled(_Input):
    """A person typed a command about the task of a thread; what it does not change is empty.

    `turn`: the one that was over when it was typed, 0 for none.
    """

    kind: Literal["controlled"] = "controlled"
    v: int = LATER
    thread: ThreadRef
    user: UserId
    do: Literal["change", "share", "retry", "begin_anew"]
    approval_mode: str = ""
    permission_mode: str = ""
    title: str = ""
    turn: int = 0


InThread = Heard | Edited | Deleted | Clicked | SessionStopped | Reacted | Expired | Controlled
"""What happens in one thread."""

ForConversation = InThread | ChannelMoved | ChannelClosed
"""What a conversation hears of: its thread, and what becomes of its channel."""

SlackInput = Annotated[ForConversation | Commanded, Field(discriminator="kind")]

SLACK_INPUT: TypeAdapter[SlackInput] = TypeAdapter(SlackInput)


def read_input(json: str) -> SlackInput:
    """Return what was stored in the inbox.

    Raises `NewerRecord` where a later version has stored it, and pydantic's `ValidationError`.
    """
    refuse_newer(json, VERSION, "input")
    return SLACK_INPUT.validate_json(json)


class Received(BaseModel):
    """One parsed payload and the marks by which a second delivery of it is recognised."""

    model_config = ConfigDict(frozen=True)

    input: SlackInput
    marks: tuple[str, ...]
    seals: tuple[str, ...] = ()
    """Marks of what must not be taken in any more, if it has not been yet."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command as it arrives, to be answered at once: `text` is escaped by Slack.

    `team` is the workspace of the person; `is_dm`: typed in a direct message, with whomever.
    """

    user: UserId
    channel: str
    channel_name: str
    team: str
    command: str
    text: str
    trigger_id: str
    is_dm: bool

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks by which a second delivery is recognised."""
        return (f"command:{self.trigger_id}",)


class Unsupported(BaseModel):
    """A payload we do not act on, and why: acked, counted, not stored."""

    model_config = ConfigDict(frozen=True)

    reason: str


class Outsider(Unsupported):
    """Somebody of another organisation meant the bot, which does nothing for them but say so.

    `root` is empty where there is no thread yet.
    """

    reason: str = "external user"
    user: UserId
    channel: str
    root: Ts
