"""Names of things on both networks, and the one place where composite ids are made and parsed."""

from typing import NewType

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import MalformedInput

TaskId = NewType("TaskId", str)
"""A Neo task, as Neo names it."""

EventId = NewType("EventId", str)
"""One event of a task's stream; the cursor is the last one delivered."""

ApprovalRequestId = NewType("ApprovalRequestId", str)
"""The `id` of a `user_approval_request`, returned to Neo as `approval_request_id`."""

Ts = NewType("Ts", str)
"""A Slack timestamp such as `1700000000.000100`: a string always, never a float."""

UserId = NewType("UserId", str)
"""A Slack user, `U...` or `W...`."""

Installation = NewType("Installation", str)
"""A workspace installation: the enterprise id of an org-wide install, else the team id."""

_LONGEST_NUMBER = 12
"""Digits: the seconds of a Slack timestamp have ten, turns and fractions fewer."""

BUTTON_VALUE_LIMIT = 2000
"""Characters of a button's `value` (Slack's Block Kit reference)."""


MOST_NUMBERED = 100_000
"""The largest number that a button of ours carries."""


class ThreadRef(BaseModel):
    """One Slack thread: a channel and the `ts` of the thread's root."""

    model_config = ConfigDict(frozen=True)

    channel: str
    root: Ts

    def key(self) -> str:
        """Return the thread as one word for a store key, `C1:1700000000.000100`."""
        return f"{self.channel}:{self.root}"

    @classmethod
    def parse(cls, key: str) -> "ThreadRef":
        """Read `key()` back.

        Raises `MalformedInput` for anything else.
        """
        channel, colon, root = key.rpartition(":")
        if not (channel and colon and root):
            raise MalformedInput(f"not a thread: {key!r}")
        return cls(channel=channel, root=Ts(root))


class ButtonValue(BaseModel):
    """What one of our buttons carries: opaque to Slack, untrusted when it comes back."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    thread: str = Field(alias="t")
    subject: str = Field(alias="s")
    digest: str = Field(default="", alias="d")
    number: int = Field(default=0, alias="n", ge=0, le=MOST_NUMBERED)
    """Which page, or which of the answers that are offered."""
    home: bool = Field(default=False, alias="h")
    """Whether who uses it looks at their Home tab, and at no thread."""

    def encode(self) -> str:
        """Return the value for Slack, at most `BUTTON_VALUE_LIMIT` characters."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @classmethod
    def decode(cls, value: str) -> "ButtonValue":
        """Read a clicked button's value.

        Raises `MalformedInput` when it is not one of ours.
        """
        try:
            return cls.model_validate_json(value)
        except ValidationError:
            raise MalformedInput("a button came back with a value that is not ours") from None


def ts_seconds(ts: str) -> float:
    """Return a Slack timestamp as seconds since the epoch; a malformed one is 0, long ago."""
    try:
        return float(ts)
    except ValueError:
        return 0.0


def ts_of(seconds: float) -> Ts:
    """Return seconds since the epoch as a Slack timestamp."""
    return Ts(f"{seconds:.6f}")


def number_in(text: str) -> int:
    """Return the number that at most twelve digits say; 0 for any other text.

    `int` alone refuses superscripts, which are digits too, and numbers of thousands of digits.
    """
    return int(text) if len(text) <= _LONGEST_NUMBER and text.isdecimal() else 0
