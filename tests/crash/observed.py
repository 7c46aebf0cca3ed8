"""What a run left behind, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.audit.record import AuditKind
from crash.deeds import Word


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot. `at`: when it was posted or last edited, in epoch seconds."""

    key: str
    text: str
    at: float = 0.0
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One user event that Neo accepted: its type, its words, and the request that it decides."""

    type: str
    words: str = ""
    request: str = ""
    at: float = 0.0
    ok: bool = False
    """Of a confirmation: whether it approves."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an agent asked, and how many people have to agree; a question has no yes."""

    id: str
    quorum: int = 1
    question: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """One record of the audit."""

    kind: AuditKind
    who: str = ""
    task: str = ""
    request: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One task: what its agent said and asked, what it was told, and what its thread shows."""

    start: str
    said: tuple[str, ...] = ()
    """The agent's texts in order; each begins with a token of its own."""
    files: tuple[str, ...] = ()
    """What is too long for a message: texts and diffs."""
    requests: tuple[Request, ...] = ()
    told: tuple[Told, ...] = ()
    shown: tuple[Shown, ...] = ()
    status: str = "active"
    """Slack's own status of the thread."""
    id: str = ""
    mode: str = ""
    """How freely it runs."""
    wished: str = ""
    """The same as somebody wanted it, if anybody did."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a run left behind.

    `starts` and `words` are what people said, by whether it certainly counts: what Slack did not
    tell them was taken may have been, once at most.
    """

    starts: Mapping[str, bool] = field(default_factory=dict[str, bool])
    words: Mapping[str, bool] = field(default_factory=dict[str, bool])
    tasks: Sequence[Task] = ()
    elsewhere: Sequence[Shown] = ()
    """The bot's messages in no task's thread."""
    repeated: Sequence[Told] = ()
    """User events that were sent once more after Neo had accepted them."""
    keys: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    """Every key in the store by its remaining seconds; None: permanent."""
    inbox: int = 0
    dead: int = 0
    exits: Sequence[int] = ()
    """Exit codes of bridges that were stopped in order."""
    odd_ends: Sequence[int] = ()
    """Exit codes of bridges that nobody ended."""
    stale_writes: int = 0
    """Writes of an owner that were made after another bridge had the lease."""
    given: Sequence[Word] = ()
    """Every yes and no of people."""
    taken_back: Mapping[str, float] = field(default_factory=dict[str, float])
    """Until when yeses to a request count no more: who gave them was told so."""
    audit: Sequence[Noted] = ()
    audit_break: str = ""
    """Where the audit's chain is broken, if it is."""
    stuck: str = ""
    """What did not happen in time."""
    stale_calls: Sequence[float] = ()
    """When a bridge that had been stopped made calls before it could know better."""
