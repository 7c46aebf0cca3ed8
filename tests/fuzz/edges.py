"""The table of what reads outside data from a network: one row for each way in, on the loopback.

A row makes an input, and opens what the bridge itself opens; what it gives sends an input in as
Slack or Neo would, and returns when it was dealt with. Beside the answers that are allowed, nothing
may come out: no other exception, and no line of the log that reports a mistake of ours.
"""

import json
import random
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.clock import SystemClock
from bot.errors import NeoError, NeoRateLimited, SlackError, SlackRateLimited
from bot.ids import TaskId, Ts, UserId
from bot.neo.client import NeoClient
from bot.neo.stream import follow
from bot.slack.attachments import LARGEST, decoded
from bot.slack.files_in import FilesIn
from bot.slack.groups import UserGroups
from bot.slack.inbound import FileRef
from bot.slack.ops import ChatUpdate, ConversationsOpen, ReactionsAdd
from bot.slack.reader import SlackReader, as_heard, identify
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from fuzz import samples
from fuzz.answers import Answers, answer, answering, plain
from fuzz.inputs import Inputs
from fuzz.intake import posted, posting, socketing
from fuzz.parsers import POST, kept, stream
from neo.scripted_neo import SOMEONE, FakeTime, client_of
from slack_caller import BOT, open_session_at
from stage import Stage

Call = Callable[[Any], Awaitable[object]]

SILENCE = 0.5
"""Seconds for which a stream is waited for: behind a broken chunk, aiohttp hears of no end."""

PATIENCE = 3600.0
"""Seconds for which the other side may make the bridge wait."""


@dataclass(frozen=True)
class Edge:
    """How an input is made, and how that is opened which reads it."""

    make: Callable[[Inputs], Any]
    open: Callable[[Stage], AbstractAsyncContextManager[Call]]


@contextmanager
def slack_errors_alone() -> Generator[None]:
    """Let nothing else out, and nothing that makes somebody wait for ever."""
    try:
        yield
    except SlackError as error:
        _check_patience(error)


@contextmanager
def neo_errors_alone() -> Generator[None]:
    """Do the same for Neo."""
    try:
        yield
    except NeoError as error:
        _check_patience(error)


def _check_patience(error: Exception) -> None:
    if isinstance(error, SlackRateLimited | NeoRateLimited):
        assert 0 <= (error.retry_after or 0) <= PATIENCE


class Asked(NamedTuple):
    """What is asked, as a number, about whom, and what comes as the answer."""

    which: int
    subject: str
    answer: bytes


def asked(*bodies: dict[str, Any]) -> Callable[[Inputs], Asked]:
    def make(inputs: Inputs) -> Asked:
        raw = answer(inputs, inputs.raw(*bodies))
        return Asked(inputs.chance.randrange(1000), f"C{inputs.fresh()}", raw)

    return make


def questions(session: SlackSession, subject: str) -> list[Callable[[], Awaitable[object]]]:
    """Return everything that is asked of Slack; `subject` has not been asked for before."""
    reader, sender = SlackReader(session.call, BOT, SystemClock()), SlackSender(session)
    groups = UserGroups(session.call, BOT, SystemClock())
    ops = (POST, ChatUpdate("C1", Ts(samples.TS), POST.content), ConversationsOpen(UserId("U1")))

    async def replies() -> None:
        for message in await reader.replies("C1", Ts(samples.ROOT)):
            kept(as_heard(message, "C1", BOT))

    return [
        replies,
        lambda: reader.history("C1", Ts(samples.ROOT)),
        lambda: reader.find_key("C1", Ts(samples.ROOT), "t-1/turn/1", 1.7e9),
        lambda: reader.thread_exists("C1", Ts(samples.ROOT)),
        lambda: reader.is_shared("F1"),
        lambda: reader.bot_channels("im"),
        lambda: reader.user_name(UserId(subject)),
        lambda: reader.channel_name(subject),
        lambda: reader.is_member(subject),
        lambda: groups.members(subject),
        lambda: groups.handle(subject),
        lambda: identify(session.call),
        lambda: session.open_connection("xapp-fake"),
        *(lambda op=op: sender.send(op) for op in ops),
        lambda: sender.send(ReactionsAdd("C1", Ts(samples.TS), "eyes")),
    ]


@asynccontextmanager
async def asking_slack(_stage: Stage) -> AsyncGenerator[Call]:
    async with (
        answering(plain(200, b'{"ok": true}')) as answers,
        open_session_at(f"{answers.url}api/") as session,
    ):

        async def call(given: Asked) -> None:
            answers.ahead = _only(given.answer)
            every = questions(session, given.subject)
            with slack_errors_alone():
                await every[given.which % len(every)]()

        yield call


def downloaded(inputs: Inputs) -> bytes:
    body = inputs.damaged(inputs.text().encode("utf-8", "replace"))
    if inputs.once_in(500):
        body *= 2 * LARGEST // (1 + len(body))
    return answer(inputs, body, ("text/plain", "text/html", "application/octet-stream", ""))


@asynccontextmanager
async def downloading(_stage: Stage) -> AsyncGenerator[Call]:
    async with (
        answering(plain(200, b"more")) as answers,
        open_session_at(f"{answers.url}api/") as session,
    ):
        file = FileRef(id="F1", name="a.log", url=f"{answers.url}files/F1")

        async def call(given: bytes) -> None:
            answers.ahead = _only(given)
            with slack_errors_alone():
                decoded(await FilesIn(session).download(file, LARGEST))

        yield call


TASK = TaskId("task-1")


def requests(neo: NeoClient) -> list[Callable[[], Awaitable[object]]]:
    """Return everything that is asked of Neo."""

    async def all_events() -> None:
        async for event in neo.all_events(SOMEONE, TASK):
            event.id.encode()

    return [
        lambda: neo.get_task(SOMEONE, TASK),
        lambda: neo.list_tasks(SOMEONE),
        all_events,
        lambda: neo.token_budget(SOMEONE),
        lambda: neo.current_user(SOMEONE),
        lambda: neo.create_task(SOMEONE, "{}"),
        lambda: neo.respond(SOMEONE, TASK, "{}"),
    ]


@asynccontextmanager
async def _neo(otherwise: bytes) -> AsyncGenerator[tuple[Answers, NeoClient, FakeTime]]:
    time = FakeTime()
    async with (
        answering(otherwise) as answers,
        client_of(answers.url.rstrip("/"), time) as neo,
    ):
        yield answers, neo, time


@asynccontextmanager
async def asking_neo(_stage: Stage) -> AsyncGenerator[Call]:
    async with _neo(plain(200, b"{}")) as (answers, neo, _):
        every = requests(neo)

        async def call(given: Asked) -> None:
            answers.ahead = _only(given.answer)
            with neo_errors_alone():
                await every[given.which % len(every)]()

        yield call


def streamed(inputs: Inputs) -> bytes:
    return answer(inputs, stream(inputs), ("text/event-stream", "text/event-stream", "text/html"))


@asynccontextmanager
async def following(_stage: Stage) -> AsyncGenerator[Call]:
    """Follow a task whose stream is an input; the next connection says that it is gone."""
    gone = plain(404, json.dumps(samples.REFUSAL).encode())
    async with _neo(gone) as (answers, neo, time):

        async def call(given: bytes) -> None:
            answers.ahead = _only(given)
            rng = random.Random(1)
            events = follow(
                neo, SOMEONE, TASK, None, sleep=time.sleep, clock=time, rng=rng, silence=SILENCE
            )
            with neo_errors_alone():
                async with aclosing(events):
                    async for event in events:
                        event.cursor.encode()

        yield call


def _only(raw: bytes) -> deque[bytes]:
    return deque([raw])


EDGES: dict[str, Edge] = {
    "HTTP endpoint": Edge(posted, posting),
    "Socket Mode": Edge(
        lambda x: x.raw(*samples.ENVELOPES, *samples.ENVELOPES, *samples.LINK_FRAMES), socketing
    ),
    "Slack's answers": Edge(asked(*samples.ANSWERS), asking_slack),
    "Slack's files": Edge(downloaded, downloading),
    "Neo's answers": Edge(
        asked(
            *(samples.TASK, samples.TASK_PAGE, samples.EVENT_PAGE, samples.BUDGET),
            *(samples.PULUMI_USER, samples.REFUSAL),
        ),
        asking_neo,
    ),
    "Neo's streams": Edge(streamed, following),
}
