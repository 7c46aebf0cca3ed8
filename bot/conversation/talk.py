"""What people said in one thread and what Neo has been told of it, as one durable document.

Written by the conversation alone; `Told` is its excerpt for the outbound side. Instants are the
timestamps of our user events, in seconds since the epoch with millisecond precision; other times
are seconds by the store's clock.
"""

from bot.ids import ApprovalRequestId, TaskId, ThreadRef, Ts, UserId
from bot.view import Model, Resolution, Told, View

SAID_KEPT = 50
"""How many of our own instants are remembered, to know our echoes by."""


AMENDED_KEPT = 20
"""How many edits and deletions are remembered, for messages that come after them."""


class Item(Model):
    """One message that waits, readable, with who wrote it."""

    ts: Ts
    user: UserId
    text: str
    edited_ts: Ts = Ts("")
    opens: bool = False
    """Whether it was said to the bot: what people say to each other starts no task."""
    mark: str = ""
    """Our reaction on it, to be taken away when Neo has it."""


class Amended(Model):
    """What became of a message: its latest text, empty when it was deleted."""

    ts: Ts
    edited_ts: Ts = Ts("")
    text: str = ""

    def of(self, item: Item) -> Item | None:
        """Return `item` as it is now; None when it is gone."""
        if item.ts != self.ts:
            return item
        if not self.text:
            return None
        if ts_order(self.edited_ts) < ts_order(item.edited_ts):
            return item  # edits can overtake each other
        return item.model_copy(update={"text": self.text, "edited_ts": self.edited_ts})


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

    @property
    def is_uncertain(self) -> bool:
        """Whether the last call's outcome is not known."""
        return self.sent_at is not None and not self.accepted


class Start(Write):
    """The creation of the task. `failed` is a sentence: it waits for *Try again*."""

    items: tuple[Item, ...]
    failed: str = ""
    insisted: bool = False
    """A person wants another try though a task may have been created: look once, then send."""


class Batch(Write):
    """Everything that waited when the agent came to rest, as one message."""

    items: tuple[Item, ...]


class PendingDecision(Write):
    """A decision that won, until Neo has it."""

    request_id: ApprovalRequestId
    user: UserId
    ok: bool
    instructions: str = ""
    decided_at: float

    def resolution(self) -> Resolution:
        """Return the decision as a card shows it."""
        return Resolution(ok=self.ok, by=self.user, instructions=self.instructions)


class PendingStop(Write):
    """A stop aimed at one turn; it ends with that turn."""

    turn: int
    user: UserId
    attempts: int = 0
    asked_at: float


class Held(Model):
    """A reply that was not taken as an answer; the owner may send it as one."""

    item: Item
    request_id: ApprovalRequestId
    digest: str


class Talk(Model):
    """The whole document."""

    v: int = 1
    thread: ThreadRef
    owner: UserId
    """Who started the task: the one who decides and stops."""
    task_id: TaskId | None = None
    start: Start | None = None
    attempts: int = 0
    """How often a start was begun; each gets its own note when it fails."""
    caught_up: bool = False
    """Whether the replies were read that may have overtaken the message that started it all."""
    queue: tuple[Item, ...] = ()
    batch: Batch | None = None
    decisions: tuple[PendingDecision, ...] = ()
    stop: PendingStop | None = None
    late: tuple[Item, ...] = ()
    """Found in the history after a gap; their authors were asked whether they still count."""
    held: tuple[Held, ...] = ()
    amended: tuple[Amended, ...] = ()
    speakers: tuple[UserId, ...] = ()
    said: tuple[float, ...] = ()
    place: ThreadRef | None = None
    """Where the thread goes on after its first place was lost."""
    moves: int = 0
    """How often it went on, elsewhere or again in the same place."""

    @property
    def has_begun(self) -> bool:
        """Whether there is a task, or something that may start one."""
        return bool(self.task_id or self.start or self.queue or self.late)

    def told(self) -> Told:
        """Return what the outbound side needs to know."""
        place = self.place
        return Told(
            said=self.said,
            stopping=self.stop.turn if self.stop else 0,
            decisions={d.request_id: d.resolution() for d in self.decisions},
            channel=place.channel if place else "",
            root=place.root if place else Ts(""),
            moves=self.moves,
        )

    def next_instant(self, now: float) -> float:
        """Return a timestamp in whole milliseconds, later than every one before."""
        this = round(now, 3)
        last = max(self.said, default=0.0)
        return this if this > last else round(last + 0.001, 3)

    def with_said(self, instant: float, **changes: object) -> "Talk":
        """Return the talk with one more instant of ours, and `changes`."""
        said = (*self.said, instant)[-SAID_KEPT:]
        return self.model_copy(update={**changes, "said": said})

    def moved_to(self, place: ThreadRef) -> "Talk":
        """Return the talk as it goes on in `place`, which may be where it was before."""
        return self.model_copy(update={"place": place, "moves": self.moves + 1})

    def with_speaker(self, user: UserId) -> "Talk":
        """Return the talk knowing that `user` speaks in this thread."""
        if user in self.speakers:
            return self
        return self.model_copy(update={"speakers": (*self.speakers, user)})

    def is_busy(self, view: View | None) -> bool:
        """Whether a message must wait: the agent works or asks, or our last one is under way."""
        if self.task_id is None or view is None or view.state != "idle":
            return True
        instant = self.last_message_instant
        return instant is not None and not view.has_echoed(instant)

    @property
    def last_message_instant(self) -> float | None:
        """Return when the last message that went to Neo was stamped."""
        write = self.batch or self.start
        return write.instant if write else None

    def rests(self, view: View | None) -> bool:
        """Whether there is nothing left to do for this side."""
        waiting_start = self.start is not None and self.task_id is None and not self.start.failed
        behind = self.task_id is not None and not self.caught_up
        unsent = self.batch is not None and not self.batch.accepted
        at_work = waiting_start or behind or unsent or self.decisions or self.stop
        return not at_work and (not self.queue or self.is_busy(view))


def ts_order(ts: str) -> tuple[int, int]:
    """Return a Slack timestamp as numbers: as text, an 11-digit second would come first."""
    seconds, _, fraction = ts.partition(".")
    return (
        int(seconds) if seconds.isdecimal() else 0,
        int(fraction) if fraction.isdecimal() else 0,
    )
