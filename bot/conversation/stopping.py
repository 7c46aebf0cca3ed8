"""A stop goes to the turn it was aimed at, past everything that waits, and ends with it."""

from datetime import UTC, datetime

import structlog

from bot.conversation import sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.talk import PendingStop, Talk
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
from bot.ids import TaskId, UserId
from bot.neo.events import StreamedEvent, UserCancelled
from bot.neo.wire import UserCancel, respond_body
from bot.view import SAME_INSTANT, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

BACK_OFF = (1.0, 2.0, 4.0, 8.0, 15.0, 20.0, 20.0, 20.0)
"""Seconds after each refused try: 8 tries over 90 s, as the official command line does."""

EXHAUSTED = "It works on something that can't be interrupted. You can press Stop again."


class Stopping:
    """Stops turns of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer

    async def take(self, turn: int, user: UserId, entry: str) -> None:
        """Aim a stop at a turn; stored with the inbox entry that asked for it."""
        now = self._means.clock.now()

        def stopping(talk: Talk) -> Talk:
            instant = talk.next_instant(now)
            cancel = UserCancel(timestamp=datetime.fromtimestamp(instant, UTC))
            stop = PendingStop(
                body=respond_body(cancel), instant=instant, turn=turn, user=user, asked_at=now
            )
            return talk.with_said(instant, stop=stop)

        await self._desk.change(stopping, entry=entry)
        self._means.wakes.relay(self._desk.thread)

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the stop forward; return seconds until the next try, None when there is none."""
        stop = talk.stop
        if stop is None:
            return None
        if is_over(await self._desk.view(), stop.turn):
            # Disarmed: a late cancel would hit the turn after the one it was meant for.
            await self._drop()
            return None
        if stop.accepted:
            return None
        verdict = await self._writer.attempt(stop, self._call(task_id, stop), self._record)
        match verdict:
            case Taken():
                await self._record(stop.model_copy(update={"accepted": True}))
                return None
            case Later(seconds):
                return seconds
            case Busy():
                return await self._busy(talk, stop)
            case Refused(error):
                log.warning("stop_refused", task_id=task_id, status=error.status)
                return await self._give_up(talk, stop, in_words(error))

    async def _busy(self, talk: Talk, stop: PendingStop) -> float | None:
        attempts = stop.attempts + 1
        if attempts >= len(BACK_OFF):
            return await self._give_up(talk, stop, EXHAUSTED)
        await self._record(
            stop.model_copy(update={"attempts": attempts, "sent_at": None, "deadline": 0.0})
        )
        return BACK_OFF[attempts - 1]

    async def _give_up(self, talk: Talk, stop: PendingStop, why: str) -> None:
        await self._errands.run([sentences.stop_refused(talk, stop.instant, why)])
        await self._drop()

    def _call(self, task_id: TaskId, stop: PendingStop) -> Call:
        means = self._means

        async def post() -> None:
            await means.neo.respond(means.identity, task_id, stop.body, timeout=RESPOND_TIMEOUT)

        async def find() -> bool:
            events = means.neo.all_events(means.identity, task_id)
            return await any_match(events, lambda event: _is_echo(event, stop.instant))

        return Call(post, find, RESPOND_TIMEOUT)

    async def _record(self, stop: PendingStop) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"stop": stop}))

    async def _drop(self) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"stop": None}))
        self._means.wakes.relay(self._desk.thread)


def is_over(view: View | None, turn: int) -> bool:
    """Whether the turn has ended, or another one runs."""
    current = view.turn if view else None
    return current is None or current.number != turn or current.ended_at is not None


def _is_echo(event: StreamedEvent, instant: float) -> bool:
    said = event.event
    if not isinstance(said, UserCancelled) or said.timestamp is None:
        return False
    return abs(said.timestamp.timestamp() - instant) < SAME_INSTANT
