"""What waited goes out as one batch, in idle only; its bytes are fixed before the first try."""

from collections.abc import Mapping

import structlog

from bot.conversation import releasing, sentences, stop_sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import WAITS, React, Unreact
from bot.conversation.errands import Errands
from bot.conversation.freezing import Draft, freeze
from bot.conversation.looking import among_events
from bot.conversation.means import Means
from bot.conversation.pending import NOT_SENT, Batch
from bot.conversation.refusals import budget_behind, in_words, refuses_entities
from bot.conversation.talk import Talk
from bot.conversation.writes import (
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Untold,
    Verdict,
    Writer,
    any_match,
)
from bot.errors import TRANSIENT, NeoError, NeoRateLimited
from bot.ids import TaskId
from bot.neo.events import StreamedEvent, UserSaid
from bot.neo.wire import RespondToTaskRequest, respond_body
from bot.view import SAME_INSTANT, TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Sending:
    """Sends the messages of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def give_back(self, talk: Talk) -> float:
        """Say what was not sent; each message waits for its author's word from now on."""
        await self._errands.run(stop_sentences.given_back(talk, item) for item in talk.returned)
        await self._desk.change(lambda after: releasing.given_back(after, talk.returned))
        marks = (Unreact(item.ts, item.mark) for item in talk.returned if item.mark)
        await self._errands.run(marks)
        return 0.0

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the batch forward; return seconds until the next try, None when there is none."""
        view = await self._desk.view()
        batch = await self._due(talk, view)
        if batch is None:
            return await self._miss_echo(talk, view, task_id)
        verdict = await self._writer.attempt(batch, self._call(batch, task_id), self._record)
        return await self._go_on(verdict, talk, batch)

    async def _due(self, talk: Talk, view: View | None) -> Batch | None:
        """Return the batch that may go now; a change of the view wakes whatever may not."""
        batch = talk.batch
        if batch is not None and not batch.accepted:
            is_idle = view is not None and view.state is TurnState.IDLE
            return batch if is_idle or batch.is_uncertain else None
        if not talk.queue or talk.is_busy(view):
            return None
        frozen = (await freeze(self._means, self._desk, talk, _frozen)).batch
        return frozen if frozen and not frozen.accepted else None

    async def _go_on(self, verdict: Verdict, talk: Talk, batch: Batch) -> float | None:
        match verdict:
            case Taken():
                await self._settle(batch, accepted=True)
                return 0.0  # found late, its turn may be over: then no change of the view comes
            case Later(seconds, limited):
                if limited is None:
                    return seconds
                return await self._limited(talk, batch, seconds, limited)
            case Busy():
                # Somebody writes to the task elsewhere: this waits after all.
                await self._mark(batch)
                return self._writer.rest(batch, self._means.patience.busy)
            case Refused(error):
                log.warning("message_refused", thread=talk.thread.key(), status=error.status)
                return await self._refused(talk, batch, error)
            case Untold(error):
                return await self._lose_sight(talk, batch, in_words(error))

    async def _refused(self, talk: Talk, batch: Batch, error: NeoError) -> float | None:
        """Send the words alone where Neo does not take the context; else say what it did not."""
        if refuses_entities(error) and batch.entities:
            await self._errands.run([sentences.entities_refused(talk, batch, error.message)])
            plain = without_entities(batch)
            await self._desk.change(
                lambda talk: talk.having_tried(batch.entities).model_copy(update={"batch": plain})
            )
            return 0.0
        budget = await budget_behind(self._means.neo, self._means.identity, error)
        return await self._give_back(talk, batch, in_words(error, budget=budget))

    async def _limited(
        self, talk: Talk, batch: Batch, seconds: float, error: NeoRateLimited
    ) -> float:
        """Wait, unless it is the budget that is used up: then waiting does not help soon."""
        budget = await budget_behind(self._means.neo, self._means.identity, error)
        if budget is None:
            return seconds
        return await self._give_back(talk, batch, in_words(error, budget=budget))

    async def _give_back(self, talk: Talk, batch: Batch, why: str) -> float:
        told = sentences.message_refused(talk, batch.instant, _quote(batch), why)
        await self._errands.run([told])
        await self._settle(batch, accepted=False)
        return 0.0

    async def _lose_sight(self, talk: Talk, batch: Batch, why: str) -> float:
        """Say that nobody can tell whether Neo has it: only a person may send it again."""
        told = sentences.message_untold(talk, batch.instant, _quote(batch), why)
        await self._errands.run([told])
        await self._settle(batch, accepted=False)
        return 0.0

    async def _miss_echo(self, talk: Talk, view: View | None, task_id: TaskId) -> float | None:
        """Return how long to wait for the echo of our last message; None where none is waited for.

        Messages wait behind it, for it tells where the turn begins. But a stream can lose it, and
        nothing may wait for ever: after a while the next goes, and Neo says so if it is busy.
        """
        last = talk.last_message
        if not (talk.queue and view and view.state is TurnState.IDLE):
            return None
        if last is None or not last.accepted or not talk.awaits_echo(view):
            return None
        left = last.accepted_at + self._means.patience.echo - self._means.clock.now()
        if left > 0:
            return left
        found = await self._is_listed(task_id, last.instant)
        log.warning("echo_missed", thread=talk.thread.key(), instant=last.instant, found=found)
        await self._desk.change(lambda talk: talk.not_awaiting(last.instant))
        return 0.0

    async def _is_listed(self, task_id: TaskId, instant: float) -> bool | None:
        """Whether Neo's own list has our message; None where it refuses to tell."""
        events = self._means.neo.all_events(self._means.identity, task_id)
        try:
            return await any_match(events, lambda event: is_echo(event, instant))
        except TRANSIENT:
            raise
        except NeoError as error:
            log.info("events_not_listed", status=error.status)
            return None

    async def _mark(self, batch: Batch) -> None:
        unmarked = [item for item in batch.items if not item.mark]
        if unmarked:
            items = tuple(i.model_copy(update={"mark": i.mark or WAITS}) for i in batch.items)
            await self._record(batch.model_copy(update={"items": items}))
            await self._errands.run(React(item.ts, WAITS) for item in unmarked)

    def _call(self, batch: Batch, task_id: TaskId) -> Call:
        means = self._means

        async def post() -> None:
            # The stream is followed from before the message: its echo is how we know the turn.
            means.wakes.relay(self._desk.thread)
            await means.neo.respond(
                means.identity, task_id, batch.body, timeout=means.patience.respond
            )

        find = among_events(
            means.neo, means.identity, task_id, lambda event: is_echo(event, batch.instant)
        )
        return Call(post, find, means.patience.respond, means.patience.settle)

    async def _record(self, batch: Batch) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"batch": batch}))

    async def _settle(self, batch: Batch, *, accepted: bool) -> None:
        """Close the batch: accepted, it is kept until its echo; refused, it is gone."""
        taken = batch.as_accepted(self._means.clock.now())

        def settled(talk: Talk) -> Talk:
            if accepted:
                return talk.knowing(taken).model_copy(update={"batch": taken})
            return talk.model_copy(update={"batch": None})

        await self._desk.change(settled)
        await self._errands.run(Unreact(i.ts, i.mark) for i in batch.items if i.mark)


def _quote(batch: Batch) -> str:
    return " ".join(item.text for item in batch.items)


def is_echo(event: StreamedEvent, instant: float) -> bool:
    """Whether `event` is the echo of our message with this timestamp."""
    said = event.event
    if not isinstance(said, UserSaid) or said.timestamp is None:
        return False
    return abs(said.timestamp.timestamp() - instant) < SAME_INSTANT


def without_entities(batch: Batch) -> Batch:
    """Return the batch adding nothing to the context; not sent yet."""
    event = RespondToTaskRequest.model_validate_json(batch.body).event
    body = respond_body(event.model_copy(update={"entity_diff": None}))
    return batch.model_copy(update={**NOT_SENT, "body": body, "entities": ()})


def _frozen(_talk: Talk, draft: Draft, instant: float) -> Mapping[str, object]:
    batch = Batch(
        body=respond_body(draft.stamped(instant)),
        instant=instant,
        items=draft.items,
        until=draft.until,
        entities=draft.entities,
    )
    return {"batch": batch}
