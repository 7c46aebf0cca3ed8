"""What waited goes out as one batch, in idle only; its bytes are fixed before the first try."""

from datetime import UTC, datetime

import structlog

from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import WAITS, Unreact
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.starting import said_by
from bot.conversation.talk import Batch, Talk
from bot.conversation.writes import (
    RESPOND_TIMEOUT,
    Busy,
    Call,
    Later,
    Refused,
    Taken,
    Writer,
    any_match,
)
from bot.ids import TaskId
from bot.neo.events import StreamedEvent, UserSaid
from bot.neo.wire import UserMessage, respond_body
from bot.view import SAME_INSTANT

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BUSY_SECONDS = 5.0
"""Neo said busy though we saw it idle: somebody writes elsewhere. Seconds until the next try."""


class Sending:
    """Sends the messages of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the batch forward; return seconds until the next try, None when there is none."""
        if talk.batch is None or talk.batch.accepted:
            if not talk.queue or talk.is_busy(await self._desk.view()):
                return None
            talk = await self._freeze(talk)
        batch = talk.batch
        if batch is None or batch.accepted:
            return 0.0
        verdict = await self._writer.attempt(batch, self._call(batch, task_id), self._record)
        match verdict:
            case Taken():
                await self._settle(batch, accepted=True)
                return None
            case Later(seconds):
                return seconds
            case Busy():
                return BUSY_SECONDS
            case Refused(error):
                log.warning("message_refused", task_id=task_id, status=error.status)
                told = sentences.message_refused(talk, batch.instant, in_words(error))
                await self._errands.run([told])
                await self._settle(batch, accepted=False)
                return 0.0

    async def _freeze(self, talk: Talk) -> Talk:
        """Fix the batch in one script: what waits now, its text, its timestamp."""
        instant, items = talk.next_instant(self._means.clock.now()), talk.queue
        text = await said_by(self._means, talk, items)
        message = UserMessage(timestamp=datetime.fromtimestamp(instant, UTC), content=text)
        batch = Batch(body=respond_body(message), instant=instant, items=items)

        def frozen(talk: Talk) -> Talk:
            if any(item not in talk.queue for item in items):
                return talk  # edited or deleted while the names were read: freeze what is there
            rest = tuple(i for i in talk.queue if i not in items)
            return talk.with_said(instant, batch=batch, queue=rest)

        return await self._desk.change(frozen)

    def _call(self, batch: Batch, task_id: TaskId) -> Call:
        means = self._means

        async def post() -> None:
            # The stream is followed from before the message: its echo is how we know the turn.
            means.wakes.relay(self._desk.thread)
            await means.neo.respond(means.identity, task_id, batch.body, timeout=RESPOND_TIMEOUT)

        async def find() -> bool:
            events = means.neo.all_events(means.identity, task_id)
            return await any_match(events, lambda event: is_echo(event, batch.instant))

        return Call(post, find, RESPOND_TIMEOUT)

    async def _record(self, batch: Batch) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"batch": batch}))

    async def _settle(self, batch: Batch, *, accepted: bool) -> None:
        """Close the batch: accepted, it is kept until its echo; refused, it is gone."""
        kept = batch.model_copy(update={"accepted": True}) if accepted else None
        await self._desk.change(lambda talk: talk.model_copy(update={"batch": kept}))
        await self._errands.run([Unreact(item.ts, WAITS) for item in batch.items])


def is_echo(event: StreamedEvent, instant: float) -> bool:
    """Whether `event` is the echo of our message with this timestamp."""
    said = event.event
    if not isinstance(said, UserSaid) or said.timestamp is None:
        return False
    return abs(said.timestamp.timestamp() - instant) < SAME_INSTANT
