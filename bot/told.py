"""What the inbound side tells the outbound side of a conversation, as one durable document."""

from pydantic import Field

from bot.documents import Document, Model
from bot.ids import ApprovalRequestId, TaskId, Ts
from bot.view import Asker, Resolution


class Renamed(Model):
    """The title that somebody here gave the task last, and how often that was done."""

    title: str = ""
    times: int = 0


class Left(Model):
    """The tasks that a thread was about before this one, and how many turns they had together."""

    tasks: tuple[TaskId, ...] = ()
    turns: int = 0


class Doubted(Model):
    """A decision taken here of which Neo never told whether it has it: it may show it yet."""

    instant: float
    request_id: ApprovalRequestId
    how: Resolution


class Told(Document):
    """What the inbound side tells the outbound side. Written by the conversation alone."""

    said: tuple[float, ...] = ()
    """Timestamps of our own user events: an echo that is not among them was typed elsewhere."""
    asker: Asker = Asker()
    """Whose words the last message of ours was."""
    stopping: int = 0
    """The turn that somebody asked to stop; 0 for none."""
    decisions: dict[str, Resolution] = Field(default_factory=dict[str, Resolution])
    """Decisions taken here, by approval request id."""
    doubted: tuple[Doubted, ...] = ()
    channel: str = ""
    root: Ts = Ts("")
    """Where the thread goes on, when its first place is gone; empty while it is not."""
    moves: int = 0
    """How often it went on, elsewhere or again in the same place: each time heals one loss."""
    quiet: bool = False
    """Whether Neo hears only what mentions the bot."""
    shared: bool = False
    """Whether the task was shared read-only from here."""
    renamed: Renamed = Renamed()
    left: Left = Left()
    gone: int = 0
    """The turn in which Neo said that it knows the task no more; 0 for none."""
    stacks: tuple[str, ...] = ()
    """The stacks that people named, as `project/stack`."""
