"""What hearing somebody makes the conversation do in Slack, as data."""

from dataclasses import dataclass

from bot.ids import Ts, UserId
from bot.slack.inbound import Clicked, Heard
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Block, Content

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
    """Tell one person something in private, where they spoke; best effort.

    `root` is empty where there is no thread yet: Slack shows such a message only in threads that
    have replies. With a `key` it is no courtesy: where it cannot be told in private it is posted
    into the thread, once for that key.
    """

    user: UserId
    text: Mrkdwn
    channel: str
    root: Ts
    blocks: tuple[Block, ...] = ()
    key: str = ""
    direct: bool = False
    """As a direct message: they look at no channel."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Post a message into the thread, once for `key`."""

    key: str
    content: Content


Effect = React | Unreact | Whisper | Tell


def must_arrive(effect: Effect) -> bool:
    """Whether the effect is delivered before its inbox entry is finished; others are courtesies."""
    return isinstance(effect, Tell) or (isinstance(effect, Whisper) and bool(effect.key))


def to_author(heard: Heard, text: Mrkdwn, *, surely: bool = False) -> Whisper:
    """Return a private sentence to whoever said something, where they said it.

    `surely`: nothing else tells them what became of it, so it is no courtesy.
    """
    place = heard.said_in or heard.thread
    root = Ts("") if heard.ts == place.root else place.root
    key = f"{heard.thread.key()}/told/{heard.ts}" if surely else ""
    return Whisper(heard.user, text, place.channel, root, key=key)


def to_clicker(clicked: Clicked, text: Mrkdwn) -> Whisper:
    """Return a private sentence to whoever clicked, where they look."""
    root = clicked.thread.root
    in_thread = clicked.message_ts != root
    return Whisper(
        clicked.user,
        text,
        clicked.thread.channel,
        root if in_thread else Ts(""),
        direct=clicked.in_home,
    )
