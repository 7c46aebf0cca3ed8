"""Stands between one bridge and Neo: its API, and its event streams event by event."""

from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from crash.gate import Gate, Severed
from crash.http_proxy import HttpProxy, cut, passed_on
from crash.names import of_neo_frame, of_neo_request

FRAME_END = b"\n\n"


class NeoProxy(HttpProxy):
    """Every event of a stream is a crossing of its own."""

    def __init__(self, who: str, gate: Gate, upstream: str) -> None:
        super().__init__(gate, upstream)
        self._who = who

    def who(self, request: web.Request) -> str:  # noqa: ARG002 -- all of them are
        """Say which bridge a request is of."""
        return self._who

    def name(self, request: web.Request, body: bytes) -> str:
        """Name a request by its endpoint."""
        return of_neo_request(request.method, request.path, body)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, or serve a stream."""
        if request.path.endswith("/events/stream"):
            return await self._stream(request)
        return await super().serve(request)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        async def connect() -> aiohttp.ClientResponse:
            headers = passed_on(request.headers)
            return await self.session.get(self.target(request), headers=headers)

        try:
            stream = await self._gate.cross(self._who, self.name(request, b""), connect)
        except (Severed, aiohttp.ClientError):
            return cut(request)
        try:
            return await self._relay(request, stream)
        except (Severed, aiohttp.ClientError, ConnectionError):
            return cut(request)
        finally:
            stream.close()

    async def _relay(
        self, request: web.Request, stream: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=stream.status, headers=passed_on(stream.headers))
        await response.prepare(request)
        async for frame in frames(stream):
            name = of_neo_frame(frame) if stream.status == 200 else ""
            if name:
                await self._gate.cross(self._who, name, lambda f=frame: response.write(f))
            else:
                await response.write(frame)
        return response


async def frames(stream: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yield what comes, cut where a frame ends."""
    rest = b""
    async for chunk in stream.content.iter_any():
        *whole, rest = (rest + chunk).split(FRAME_END)
        for frame in whole:
            yield frame + FRAME_END
    if rest:
        yield rest
