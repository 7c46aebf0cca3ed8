"""One start makes at most one task, whatever happens to the answer of its creation."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from bot.conversation import sentences
from bot.conversation.batching import Items
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Unreact
from bot.conversation.errands import Errands
from bot.conversation.freezing import freeze
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.talk import Start, Talk
from bot.conversation.writes import Busy, Call, Later, Refused, Taken, Verdict, Writer
from bot.ids import TaskId
from bot.neo.events import UserSaid
from bot.neo.wire import CreateTaskRequest, UserMessage, create_body
from bot.view import SAME_INSTANT

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CLOCK_SKEW = 60.0
"""Seconds by which Neo's `createdAt` may lie before the call that created it."""


class Starting:
    """Creates the task of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands, writer: Writer) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._writer = writer
        self._found: TaskId | None = None

    async def step(self, talk: Talk) -> float | None:
        """Bring the start forward; return seconds until the next try, None when there is none."""
        start = talk.start or await self._begin(talk)
        if start is None or start.failed:
            return None
        verdict = await self._writer.attempt(start, self._call(start), self._record)
        return await self._go_on(verdict, start)

    async def _begin(self, talk: Talk) -> Start | None:
        """Fix the bytes of the creation, once: every resend repeats them."""
        if not any(item.opens for item in talk.queue):
            return None
        return (await freeze(self._means, self._desk, talk, _begun)).start

    async def _go_on(self, verdict: Verdict, start: Start) -> float | None:
        match verdict:
            case Taken():
                await self._bind(start)
                return 0.0
            case Later(seconds):
                return await self._wait_or_give_up(seconds)
            case Busy():
                return await self._fail(sentences.NEO_IS_BUSY)
            case Refused(error):
                log.warning("start_refused", status=error.status)
                return await self._fail(in_words(error))

    def _call(self, start: Start) -> Call:
        means = self._means

        async def post() -> None:
            self._found = await means.neo.create_task(
                means.identity, start.body, timeout=means.patience.create
            )

        # Not finding the task never proves that there will be none: a second creation is up to
        # a person, who may insist.
        settle = 0.0 if start.insisted else math.inf
        return Call(post, lambda: self._find(start), means.patience.create, settle)

    async def _record(self, start: Start) -> None:
        said = start.model_copy(update={"insisted": False})
        await self._desk.change(lambda talk: talk.model_copy(update={"start": said}))

    async def _find(self, start: Start) -> bool:
        """Look for a task whose first user event is ours, among those created since the call."""
        means = self._means
        since = (start.sent_at or 0.0) - CLOCK_SKEW
        page = await means.neo.list_tasks(means.identity)
        for task in page.tasks or ():
            is_new = task.created_at is None or task.created_at.timestamp() >= since
            if is_new and await self._is_ours(task.id, start):
                self._found = task.id
                return True
        return False

    async def _is_ours(self, task_id: TaskId, start: Start) -> bool:
        means = self._means
        if await means.records.thread_of_task(task_id) is not None:
            return False
        events, _ = await means.neo.list_events(means.identity, task_id, page_size=20)
        first = next((e.event for e in events if isinstance(e.event, UserSaid)), None)
        return first is not None and is_first_message(first, start)

    async def _wait_or_give_up(self, seconds: float) -> float | None:
        start = self._desk.talk.start if self._desk.talk else None
        if start is None or start.sent_at is None or start.insisted:
            return seconds
        if await self._means.store.time() < start.sent_at + self._means.patience.give_up:
            return seconds
        return await self._fail(sentences.NOT_FOUND)

    async def _fail(self, why: str) -> None:
        talk = self._desk.talk
        if talk is None or talk.start is None:
            return
        await self._errands.run([sentences.start_failed(talk, talk.attempts, why)])

        def failed(talk: Talk) -> Talk:
            start = talk.start.model_copy(update={"failed": why}) if talk.start else None
            return talk.model_copy(update={"start": start})

        await self._desk.change(failed)
        await self._unmark(talk.start)

    async def _bind(self, start: Start) -> None:
        task_id = self._found
        if task_id is None:
            raise RuntimeError("a taken start has its task")
        log.info("task_started", task_id=task_id, thread=self._desk.thread.key())
        changes = {"task_id": task_id, "start": start.model_copy(update={"accepted": True})}
        await self._desk.change(lambda talk: talk.model_copy(update=changes), bind=task_id)
        self._means.wakes.relay(self._desk.thread)
        await self._unmark(start)

    async def _unmark(self, start: Start) -> None:
        await self._errands.run(Unreact(i.ts, i.mark) for i in start.items if i.mark)


def is_first_message(said: UserSaid, start: Start) -> bool:
    """Whether a task's first user event is the one that `start` sent.

    By content too: unlike within one task, two conversations may use the same millisecond.
    """
    sent = CreateTaskRequest.model_validate_json(start.body).message.content
    same_instant = said.timestamp and abs(said.timestamp.timestamp() - start.instant) < SAME_INSTANT
    return bool(same_instant) and said.content.strip() == sent.strip()


def _begun(talk: Talk, items: Items, text: str, instant: float) -> Mapping[str, object]:
    message = UserMessage(timestamp=datetime.fromtimestamp(instant, UTC), content=text)
    body = create_body(CreateTaskRequest(message=message))
    owner = next(item.user for item in items if item.opens)
    start = Start(body=body, instant=instant, items=items)
    return {"start": start, "owner": owner, "attempts": talk.attempts + 1}
