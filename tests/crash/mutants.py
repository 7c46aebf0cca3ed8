"""Deliberate mistakes, one for each mechanism that the bridge rests on: the matrix must see each.

They change the bridge itself, in the process that is about to be one (`crash.mother`): the subject
of the test, and nothing that stands in for something else. So they may know its inside; where that
has moved on, the test of the mutant fails, and the mutant follows.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.approvals.deciders import Deciders
from bot.conversation.pending import Batch
from bot.conversation.sending import Sending
from bot.conversation.talk import Talk
from bot.conversation.writes import Call, Later, Verdict, W, Writer
from bot.delivery.posts import Place, PostOutcome, Posts
from bot.neo.events import StreamedEvent
from bot.policy.votes import Met, Open, Standing, Vote
from bot.relay.relay import Relay
from bot.render.apply import render
from bot.store.approvals import Approvals, Voted
from bot.store.connection import Argument
from bot.store.inbox import Inbox, Taken
from bot.store.keys import Kind
from bot.store.lease import Lease
from bot.store.outbox import Mark
from bot.store.script import Script
from bot.store.wire import Reply
from bot.view import View

# pyright: reportPrivateUsage=false


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: what it is, and what makes it in this process."""

    what: str
    mutate: Callable[[], None]


def _forget_marks() -> None:
    """Store what Slack sends without its dedupe marks."""
    take_in = Inbox.take_in

    async def forgetful(
        self: Inbox,
        json: str,
        marks: Sequence[str],  # noqa: ARG001 -- forgotten
        *,
        thread_key: str | None,
        addressed: bool,
        seals: Sequence[str] = (),  # noqa: ARG001 -- as above
        moved: tuple[str, str] | None = None,
    ) -> Taken:
        return await take_in(
            self, json, (), thread_key=thread_key, addressed=addressed, moved=moved
        )

    Inbox.take_in = forgetful


def _ignore_fence() -> None:
    """Write whoever owns the installation: each write finds out the fence that lets it pass."""

    async def unfenced(
        self: Lease, step: Script, keys: Sequence[str], *arguments: Argument
    ) -> Reply:
        fence_key = self.keys.of(Kind.FENCE)
        fence = await self.store.call("GET", fence_key)
        return await self.store.run(step, [fence_key, *keys], str(fence), *arguments)

    Lease.write = unfenced


def _move_cursor_first() -> None:
    """Finish an event before it is delivered."""

    async def hasty(self: Relay, event: StreamedEvent) -> None:
        if event.id in self._finished:
            return
        now, told = self._clock.now(), await self.desk.told()
        view, outputs = render(self.desk.view, event, now=now, told=told)
        await self.desk.change(
            lambda current: render(current, event, now=now, told=told)[0], finished=event.id
        )
        self._finished.add(event.id)
        placements = await self._deliver(view, event.id, outputs)
        await self.desk.change(placements.applied)

    Relay.show = hasty


def _believe_nothing_was_posted() -> None:
    """Post again after a lost answer, without looking whether the message is there."""

    async def unseen(
        self: Posts,  # noqa: ARG001 -- as it is called
        place: Place,  # noqa: ARG001
        key: str,  # noqa: ARG001
        mark: Mark,  # noqa: ARG001
    ) -> PostOutcome | None:
        return None

    Posts._look_up = unseen


def _believe_nothing_was_sent() -> None:
    """Send a user event to Neo again after a lost answer, without looking whether it has it."""

    async def unseen(
        self: Writer,  # noqa: ARG001 -- as it is called
        write: W,
        call: Call,  # noqa: ARG001
        record: Callable[[W], Awaitable[object]],
    ) -> Verdict:
        await record(write.model_copy(update={"sent_at": None, "deadline": 0.0}))
        return Later(0.0)

    Writer._look = unseen


def _thaw_batches() -> None:
    """Put together what waits anew for each try, with a timestamp of its own."""
    due = Sending._due

    async def thawing(self: Sending, talk: Talk, view: View | None) -> Batch | None:
        if talk.batch is not None and not talk.batch.accepted:
            talk = await self._desk.change(_thawed)
        return await due(self, talk, view)

    Sending._due = thawing


def _thawed(talk: Talk) -> Talk:
    if talk.batch is None or talk.batch.accepted:
        return talk
    queue = (*talk.batch.items, *talk.queue)
    return talk.model_copy(update={"queue": queue, "batch": None})


def _forget_voters() -> None:
    """Count whoever approves again, as if nobody had looked whether they have voted."""
    vote = Approvals.vote

    async def forgetful(self: Approvals, *what: Any, user: str, **more: Any) -> Voted:
        return await vote(self, *what, user=f"{user}/{uuid4()}", **more)

    def counting(self: Deciders, given: Sequence[Vote]) -> Standing:
        have = tuple(vote.user for vote in given)
        if len(have) >= self.rule.quorum:
            return Met(have)
        return Open(have, self.rule.quorum, frozenset())

    Approvals.vote = forgetful
    Deciders.standing = counting


MUTANTS = {
    "no-dedupe": Mutant("no dedupe marks", _forget_marks),
    "no-fence": Mutant("no fence", _ignore_fence),
    "cursor-first": Mutant("the cursor moves before delivery", _move_cursor_first),
    "no-slack-read-back": Mutant("no read-back on Slack's side", _believe_nothing_was_posted),
    "no-neo-read-back": Mutant("no read-back on Neo's side", _believe_nothing_was_sent),
    "votes-count-again": Mutant("who has voted is not known", _forget_voters),
    "batch-thaws": Mutant("the batch is not frozen", _thaw_batches),
}
"""By the names for command lines."""
