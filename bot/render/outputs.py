"""What one event makes the relay do, in order. The relay adds the key: task, event id, index."""

from dataclasses import dataclass

from bot.slack.ops import Content, Priority


@dataclass(frozen=True, slots=True)
class PostText:
    """A message that is never edited."""

    content: Content
    priority: Priority


@dataclass(frozen=True, slots=True)
class PostCard:
    """The first showing of a card; later ones follow its version."""

    key: str
    priority: Priority


@dataclass(frozen=True, slots=True)
class PostFile:
    """A text too long for messages, whole."""

    filename: str
    title: str
    text: str


Output = PostText | PostCard | PostFile
