"""What is on its way to Neo, as it is stored: messages, decisions, stops and wishes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from bot.conversation.items import Item
from bot.documents import Model
from bot.entities import Entity
from bot.ids import ApprovalRequestId, Ts, UserId
from bot.neo.wire import ApprovalMode, PermissionMode
from bot.view import Resolution

NOT_SENT: Mapping[str, object] = MappingProxyType({"sent_at": None, "deadline": 0.0})
"""Changes of a write of which no call is under way."""


class Write(Model):
    """One user event on its way to Neo: its bytes never change, a resend repeats them."""

    body: str
    instant: float
    sent_at: float | None = None
    """When the last call went out whose outcome is not known; None when none did."""
    deadline: float = 0.0
    """Until when that call can still take effect."""
    accepted: bool = False
    doubted: bool = False
    """Whether the outcome of some call was not known: a later refusal may come from that one."""
    accepted_at: float = 0.0
    """When Neo had taken it, in seconds since the epoch."""
    echo_waived: bool = False
    """Its echo was waited for long enough: what comes after it need not wait any more."""

    @property
    def is_uncertain(self) -> bool:
        """Whether the last call's outcome is not known."""
        return self.sent_at is not None and not self.accepted

    def as_accepted(self, now: float) -> Self:
        """Return the write after Neo took it, at `now` in seconds since the epoch."""
        return self.model_copy(update={"accepted": True, "accepted_at": now})


class Message(Write):
    """What people said, on its way as one message."""

    items: tuple[Item, ...]
    until: Ts = Ts("")
    """Up to which message of the thread Neo knows what was said, once it has this; or empty."""
    entities: tuple[Entity, ...] = ()
    """What it adds to the task's context."""


class Start(Message):
    """The creation of the task. `failed` is a sentence: it waits for *Try again*."""

    failed: str = ""
    told: bool = False
    """Whether it was said in the thread why it failed."""
    insisted: bool = False
    """A person wants another try though a task may have been created: look once, then send."""
    source_refused: bool = False
    """Neo did not let the task say that it comes from Slack."""


class Batch(Message):
    """Everything that waited when the agent came to rest, as one message."""


class PendingDecision(Write):
    """A decision that won, until Neo has it."""

    request_id: ApprovalRequestId
    entry: str = ""
    """The inbox entry that brought it."""
    user: UserId
    ok: bool
    instructions: str = ""
    decided_at: float
    also: tuple[UserId, ...] = ()
    """Who else approved, where it took several."""
    busy: bool = False
    """Whether Neo has answered that it is too busy to take it."""
    failed: str = ""
    """Why it does not come to be, in a sentence: never sent again, and to be told."""
    outcome: str = ""
    """The same as the audit's word."""

    def resolution(self) -> Resolution:
        """Return the decision as a card shows it."""
        by, also, said = self.user, self.also, self.instructions
        return Resolution(ok=self.ok, by=by, also=also, instructions=said, busy=self.busy)


class PendingStop(Write):
    """A stop aimed at one turn; it ends with that turn."""

    turn: int
    user: UserId
    force: bool = False
    """Kill the task's runtime instead of asking the agent."""
    attempts: int = 0
    asked_at: float
    """By this machine's clock."""
    offered: bool = False
    """Whether it was said that the turn goes on all the same."""
    failed: str = ""
    """Why Neo did not take it, in a sentence: given up, and to be told."""


class Share(Model):
    """The owner's wish that the members of the organisation may read the task."""

    user: UserId
    entry: str
    """The inbox entry that brought it."""
    asked_at: float


class Wish(Model):
    """What somebody wants a task to be; None, or an empty title, leaves it as it is."""

    user: UserId
    entry: str
    """The inbox entry that brought it."""
    asked_at: float
    approval_mode: ApprovalMode | None = None
    permission_mode: PermissionMode | None = None
    title: str = ""
    sent: bool = False
    """Whether Neo may have been asked for it."""

    @property
    def is_of_modes(self) -> bool:
        """Whether it is about what Neo may do without asking."""
        return bool(self.approval_mode or self.permission_mode)
