"""What people said in one thread and what Neo has been told of it, as one durable document.

Written by the conversation alone; `Told` is its excerpt for the outbound side. Instants are the
timestamps of our user events, in seconds since the epoch with millisecond precision; other times
are seconds by the store's clock.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from bot.commands import StartOptions
from bot.conversation.items import Amended, Item, ts_order
from bot.conversation.pending import (
    Batch,
    Message,
    PendingDecision,
    PendingStop,
    Share,
    Start,
    Wish,
)
from bot.documents import Document, Model
from bot.entities import Entity
from bot.ids import ApprovalRequestId, TaskId, ThreadRef, Ts, UserId
from bot.neo.wire import Stack
from bot.slack.chars import one_line
from bot.told import Doubted, Left, Renamed, Told
from bot.view import Asker, TurnState, View

SAID_KEPT = 50
"""How many of our own instants are remembered, to know our echoes by."""


AMENDED_KEPT = 100
"""Of how many messages edits and deletions are remembered, for when they come before them."""

ASKER_LIMIT = 300
"""Characters of a message that a card quotes as what Neo asks for."""

SENT_KEPT = 100
"""How many of the messages that went to Neo are remembered, for edits that come after that."""

EDITS_KEPT = 10
"""How many edits wait for their author's word whether Neo gets them."""

DOUBTED_KEPT = 10
"""How many decisions are remembered that Neo may have, though it never said so."""

KNOWN_KEPT = 100
"""How many of the messages that Neo has are remembered one by one; it has what is older."""


class Held(Model):
    """A reply that was not taken as an answer; the owner may send it as one."""

    item: Item
    request_id: ApprovalRequestId
    digest: str


class Talk(Document):
    """The whole document."""

    NEWEST: ClassVar[int] = 2

    thread: ThreadRef
    owner: UserId
    """Who started the task: the one who decides and stops."""
    task_id: TaskId | None = None
    start: Start | None = None
    attempts: int = 0
    """How often a start was begun; each gets its own note when it fails."""
    options: StartOptions = StartOptions()
    """What the task was started with."""
    known: tuple[Ts, ...] = ()
    """The messages after `known_until` that Neo has."""
    known_until: Ts = Ts("")
    """Neo has, or need not have, everything that was said in the thread up to here."""
    listens_since: Ts = Ts("")
    """What was said up to here was not said to Neo, unless it mentions the bot."""
    entities: tuple[Entity, ...] = ()
    """What was added to the task's context, or refused: each is tried once."""
    caught_up: bool = False
    """Whether the replies were read that may have overtaken the message that started it all."""
    queue: tuple[Item, ...] = ()
    batch: Batch | None = None
    decisions: tuple[PendingDecision, ...] = ()
    doubted: tuple[Doubted, ...] = ()
    stop: PendingStop | None = None
    stopped_at: Ts = Ts("")
    """When the last stop was asked for, by Slack's clock; empty where that is not known."""
    share: Share | None = None
    """Not carried out yet."""
    shared: bool = False
    """Whether the task was shared from here."""
    wishes: tuple[Wish, ...] = ()
    """Not carried out yet, in the order in which they came."""
    renamed: Renamed = Renamed()
    retried: int = 0
    """The failed turn whose message was sent again."""
    left: Left = Left()
    """The tasks that this thread was about before."""
    parting: TaskId | None = None
    """The task that was left last, until the thread is told so."""
    next_by: UserId = UserId("")
    """Whose next message starts a task though it does not mention the bot."""
    late: tuple[Item, ...] = ()
    """Found in the history after a gap; their authors were asked whether they still count."""
    returned: tuple[Item, ...] = ()
    """Said to a turn that was stopped since; to be given back to their authors."""
    held: tuple[Held, ...] = ()
    amended: tuple[Amended, ...] = ()
    sent: tuple[Ts, ...] = ()
    """The messages that Neo took, also those that decided: edits of them come too late."""
    edits: tuple[Item, ...] = ()
    """Edits that came too late; their authors were asked whether Neo gets them."""
    gone: int = 0
    """The turn in which Neo said that it knows the task no more; 0 for none."""
    quiet: bool = False
    """Whether Neo hears only what mentions the bot here."""
    quiet_since: Ts = Ts("")
    """From when on, by Slack's clock; empty where it was so from the beginning."""
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

    @property
    def is_stopping(self) -> bool:
        """Whether Neo is asked to stop, or has been."""
        return self.stop is not None and not self.stop.failed

    def as_stored(self) -> Self:
        """Return it with its version.

        An older program would drop what it does not know: a wish or a forced stop would be lost, a
        decision of which people were told that it failed would go out, an earlier task would come
        back. While there is any of these, it leaves the conversation alone.
        """
        decisions_failed = any(decision.failed for decision in self.decisions)
        forced = self.stop is not None and self.stop.force
        earlier = self.left != Left() or self.parting or self.next_by
        new = self.share or self.wishes or forced or decisions_failed or earlier
        return self.model_copy(update={"v": self.NEWEST if new else 1})

    def view_in(self, fields: Mapping[str, str]) -> View | None:
        """Return what a record of the thread says is shown of this task; None before it is.

        An earlier task of the thread may be shown still.
        """
        view = View.read(fields["view"]) if "view" in fields else None
        return view if view and view.task_id == self.task_id else None

    def told(self) -> Told:
        """Return what the outbound side needs to know."""
        place = self.place
        return Told(
            said=self.said,
            asker=self._asker(),
            stopping=self.stop.turn if self.stop and self.is_stopping else 0,
            doubted=self.doubted,
            decisions={d.request_id: d.resolution() for d in self.decisions},
            channel=place.channel if place else "",
            root=place.root if place else Ts(""),
            moves=self.moves,
            quiet=self.quiet,
            shared=self.shared,
            renamed=self.renamed,
            left=self.left,
            gone=self.gone,
            stacks=tuple(f"{e.project}/{e.name}" for e in self.entities if isinstance(e, Stack)),
        )

    def _asker(self) -> Asker:
        """Return whose words our last message ends with."""
        last = self.last_message
        if last is None or not last.items:
            return Asker()
        item = last.items[-1]
        return Asker(by=item.user, words=one_line(item.text, ASKER_LIMIT), instant=last.instant)

    def next_instant(self, now: float) -> float:
        """Return a timestamp in whole milliseconds, later than every one before."""
        this = round(now, 3)
        last = max(self.said, default=0.0)
        return this if this > last else round(last + 0.001, 3)

    def with_said(self, instant: float, **changes: object) -> "Talk":
        """Return the talk with one more instant of ours, and `changes`."""
        said = (*self.said, instant)[-SAID_KEPT:]
        return self.model_copy(update={**changes, "said": said})

    def without_decision(self, pending: PendingDecision, *, doubted: bool) -> "Talk":
        """Return the talk after a decision was given up; `doubted`: Neo may have it all the same.

        It is known by its instant: somebody may have decided anew.
        """
        kept = tuple(d for d in self.decisions if d.instant != pending.instant)
        if not doubted:
            return self.model_copy(update={"decisions": kept})
        how = pending.resolution()
        one = Doubted(instant=pending.instant, request_id=pending.request_id, how=how)
        latest = (*self.doubted, one)[-DOUBTED_KEPT:]
        return self.model_copy(update={"decisions": kept, "doubted": latest})

    def was_stopped_after(self, item: Item) -> bool:
        """Whether a message was said to a turn that was stopped since, in whichever order."""
        return bool(self.stopped_at) and ts_order(item.spoken) <= ts_order(self.stopped_at)

    def moved_to(self, place: ThreadRef) -> "Talk":
        """Return the talk as it goes on in `place`, which may be where it was before."""
        return self.model_copy(update={"place": place, "moves": self.moves + 1})

    def knowing(self, sent: Message) -> "Talk":
        """Return the talk after Neo took `sent`: what it has, it is not told again."""
        until = max(self.known_until, sent.until, key=ts_order)
        talk = self.model_copy(update={"known_until": until}).having_tried(sent.entities)
        return talk.having_told(item.ts for item in sent.items)

    def having_told(self, told: Iterable[Ts]) -> "Talk":
        """Return the talk remembering that Neo has these messages."""
        after, sent = ts_order(self.known_until), (*self.sent, *told)
        known = sorted((ts for ts in {*self.known, *sent} if ts_order(ts) > after), key=ts_order)
        until = known[-KNOWN_KEPT - 1] if len(known) > KNOWN_KEPT else self.known_until
        changes = {"known": tuple(known[-KNOWN_KEPT:]), "known_until": until}
        return self.model_copy(update={**changes, "sent": sent[-SENT_KEPT:]})

    def is_sent(self, ts: Ts) -> bool:
        """Whether the words of a message are Neo's, or on their way as they were."""
        under_way = [write for write in (self.start, self.batch) if write]
        return ts in self.sent or any(i.ts == ts for write in under_way for i in write.items)

    def having_tried(self, entities: tuple[Entity, ...]) -> "Talk":
        """Return the talk remembering what was added to the task's context, or refused."""
        new = tuple(entity for entity in entities if entity not in self.entities)
        return self.model_copy(update={"entities": (*self.entities, *new)}) if new else self

    def with_speaker(self, user: UserId) -> "Talk":
        """Return the talk knowing that `user` speaks in this thread."""
        return self.with_speakers((user,))

    def with_speakers(self, users: Iterable[UserId]) -> "Talk":
        """Return the talk knowing that these people speak in this thread."""
        new = tuple(user for user in users if user not in self.speakers)
        return self.model_copy(update={"speakers": (*self.speakers, *new)}) if new else self

    def is_busy(self, view: View | None) -> bool:
        """Whether a message must wait: the agent works or asks, or our last one is under way."""
        return view is None or not self._is_idle(view) or self.awaits_echo(view)

    def is_beginning(self, view: View | None) -> bool:
        """Whether a message is on its way to Neo, or about to be, by which a turn begins."""
        if self.task_id is None:
            is_started = self.start is not None and not self.start.failed
            return is_started or any(item.opens for item in self.queue)
        is_idle = view is None or self._is_idle(view)
        return is_idle and (bool(self.queue) or view is None or self.awaits_echo(view))

    @property
    def last_message(self) -> Message | None:
        """Return the last message that went to Neo."""
        return self.batch or self.start

    def awaits_echo(self, view: View) -> bool:
        """Whether our last message has not come back on the stream yet, and is waited for."""
        last = self.last_message
        return last is not None and not last.echo_waived and not view.has_echoed(last.instant)

    def not_awaiting(self, instant: float) -> "Talk":
        """Return the talk not waiting any more for the echo of the message of `instant`."""
        waived = {
            name: write.model_copy(update={"echo_waived": True})
            for name, write in (("start", self.start), ("batch", self.batch))
            if write and write.instant == instant
        }
        return self.model_copy(update=waived)

    def _is_idle(self, view: View | None) -> bool:
        return self.task_id is not None and view is not None and view.state is TurnState.IDLE

    def rests(self, view: View | None) -> bool:
        """Whether there is nothing left to do for this side."""
        waiting_start = self.start is not None and self.task_id is None and not self.start.told
        behind = self.task_id is not None and not self.caught_up
        unsent = self.batch is not None and not self.batch.accepted
        waits = self.decisions or self.stop or self.share or self.wishes or self.returned
        at_work = waiting_start or behind or unsent or waits or self.parting
        # Only a view that moves wakes whatever waits; one at rest may never bring the last echo.
        return not at_work and not (self.queue and self._is_idle(view))
