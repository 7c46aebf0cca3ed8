"""The two ways in for what Slack sends, as the bridge opens them, with nobody who works it off.

Like a replica that stands by: what comes is stored in the real store, or answered by the real front
desk, which knows two tasks. One of them is at work.
"""

import asyncio
import io
import itertools
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import ClientSession, WSMsgType, web
from pydantic import SecretStr

from bot.app import Front, open_bridge
from bot.clock import SystemClock, sleep
from bot.conversation.patience import Patience
from bot.frontdesk import FrontDesk
from bot.health import serving
from bot.ids import Installation
from bot.intake import StoreIntake
from bot.metrics import Metrics
from bot.ownership.opening import open_edges
from bot.slack.arriving import LARGEST
from bot.slack.door import Limits
from bot.slack.http import PATH, signature
from bot.slack.listeners import build_app
from bot.slack.socket import SocketLink, SocketTiming
from bot.store import Store, open_store
from bot.store.keys import Keys, Kind
from conversation.scenes import resting, working
from fuzz import samples
from fuzz.inputs import Inputs
from slack_caller import open_session_at, serve
from stage import ANN, INFRA, LIVELY, Stage
from support import wait_until

FORM = "application/x-www-form-urlencoded"
TYPES = (
    "application/json",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "",
)
UNLIMITED = Limits(per_minute={}, otherwise=10**9, channel=LIVELY.channel)
ANSWERS = {200, 400, 401, 413}
"""Taken, or nothing to us; unreadable; not signed, or too old; too large."""

KEPT = 500
"""Inputs after which the inbox is emptied, as its owner would."""

Call = Callable[[Any], Awaitable[object]]


class World:
    """Puts the names of a stage where samples have theirs, and ids that were not there before."""

    def __init__(self, stage: Stage, store: Store, root: str) -> None:
        self._names = {
            b"UBOT": stage.slack.bot_user_id.encode(),
            b"U1": ANN.encode(),
            b"C1": INFRA.encode(),
            b"T1": stage.slack.team_id.encode(),
            samples.ROOT.encode(): root.encode(),
        }
        self._store = store
        self._inbox = Keys(Installation(stage.slack.team_id)).of(Kind.INBOX)
        self._numbers = itertools.count(1)

    async def forget(self) -> None:
        """Empty the inbox."""
        await self._store.call("DEL", self._inbox)

    async def enter(self, raw: bytes) -> bytes:
        """Return an input that stands in this world."""
        number = next(self._numbers)
        if number % KEPT == 0:
            await self.forget()
        fresh = {
            b"Ev1": b"Ev%d" % number,
            b"12.34.abc": b"12.%d.abc" % number,
            samples.TS.encode(): b"17%08d.000200" % number,
            samples.LATER.encode(): b"18%08d.000300" % number,
        }
        for name, real in (self._names | fresh).items():
            raw = raw.replace(name, real)
        return raw


@asynccontextmanager
async def world(stage: Stage) -> AsyncGenerator[World]:
    """Let a whole bridge live through two tasks and go; the world is what it leaves behind."""
    lived = len(stage.neo.tasks)
    async with stage.bridging():
        await resting(stage, f"count the stacks {lived}")
        root, _ = await working(stage, f"look for drift {lived}")
    assert stage.settings.redis_url is not None
    async with open_store(stage.settings.redis_url.get_secret_value()) as store:
        here = World(stage, store, root)
        yield here
        await here.forget()


class Posted(NamedTuple):
    """A request to come: `secret` signs it where it is not empty, `age` is how old it is."""

    raw: bytes
    content_type: str
    signed: bool
    age: int
    headers: dict[str, str]


def posted(inputs: Inputs) -> Posted:
    """Return a request of Slack's, or one that is not quite of Slack's."""
    kind = inputs.pick(("event", "event", "click", "command", "verification"))
    raw, content_type = _body(inputs, kind)
    headers: dict[str, str] = {}
    if inputs.once_in(5):
        headers = {"X-Slack-Retry-Num": inputs.pick(("1", "-1", "x" * 5000))}
    return Posted(raw, content_type, not inputs.once_in(20), 400 * inputs.once_in(50), headers)


def _body(inputs: Inputs, kind: str) -> tuple[bytes, str]:
    match kind:
        case "event":
            return inputs.raw(*samples.BODIES), inputs.pick(TYPES)
        case "click":
            payload = inputs.raw(*samples.CLICKS).decode("utf-8", "replace")
            return inputs.damaged(_form({"payload": payload})), FORM
        case "command":
            form = {str(name): str(v) for name, v in inputs.like(samples.COMMAND).items()}
            if inputs.once_in(3):
                form["text"] = inputs.pick(
                    ("status", "stop", "stop drift", "channel", inputs.text())
                )
            return inputs.damaged(_form(form)), FORM
        case _:
            return inputs.raw(samples.VERIFICATION), inputs.pick((*TYPES, FORM))


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


@asynccontextmanager
async def posting(stage: Stage) -> AsyncGenerator[Call]:
    """Serve a bridge that Slack posts to; fail for a status that Slack should never see."""
    secret = stage.slack.signing_secret
    changes = {"slack_app_token": None, "slack_signing_secret": SecretStr(secret)}
    settings = stage.settings.model_copy(update=changes)
    front = Front(settings)
    statuses: Counter[int] = Counter()
    async with (
        world(stage) as here,
        open_bridge(settings, metrics=front.metrics, limits=UNLIMITED) as front.bridge,
        serving(front.application(), 0) as port,
        ClientSession() as http,
    ):

        async def call(given: Posted) -> None:
            raw = await here.enter(given.raw)
            headers = given.headers | _signed(raw, secret if given.signed else "guessed", given.age)
            headers |= {"Content-Type": given.content_type} if given.content_type else {}
            async with http.post(
                f"http://127.0.0.1:{port}{PATH}", data=io.BytesIO(raw), headers=headers
            ) as answer:
                await answer.read()
            statuses[answer.status] += 1
            assert answer.status in ANSWERS, f"answered with {answer.status}"
            assert (answer.status == 413) == (len(raw) > LARGEST and not given.age)

        yield call
        _assert_every_way_was_gone(statuses, front.metrics)


def _signed(raw: bytes, secret: str, age: int) -> dict[str, str]:
    sent = str(int(SystemClock().now()) - age)
    signed = signature(secret.encode(), sent, raw)
    return {"X-Slack-Request-Timestamp": sent, "X-Slack-Signature": signed}


def _assert_every_way_was_gone(statuses: Counter[int], metrics: Metrics) -> None:
    """Fail where inputs did not come as far as they should, or a command was not answered."""
    came = {
        (sample.labels["kind"], sample.labels["outcome"]): sample.value
        for family in metrics.received.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }
    assert statuses.keys() >= {200, 400, 401}
    kinds = ("event", "action", "form", "command")
    assert came.keys() >= {(kind, outcome) for kind in kinds for outcome in ("stored", "ignored")}
    assert not any(outcome == "refused" for _, outcome in came), came


class Link:
    """Slack's end of a socket: sends frames, and sees what is acked."""

    def __init__(self) -> None:
        self._sockets: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self._acked: set[str] = set()
        self._news = asyncio.Event()
        self._socket: web.WebSocketResponse | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer the Web API, and take sockets."""
        if request.path.startswith("/api/"):
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link/"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps(samples.LINK_FRAMES[0]))
        self._socket = socket
        self._news.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acked.add(str(json.loads(message.data).get("envelope_id")))
                self._news.set()
        if self._socket is socket:
            self._socket = None
        self._news.set()
        return socket

    async def deliver(self, frame: str, last: str, envelope: str) -> None:
        """Send a frame and the `last` one behind it, which is sent until its ack is there."""
        async with asyncio.timeout(60):
            await self._send(frame)
            while True:
                socket = await self._send(last)
                while self._socket is socket and envelope not in self._acked:
                    await self._heard()
                if envelope in self._acked:
                    self._acked.clear()
                    return

    async def _send(self, frame: str) -> web.WebSocketResponse:
        while True:
            while (socket := self._socket) is None:
                await self._heard()
            try:
                await socket.send_str(frame)
            except ConnectionError:
                self._socket = None if self._socket is socket else self._socket
            else:
                return socket

    async def _heard(self) -> None:
        self._news.clear()
        await self._news.wait()


@asynccontextmanager
async def socketing(stage: Stage) -> AsyncGenerator[Call]:
    """Open a socket of the bridge's, behind which is what is behind the bridge's own."""
    slack, outcomes = Link(), Counter[tuple[str, str]]()
    opened = open_edges(stage.settings, Patience(), Metrics(), SystemClock(), UNLIMITED)
    async with (
        world(stage) as here,
        opened as (edges, _, _),
        serve(slack.handle) as url,
        open_session_at(url) as session,
    ):
        intake = StoreIntake(edges.inbox)

        def observe(kind: str, outcome: str) -> None:
            outcomes[kind, outcome] += 1

        async def greeted(_since: float | None) -> None:
            pass

        link = SocketLink(
            build_app(session, edges.bot, intake, observe, FrontDesk(edges, intake)),
            session,
            "xapp-fake",
            on_connected=greeted,
            clock=SystemClock(),
            sleep=sleep,
            timing=SocketTiming(connect=30.0, reopen=30.0, silence=600.0),
        )
        running = asyncio.create_task(link.run())
        await wait_until(lambda: link.connected, "the socket is open")
        numbers = itertools.count(1)

        async def call(given: bytes) -> None:
            assert not running.done()
            frame = (await here.enter(given)).decode("utf-8", "replace")
            envelope = f"last-{next(numbers)}"
            last = {**samples.ENVELOPES[1], "envelope_id": envelope}
            raw = await here.enter(json.dumps(last).encode())
            await slack.deliver(frame, raw.decode(), envelope)

        yield call
        link.stop()
        await running
    assert ("command", "stored") in outcomes
    assert not any(outcome == "refused" for _, outcome in outcomes), outcomes
