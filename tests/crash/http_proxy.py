"""Stands between bridges and a server that speaks HTTP."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from typing import Any, Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from crash.gate import Gate, Severed

HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade", "date"}
)
BODY_LIMIT = 64 * 2**20
CLOSING_SECONDS = 0.2


class HttpProxy(ABC):
    """Passes on whatever is asked, and the answer; subclasses say who asks, and what it is."""

    def __init__(self, gate: Gate, upstream: str) -> None:
        self._gate = gate
        self._upstream = upstream.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[web.StreamResponse]] = set()
        self._runner: web.AppRunner | None = None
        self.url = ""
        """Where it listens, without a slash at the end."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self.serve)
        # Cancelled handlers tell that a bridge is gone, even one that only listens.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=CLOSING_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        # A fresh connection for each request: on a used one aiohttp would repeat a lost GET.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout()
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._runner is not None
        assert self._session is not None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The way to the server."""
        assert self._session is not None
        return self._session

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        return await self.finishing(self.forward(request))

    async def finishing(self, work: Coroutine[Any, Any, web.StreamResponse]) -> web.StreamResponse:
        """Let the work go on when the bridge dies: what is on the wire arrives."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on as a crossing."""
        try:
            body = await request.read()
        except (web.RequestPayloadError, ConnectionError):
            return cut(request)  # it died while it sent
        try:
            return await self._gate.cross(
                self.who(request), self.name(request, body), lambda: self._ask(request, body)
            )
        except (Severed, aiohttp.ClientError, ConnectionError):
            return cut(request)

    @abstractmethod
    def who(self, request: web.Request) -> str:
        """Say which bridge a request is of."""

    @abstractmethod
    def name(self, request: web.Request, body: bytes) -> str:
        """Name a request."""

    def target(self, request: web.Request) -> str:
        """Return the address where a request goes on."""
        return f"{self._upstream}{request.raw_path}"

    def reworded(self, request: web.Request, body: bytes) -> bytes:  # noqa: ARG002 -- a default
        """Return an answer as the bridge gets it."""
        return body

    async def _ask(self, request: web.Request, body: bytes) -> web.Response:
        async with self.session.request(
            request.method,
            self.target(request),
            data=body or None,
            headers=passed_on(request.headers),
            allow_redirects=False,
        ) as answer:
            content = self.reworded(request, await answer.read())
            return web.Response(
                status=answer.status, body=content, headers=passed_on(answer.headers)
            )


def passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """Return the headers that concern more than one connection."""
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP
    )


def cut(request: web.Request) -> web.Response:
    """Break the bridge's connection; the response that is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
