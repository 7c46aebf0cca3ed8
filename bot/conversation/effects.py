"""What hearing somebody makes the conversation do in Slack, as data."""

from dataclasses import dataclass

from bot.ids import Ts, UserId
from bot.slack.ops import Content

WAITS = "hourglass_flowing_sand"
"""The reaction on a message that waits for the agent to come to rest."""

SEEN = "eyes"
"""The reaction on the message that starts a task: creating one can take half a minute."""


@dataclass(frozen=True, slots=True)
class React:
    """Mark a message; best effort, doing it twice is the same."""

    ts: Ts
    name: str


@dataclass(frozen=True, slots=True)
class Unreact:
    """Take our mark away."""

    ts: Ts
    name: str


@dataclass(frozen=True, slots=True)
class Whisper:
    """Tell one person something in private; best effort, gone when they reload."""

    user: UserId
    text: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Post a message into the thread, once for `key`."""

    key: str
    content: Content


Effect = React | Unreact | Whisper | Tell


def must_arrive(effect: Effect) -> bool:
    """Whether the effect is delivered before its inbox entry is finished; others are courtesies."""
    return isinstance(effect, Tell)
