"""Stands between bridges and Slack: Web API, files, and sockets frame by frame."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import WSMsgType, web

from crash.gate import Gate, Severed
from crash.http_proxy import CLOSING_SECONDS, HttpProxy, cut
from crash.names import envelope_of, of_slack_ack, of_slack_frame, of_slack_request

Send = Callable[[str], Coroutine[Any, Any, None]]


class SlackProxy(HttpProxy):
    """Slack's addresses in answers and events (sockets, uploads, downloads) become ours.

    All bridges have the same one, for they hand each other addresses of files: those have to be
    where their Web API is. The path begins with who asks; a file is asked for by the `owner`.
    """

    def __init__(self, gate: Gate, upstream: str, owner: Callable[[], str]) -> None:
        super().__init__(gate, upstream)
        self._owner = owner

    def api_url(self, who: str) -> str:
        """Return the base of the Web API for a bridge's settings."""
        return f"{self.url}/{who}/api/"

    def who(self, request: web.Request) -> str:
        """Say which bridge a request is of."""
        who, path = _parts(request)
        return self._owner() if path.startswith("/files/") else who

    def name(self, request: web.Request, body: bytes) -> str:  # noqa: ARG002 -- the path says it
        """Name a request by its method."""
        return of_slack_request(_parts(request)[1])

    def target(self, request: web.Request) -> str:
        """Return the address without who asks."""
        return f"{self._upstream}/{request.raw_path.split('/', 2)[2]}"

    def reworded(self, request: web.Request, body: bytes) -> bytes:
        """Let every address lead through here."""
        theirs, ours = urlsplit(self._upstream).netloc, urlsplit(self.url).netloc
        who, _ = _parts(request)
        return body.replace(f"{theirs}/".encode(), f"{ours}/{who}/".encode())

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, or serve a socket."""
        if _parts(request)[1] == "/link/":
            return await self._socket(request)
        return await super().serve(request)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        async def connect() -> aiohttp.ClientWebSocketResponse:
            return await self.session.ws_connect(self.target(request), max_msg_size=0)

        try:
            slack = await self._gate.cross(self.who(request), "slack socket", connect)
        except aiohttp.WSServerHandshakeError as refused:
            return web.Response(status=refused.status)
        except (Severed, aiohttp.ClientError):
            return cut(request)
        bridge = web.WebSocketResponse(timeout=CLOSING_SECONDS, max_msg_size=0)
        try:
            await bridge.prepare(request)
            await self._both_ways(request, slack, bridge)
        finally:
            await slack.close()
            cut(request)
        return bridge

    async def _both_ways(
        self,
        request: web.Request,
        slack: aiohttp.ClientWebSocketResponse,
        bridge: web.WebSocketResponse,
    ) -> None:
        """Pass frames on until one side ends; an orderly end is passed on too."""
        told: dict[str, str] = {}

        def heard(text: str) -> str:
            return told.setdefault(envelope_of(text), of_slack_frame(text))

        def acked(text: str) -> str:
            return of_slack_ack(told[envelope_of(text)])

        down = self._pump(request, texts(slack), bridge.send_str, heard)
        up = self._pump(request, texts(bridge), slack.send_str, acked)
        pumps = [asyncio.create_task(down), asyncio.create_task(up)]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if slack.close_code == aiohttp.WSCloseCode.OK:
                await bridge.close()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self,
        request: web.Request,
        frames: AsyncIterator[str],
        send: Send,
        named: Callable[[str], str],
    ) -> None:
        async for frame in frames:
            text = self.reworded(request, frame.encode()).decode()
            await self._gate.cross(self.who(request), named(text), lambda t=text: send(t))


def _parts(request: web.Request) -> tuple[str, str]:
    """Return who asks, and the path at Slack."""
    _, who, path = request.path.split("/", 2)
    return who, f"/{path}"


async def texts(
    socket: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
) -> AsyncIterator[str]:
    """Yield the text frames of a socket until it ends."""
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            yield message.data
