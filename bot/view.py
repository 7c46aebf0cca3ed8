"""What a thread shows of its task, as one durable document. Written by the relay alone.

`render` moves it forward, one event at a time; `conversation` reads it to know whether the agent is
idle, running or waiting. Times are seconds since the epoch; a `Card` is one message of ours that is
edited in place: `version` is what it should show, `shown` what Slack has been told last. What was
asked is described in `bot.asked`, and imported from here.
"""

from enum import StrEnum

from bot.asked import Approval, Asker, Card, Excerpt, FileChange, FilesLeft, Resolution
from bot.documents import Document, Model
from bot.ids import EventId, TaskId, UserId

__all__ = [
    "ECHOES_KEPT",
    "EXPIRY",
    "PAST_KEPT",
    "SAME_INSTANT",
    "Approval",
    "Asker",
    "Card",
    "Excerpt",
    "FileChange",
    "FilesLeft",
    "Outcome",
    "Resolution",
    "RunningTool",
    "Todo",
    "Turn",
    "TurnState",
    "View",
]

ECHOES_KEPT = 50
"""How many echoes of our own user events are remembered; few are open at a time."""

PAST_KEPT = 5
"""How many ended turns are kept until Slack shows that they ended; more mean that it cannot."""


EXPIRY = UserId("expiry")
"""Stands in the place of a person where nobody decided in time."""


class TurnState(StrEnum):
    """Where the agent stands: `user_message` goes out in IDLE only."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"


class Outcome(StrEnum):
    """How a turn ended."""

    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Todo(Model):
    """One line of the agent's to-do list; `status` is Neo's word, unknown ones read as pending."""

    content: str
    status: str = "pending"


class RunningTool(Model):
    """A tool at work, in words."""

    id: str
    words: str


class Turn(Model):
    """From a user event to the agent's final message."""

    number: int
    started_at: float
    asked: float | None = None
    """The instant of our message that it began with; None where it began with something else."""
    ended_at: float | None = None
    outcome: Outcome | None = None
    todos: tuple[Todo, ...] = ()
    tools: tuple[RunningTool, ...] = ()
    called: tuple[RunningTool, ...] = ()
    """What the agent's last message called: before such a tool runs it may ask."""
    tools_done: int = 0
    tools_failed: int = 0
    note: str = ""
    stopping: bool = False
    stop_taken: bool = False
    """Neo has taken a stop, from wherever it came: there is nothing to take back."""
    booting: bool = False
    """Nothing comes, and Neo says why: its runtime is starting."""
    silent_since: float | None = None
    """Since when Neo's runtime, from which nothing comes, has given no sign of life."""
    card: Card


class View(Document):
    """The whole document. `cursor` and finished event ids move with it in one script."""

    task_id: TaskId
    owner: str
    console_url: str = ""
    title: str = ""
    asker: Asker = Asker()
    """Who wants what, by the last message that Neo got."""
    turn: Turn | None = None
    past: tuple[Turn, ...] = ()
    """Turns that ended and were followed by another before their card could show it."""
    approvals: tuple[Approval, ...] = ()
    echoes: tuple[float, ...] = ()
    cursor: EventId | None = None
    last_event_at: float = 0.0
    unreachable: str = ""
    """Slack's word for why this thread can't be posted to any more; empty when it can."""
    moves: int = 0
    """How many of the thread's moves (`Told.moves`) this view has gone along with."""
    quiet: bool = False
    """Whether Neo hears only what mentions the bot, as the menu shows it."""
    shared: bool = False
    """Whether the task was shared read-only from here: then no card offers that any more."""
    paused_by: str = ""
    """The admin who has paused all approvals of the workspace; empty while they are not."""
    renames: int = 0
    """How many renamings from here (`Told.renamed`) the title has gone along with."""
    turns_before: int = 0
    """How many turns the thread had before this task: their numbers are not used again."""
    offers: tuple[str, ...] = ()
    """The modes that the task may be given: Neo's words for those that it does not have."""
    facts: tuple[str, ...] = ()
    """What Neo tells of the task beside its events, in words: an unusual status or mode."""
    stacks: tuple[str, ...] = ()
    """The stacks that Neo ever added to the task's context, as `project/stack`."""

    @property
    def state(self) -> TurnState:
        """Where the agent stands, as the events say (a task's own `status` does not)."""
        if self.turn is None or self.turn.ended_at is not None:
            return TurnState.IDLE
        if self.open_approvals:
            return TurnState.WAITING
        return TurnState.RUNNING

    @property
    def open_approvals(self) -> tuple[Approval, ...]:
        """Return what waits for a person."""
        return tuple(a for a in self.approvals if a.is_open)

    def approval(self, request_id: str) -> Approval | None:
        """Return one approval, open or just closed."""
        return next((a for a in self.approvals if a.request_id == request_id), None)

    def has_echoed(self, instant: float) -> bool:
        """Whether our user event with this timestamp came back on the stream."""
        return any(abs(echo - instant) < SAME_INSTANT for echo in self.echoes)

    def with_turn(self, **changes: object) -> "View":
        """Return the view with its turn changed and its card due; without a turn, unchanged."""
        if self.turn is None:
            return self
        card = changes.pop("card", None) or self.turn.card.changed()
        turn = self.turn.model_copy(update={**changes, "card": card})
        return self.model_copy(update={"turn": turn})

    def with_signs(self, *, booting: bool = False, silent_since: float | None = None) -> "View":
        """Return the view with what is known of the runtime, by default nothing to worry about.

        Unchanged where that was known, or no turn is under way.
        """
        turn = self.turn
        if turn is None or turn.ended_at is not None:
            return self
        if (turn.booting, turn.silent_since) == (booting, silent_since):
            return self
        return self.with_turn(booting=booting, silent_since=silent_since)

    def with_approval(self, changed: Approval) -> "View":
        """Return the view with one approval replaced."""
        approvals = tuple(
            changed if a.request_id == changed.request_id else a for a in self.approvals
        )
        return self.model_copy(update={"approvals": approvals})

    def cards(self) -> tuple[Card, ...]:
        """Return every card that exists, approvals first: they matter most."""
        return (*(a.card for a in self.approvals), *(t.card for t in self.turns()))

    def turns(self) -> tuple[Turn, ...]:
        """Return every turn that has a card to keep, the present one last."""
        return (*self.past, self.turn) if self.turn else self.past

    def turn_of(self, key: str) -> Turn | None:
        """Return the turn whose card has this key."""
        return next((t for t in self.turns() if t.card.key == key), None)

    def approval_of(self, key: str) -> Approval | None:
        """Return the approval whose card has this key."""
        return next((a for a in self.approvals if a.card.key == key), None)

    def with_card(self, key: str, **changes: object) -> "View":
        """Return the view with one card changed, wherever it hangs.

        A turn of the past leaves with the change by which Slack has nothing left to show of it.
        """
        if approval := self.approval_of(key):
            card = approval.card.model_copy(update=changes)
            return self.with_approval(approval.model_copy(update={"card": card}))
        if (turn := self.turn_of(key)) is None:
            return self
        changed = turn.model_copy(update={"card": turn.card.model_copy(update=changes)})
        if self.turn and self.turn.card.key == key:
            return self.model_copy(update={"turn": changed})
        past = tuple(changed if t is turn else t for t in self.past)
        return self.model_copy(update={"past": tuple(t for t in past if t.card.stale)})


SAME_INSTANT = 0.0005
"""Seconds within which two timestamps of millisecond precision are the same instant."""
