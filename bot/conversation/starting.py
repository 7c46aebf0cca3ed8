"""One start makes at most one task, whatever happens to the answer of its creation."""

from datetime import UTC, datetime

import structlog

from bot.conversation import sentences
from bot.conversation.batching import batch_text
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import SEEN, Unreact
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.refusals import in_words
from bot.conversation.talk import Item, Start, Talk
from bot.conversation.writes import CREATE_TIMEOUT, Busy, Call, Later, Refused, Taken, Writer
from bot.ids import TaskId, Ts, UserId, ts_seconds
from bot.neo.events import UserSaid
from bot.neo.wire import CreateTaskRequest, UserMessage, create_body
from bot.slack.inbound import Received
from bot.slack.reader import as_heard
from bot.view import SAME_INSTANT

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

GIVE_UP_SECONDS = 180.0
"""After an unknown outcome a task may still appear for so long; then a person decides."""

CLOCK_SKEW = 60.0
"""Seconds by which Neo's `createdAt` may lie before the call that created it."""

NOT_FOUND = (
    "Neo did not answer, and no such task appeared within 3 minutes. "
    "To be safe I did not ask a second time."
)


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
        if talk.start is None:
            if not talk.queue or _waits_for_author(talk):
                return None
            talk = await self._freeze(talk)
        start = talk.start
        if start is None:
            return 0.0 if talk.queue else None
        if start.failed:
            return None
        verdict = await self._writer.attempt(start, self._call(start), self._record)
        match verdict:
            case Taken():
                await self._bind(start)
                return 0.0
            case Later(seconds):
                return await self._wait_or_give_up(seconds)
            case Busy():
                return await self._fail("Neo is too busy to start a task now.")
            case Refused(error):
                log.warning("start_refused", status=error.status)
                return await self._fail(in_words(error))

    async def _freeze(self, talk: Talk) -> Talk:
        """Fix the bytes of the creation, once: every resend repeats them."""
        instant = talk.next_instant(self._means.clock.now())
        text = await said_by(self._means, talk, talk.queue)
        message = UserMessage(timestamp=datetime.fromtimestamp(instant, UTC), content=text)
        body = create_body(CreateTaskRequest(message=message))
        items, attempts = talk.queue, talk.attempts + 1

        def frozen(talk: Talk) -> Talk:
            if any(item not in talk.queue for item in items):
                return talk  # edited or deleted while the names were read: freeze what is there
            start = Start(body=body, instant=instant, items=items)
            rest = tuple(i for i in talk.queue if i not in items)
            return talk.with_said(instant, start=start, queue=rest, attempts=attempts)

        return await self._desk.change(frozen)

    def _call(self, start: Start) -> Call:
        async def post() -> None:
            means = self._means
            self._found = await means.neo.create_task(
                means.identity, start.body, timeout=CREATE_TIMEOUT
            )

        return Call(post, lambda: self._find(start), CREATE_TIMEOUT)

    async def _record(self, start: Start) -> None:
        await self._desk.change(lambda talk: talk.model_copy(update={"start": start}))

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
        if first is None or first.timestamp is None:
            return False
        return abs(first.timestamp.timestamp() - start.instant) < SAME_INSTANT

    async def _wait_or_give_up(self, seconds: float) -> float | None:
        start = self._desk.talk.start if self._desk.talk else None
        if start is None or start.sent_at is None:
            return seconds
        if await self._means.store.time() < start.sent_at + GIVE_UP_SECONDS:
            return seconds
        return await self._fail(NOT_FOUND)

    async def _fail(self, why: str) -> None:
        talk = self._desk.talk
        if talk is None or talk.start is None:
            return
        await self._errands.run([sentences.start_failed(talk, talk.attempts, why)])

        def failed(talk: Talk) -> Talk:
            start = talk.start.model_copy(update={"failed": why}) if talk.start else None
            return talk.model_copy(update={"start": start})

        await self._desk.change(failed)

    async def _bind(self, start: Start) -> None:
        task_id = self._found
        if task_id is None:
            raise RuntimeError("a taken start has its task")
        log.info("task_started", task_id=task_id, thread=self._desk.thread.key())
        changes = {"task_id": task_id, "start": start.model_copy(update={"accepted": True})}
        await self._desk.change(lambda talk: talk.model_copy(update=changes), bind=task_id)
        self._means.wakes.relay(self._desk.thread)
        await self._errands.run([Unreact(item.ts, SEEN) for item in start.items])
        await take_in_replies(self._means, self._desk, since=start.items[0].ts)


def _waits_for_author(talk: Talk) -> bool:
    """Whether the message that would start the task is old, and its author was asked first."""
    first = min(ts_seconds(item.ts) for item in talk.queue)
    return any(ts_seconds(item.ts) < first for item in talk.late)


async def take_in_replies(means: Means, desk: TalkDesk, *, since: Ts) -> None:
    """Take in the thread's replies since `since`: some may have overtaken its first message."""
    thread = desk.thread
    for message in await means.reader.replies(thread.channel, thread.root, oldest=since):
        read = as_heard(message, thread.channel, means.bot)
        if isinstance(read, Received):
            json = read.input.model_dump_json()
            await means.inbox.take_in(json, read.marks, thread_key=thread.key(), addressed=False)


async def said_by(means: Means, talk: Talk, items: tuple[Item, ...]) -> str:
    """Return the items as one text, their authors named where several people speak."""
    users: set[UserId] = {item.user for item in items}
    names = {str(user): await means.reader.user_name(user) for user in sorted(users)}
    return batch_text(items, names, company=len(talk.speakers) > 1)
