"""Slack payloads as a small closed union. Pure: values in, values out.

What is stored in the inbox is one of these, as JSON with a version `v`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.ids import ThreadRef, Ts, UserId


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True)

    v: int = 1


class Heard(_Input):
    """A person's message. `text` is as Slack sent it: escaped, with mention tokens."""

    kind: Literal["heard"] = "heard"
    thread: ThreadRef
    user: UserId
    ts: Ts
    text: str
    dm: bool = False
    mentions_bot: bool = False
    files: tuple[str, ...] = ()
    found_late: bool = False
    """Read from the history after a gap in intake, not delivered as it was said."""


class Edited(_Input):
    """A person changed the text of message `ts`; `edited_ts` tells the edits apart."""

    kind: Literal["edited"] = "edited"
    thread: ThreadRef
    user: UserId
    ts: Ts
    edited_ts: Ts
    text: str


class Deleted(_Input):
    """Message `ts` was deleted; when it is the root, the thread is gone."""

    kind: Literal["deleted"] = "deleted"
    thread: ThreadRef
    ts: Ts


class Clicked(_Input):
    """A person clicked one of our buttons. `value` is untrusted until decoded."""

    kind: Literal["clicked"] = "clicked"
    thread: ThreadRef
    user: UserId
    action_id: str
    value: str
    message_ts: Ts
    action_ts: Ts


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


SlackInput = Annotated[
    Heard | Edited | Deleted | Clicked | ChannelMoved | ChannelClosed,
    Field(discriminator="kind"),
]

SLACK_INPUT: TypeAdapter[SlackInput] = TypeAdapter(SlackInput)
"""Reads an inbox entry back (`validate_json`)."""


class Received(BaseModel):
    """One parsed payload and the marks by which a second delivery of it is recognised."""

    model_config = ConfigDict(frozen=True)

    input: SlackInput
    marks: tuple[str, ...]


class Unsupported(BaseModel):
    """A payload we do not act on, and why: acked, counted, not stored."""

    model_config = ConfigDict(frozen=True)

    reason: str
