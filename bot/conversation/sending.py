"""What waited goes out as one batch, in idle only; its bytes are fixed before the first try."""

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from bot.conversation import sentences
from bot.conversation.batching import Items
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import WAITS, React, Unreact
from bot.conversation.errands import Errands
from bot.conversation.freezing import freeze
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.talk import Batch, Talk
from bot.conversation.writes import (
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Verdict,
    Writer,
    any_match,
)
from bot.ids import TaskId
from bot.neo.events import StreamedEvent, UserSaid
from bot.neo.wire import UserMessage, respond_body
from bot.view import SAME_INSTANT, TurnState

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Sending:
    """Sends the messages of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the batch forward; return seconds until the next try, None when there is none."""
        batch = await self._due(talk)
        if batch is None:
            return None
        verdict = await self._writer.attempt(batch, self._call(batch, task_id), self._record)
        return await self._go_on(verdict, talk, batch)

    async def _due(self, talk: Talk) -> Batch | None:
        """Return the batch that may go now; a change of the view wakes whatever may not."""
        view = await self._desk.view()
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
            case Later(seconds):
                return seconds
            case Busy():
                # Somebody writes to the task elsewhere: this waits after all.
                await self._mark(batch)
                return self._writer.rest(batch, self._means.patience.busy)
            case Refused(error):
                log.warning("message_refused", thread=talk.thread.key(), status=error.status)
                quote = " ".join(item.text for item in batch.items)
                told = sentences.message_refused(talk, batch.instant, quote, in_words(error))
                await self._errands.run([told])
                await self._settle(batch, accepted=False)
                return 0.0

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

        async def find() -> bool:
            events = means.neo.all_events(means.identity, task_id)
            return await any_match(events, lambda event: is_echo(event, batch.instant))

        return Call(post, find, means.patience.respond, means.patience.settle)

    async def _record(self, batch: Batch) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"batch": batch}))

    async def _settle(self, batch: Batch, *, accepted: bool) -> None:
        """Close the batch: accepted, it is kept until its echo; refused, it is gone."""
        kept = batch.model_copy(update={"accepted": True}) if accepted else None
        await self._desk.change(lambda talk: talk.model_copy(update={"batch": kept}))
        await self._errands.run(Unreact(i.ts, i.mark) for i in batch.items if i.mark)


def is_echo(event: StreamedEvent, instant: float) -> bool:
    """Whether `event` is the echo of our message with this timestamp."""
    said = event.event
    if not isinstance(said, UserSaid) or said.timestamp is None:
        return False
    return abs(said.timestamp.timestamp() - instant) < SAME_INSTANT


def _frozen(_talk: Talk, items: Items, text: str, instant: float) -> Mapping[str, object]:
    message = UserMessage(timestamp=datetime.fromtimestamp(instant, UTC), content=text)
    return {"batch": Batch(body=respond_body(message), instant=instant, items=items)}
