"""A real HTTP server that answers what a test tells it, and remembers what it was asked."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.neo.client import NeoClient, open_neo
from bot.neo.identity import SharedIdentity

TOKEN = "pul-not-a-real-token"
SOMEONE = SharedIdentity(TOKEN, "someone")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ScriptedNeo:
    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    script: deque[Answer] = field(default_factory=deque[Answer])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(request.query)
        self.asked.append(Asked(request.method, request.rel_url.raw_path, query, headers, body))
        # The last answer stays: a follower may come back any number of times.
        answer = self.script.popleft() if len(self.script) > 1 else self.script[0]
        return await answer(request)


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps, and the sleeps."""

    seconds: float = 1_000.0
    slept: list[float] = field(default_factory=list[float])

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


def says(
    status: int, body: str | bytes = b"", *, headers: Mapping[str, str] | None = None
) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        content = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=content, headers=headers)

    return answer


def says_json(status: int, body: str) -> Answer:
    return says(status, body, headers={"Content-Type": "application/json"})


def drops_the_connection() -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return answer


def streams(*chunks: str | bytes, then: str = "close") -> Answer:
    """Answer with an event stream, then `close` it, `drop` the connection, or `hang`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk.encode() if isinstance(chunk, str) else chunk)
        if then == "drop":
            assert request.transport is not None
            request.transport.abort()
        elif then == "hang":
            await asyncio.Event().wait()
        return response

    return answer


@asynccontextmanager
async def scripted_neo() -> AsyncGenerator[ScriptedNeo]:
    neo = ScriptedNeo()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", neo.handle)
    async with TestServer(app) as server:
        neo.url = str(server.make_url("")).rstrip("/")
        yield neo


@asynccontextmanager
async def client_of(
    url: str, time: FakeTime | None = None, org: str = "acme"
) -> AsyncGenerator[NeoClient]:
    time = time or FakeTime()
    opened = open_neo(url, org, clock=time, sleep=time.sleep, rng=Random(1))
    async with opened as client:
        yield client
