"""HTTP connections of clients that send a request at once, or lose theirs.

aiohttp ends a connection that says nothing, but lets one send headers a byte at a time meanwhile.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Connections:
    """The connections of a server; `middleware` belongs into the application that it serves."""

    def __init__(self, header_seconds: float) -> None:
        """Take the seconds in which a request's headers are whole, from their first byte on."""
        self._seconds = header_seconds
        self._open: dict[object, _Connection] = {}

    def of(self, server: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return what makes the protocol of a new connection to `server`."""

        def accept() -> asyncio.Protocol:
            handler = server()
            connection = self._open[handler] = _Connection(
                handler, self._seconds, gone=lambda: self._open.pop(handler, None)
            )
            return connection

        return accept

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that the headers are here; how long the rest takes is the handler's business."""
        connection = self._open.get(request.protocol)
        if connection is None:
            return await handler(request)
        connection.is_heard()
        try:
            return await handler(request)
        finally:
            connection.is_answered()


class _Connection(asyncio.Protocol):
    """Stands before aiohttp's own protocol, and looks at the clock."""

    def __init__(
        self, handler: asyncio.Protocol, seconds: float, *, gone: Callable[[], object]
    ) -> None:
        self._handler = handler
        self._seconds = seconds
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._ends: asyncio.TimerHandle | None = None
        self._answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # of a TCP server, in any loop
        self._handler.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._ends is None and not self._answering:
            loop = asyncio.get_running_loop()
            self._ends = loop.call_later(self._seconds, self._give_up)
        self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._gone()
        self._handler.connection_lost(exc)

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()

    def is_heard(self) -> None:
        self._answering = True
        self._wait_no_more()

    def is_answered(self) -> None:
        self._answering = False

    def _wait_no_more(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _give_up(self) -> None:
        log.info("http_headers_too_slow")
        if self._transport is not None:
            self._transport.abort()
