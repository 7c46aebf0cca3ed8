"""One start makes at most one task, whatever happens to the answer of its creation."""

import math
from collections.abc import Iterable, Mapping

import structlog

from bot.audit.record import AuditKind, Fact
from bot.commands import take_options
from bot.conversation import sentences
from bot.conversation.batching import in_order
from bot.conversation.creation import as_api, comes_from_slack, without_entities
from bot.conversation.declining import NO_TEXT, decline
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Unreact
from bot.conversation.errands import Errands
from bot.conversation.finding import task_of
from bot.conversation.forgotten import forgotten_task
from bot.conversation.freezing import Draft, Opening, freeze
from bot.conversation.introducing import introduction, within
from bot.conversation.means import Means
from bot.conversation.pending import Start
from bot.conversation.refusals import budget_behind, in_words, refuses_entities, refuses_source
from bot.conversation.talk import Item, Talk
from bot.conversation.writes import Busy, Call, Later, Refused, Taken, Untold, Verdict, Writer
from bot.entities import stack_named
from bot.errors import NeoError, NeoRateLimited
from bot.ids import TaskId
from bot.neo.wire import CreateTaskRequest, Source, create_body

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SOURCE = "neo source slack"
"""What a workspace lacks whose Neo knows no tasks that come from Slack."""


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
        start = talk.start
        if start is None:
            return await self._begin(talk)
        if start.failed:
            return await self._tell_failure(talk)
        verdict = await self._writer.attempt(start, self._call(start), self._record)
        return await self._go_on(verdict, talk, start)

    async def _begin(self, talk: Talk) -> float | None:
        """Fix the bytes of the creation, once: every resend repeats them."""
        item = next((item for item in in_order(talk.queue) if item.opens), None)
        if item is None:
            return None
        text, options, problem = take_options(item.text)
        if problem or not (text or item.attached):
            why = problem or NO_TEXT
            await decline(talk, item, why, desk=self._desk, errands=self._errands)
            return 0.0
        await self._say_what_was_forgotten(talk, item)
        await self._say_whose(talk, options.stacks)
        channel = self._means.channels.of(talk.thread.channel)
        asked, options = options, within(self._means.policy, channel, options)
        if said := await introduction(self._means, talk, asked, options):
            await self._errands.run([said])
        known_to_lack = await self._means.memory.missing_features()
        source: Source = "api" if SOURCE in known_to_lack else "slack"

        def begun(talk: Talk, draft: Draft, instant: float) -> Mapping[str, object]:
            return _begun(talk, draft, instant, opening, source)

        opening = Opening(item, text, options)
        begun_talk = await freeze(self._means, self._desk, talk, begun, opening)
        return 0.0 if begun_talk.start else None  # changed meanwhile: whoever did it wakes us

    async def _say_what_was_forgotten(self, talk: Talk, item: Item) -> None:
        if task := await forgotten_task(self._means, talk, item):
            url = self._means.neo.console_url(task) or ""
            await self._errands.run([sentences.forgotten(talk, task, url)])

    async def _say_whose(self, talk: Talk, stacks: Iterable[str]) -> None:
        org = self._means.neo.org
        if others := [stack for stack in stacks if stack_named(stack, org=org) is None]:
            await self._errands.run([sentences.stacks_of_others(talk, others, org)])

    async def _go_on(self, verdict: Verdict, talk: Talk, start: Start) -> float | None:
        match verdict:
            case Taken():
                await self._bind(talk, start)
                return 0.0
            case Later(seconds, limited):
                if limited and await self._fail_for_budget(limited):
                    return None
                return await self._wait_or_give_up(seconds)
            case Busy():
                return await self._fail(sentences.NEO_IS_BUSY)
            case Untold(error):
                log.warning("start_untold", status=error.status)
                why = in_words(error, starting=True)
                return await self._fail(f"{sentences.NOT_SHOWN} {why}")
            case Refused(error):
                log.warning("start_refused", status=error.status)
                return await self._refused(talk, start, error)

    async def _refused(self, talk: Talk, start: Start, error: NeoError) -> float | None:
        """Ask once more for as much as Neo may give; else say why there is no task."""
        if refuses_entities(error) and start.entities:
            await self._errands.run([sentences.entities_refused(talk, start, error.message)])
            return await self._ask_again(start, without_entities(start))
        if refuses_source(error) and comes_from_slack(start):
            return await self._ask_again(start, as_api(start))
        budget = await budget_behind(self._means.neo, self._means.identity, error)
        return await self._fail(in_words(error, budget=budget, starting=True))

    async def _fail_for_budget(self, error: NeoRateLimited) -> bool:
        """Give up where waiting does not help soon."""
        budget = await budget_behind(self._means.neo, self._means.identity, error)
        if budget:
            await self._fail(in_words(error, budget=budget))
        return budget is not None

    async def _ask_again(self, refused: Start, start: Start) -> float:
        """Let other bytes go: Neo certainly did not take those before, and never will."""
        tried = tuple(entity for entity in refused.entities if entity not in start.entities)
        log.info("start_asked_again", without=len(tried), source_refused=start.source_refused)
        await self._desk.change(
            lambda talk: talk.having_tried(tried).model_copy(update={"start": start})
        )
        return 0.0

    def _call(self, start: Start) -> Call:
        means = self._means

        async def post() -> None:
            self._found = await means.neo.create_task(
                means.identity, start.body, timeout=means.patience.create
            )

        # Not finding the task never proves that there will be none: a second creation is up to
        # a person, who may insist.
        settle = 0.0 if start.insisted else math.inf
        return Call(post, lambda _: self._find(start), means.patience.create, settle)

    async def _record(self, start: Start) -> None:
        said = start.model_copy(update={"insisted": False})
        await self._desk.change(lambda talk: talk.model_copy(update={"start": said}))

    async def _find(self, start: Start) -> bool:
        self._found = await task_of(start, self._means)
        return self._found is not None

    async def _wait_or_give_up(self, seconds: float) -> float | None:
        start = self._desk.talk.start if self._desk.talk else None
        if start is None or start.sent_at is None or start.insisted:
            return seconds
        if await self._means.store.time() < start.sent_at + self._means.patience.give_up:
            return seconds
        return await self._fail(sentences.NOT_FOUND)

    async def _fail(self, why: str) -> None:
        """Give up; said only after it is so, for whoever is told may try again at once."""

        def failed(talk: Talk) -> Talk:
            start = talk.start.model_copy(update={"failed": why}) if talk.start else None
            return talk.model_copy(update={"start": start})

        await self._tell_failure(await self._desk.change(failed))

    async def _tell_failure(self, talk: Talk) -> None:
        """Say why there is no task, unless that was said."""
        start = talk.start
        if start is None or start.told:
            return
        await self._errands.run([sentences.start_failed(talk, talk.attempts, start.failed)])
        await self._desk.change(lambda after: with_failure_told(after, start))
        await self._unmark(start.items)

    async def _bind(self, talk: Talk, start: Start) -> None:
        task_id = self._found
        if task_id is None:
            raise RuntimeError("a taken start has its task")
        log.info("task_started", task_id=task_id, thread=self._desk.thread.key())
        await self._note(talk, task_id)
        taken = start.as_accepted(self._means.clock.now())
        changes = {"task_id": task_id, "start": taken}
        await self._desk.change(
            lambda talk: talk.knowing(taken).model_copy(update=changes), bind=task_id
        )
        self._means.wakes.relay(self._desk.thread)
        await self._unmark(start.items)
        if start.source_refused:
            await self._means.memory.remember_missing(SOURCE)

    async def _note(self, talk: Talk, task_id: TaskId) -> None:
        """Record the start before the thread has the task, so that none is without its record."""
        started = Fact(
            kind=AuditKind.TASK_STARTED,
            who=talk.owner,
            owner=self._means.identity.person,
            task=task_id,
            digest=self._means.policy.digest,
            outcome=talk.options.approval_mode or "",
        )
        await self._means.audit.append(started, once=f"start/{task_id}")

    async def _unmark(self, items: Iterable[Item]) -> None:
        await self._errands.run(Unreact(i.ts, i.mark) for i in items if i.mark)


def with_failure_told(talk: Talk, failed: Start) -> Talk:
    """Return the talk remembering that a failure was told, unless it was taken up again since."""
    if talk.start != failed:
        return talk
    return talk.model_copy(update={"start": failed.model_copy(update={"told": True})})


def _begun(
    talk: Talk, draft: Draft, instant: float, opening: Opening, source: Source
) -> Mapping[str, object]:
    options = opening.options
    request = CreateTaskRequest(
        message=draft.stamped(instant),
        approval_mode=options.approval_mode,
        permission_mode=options.permission_mode,
        plan_mode=options.plan_mode,
        source=source,
    )
    start = Start(
        body=create_body(request),
        instant=instant,
        items=draft.items,
        until=draft.until,
        entities=draft.entities,
    )
    return {
        "start": start,
        "owner": opening.item.user,
        "options": options,
        "attempts": talk.attempts + 1,
    }
