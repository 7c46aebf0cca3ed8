"""Socket Mode: single-use tickets, up to ten connections, a random one for each payload."""

import itertools
import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import WSMsgType, web

from bot.sandbox.slack.wire import JSON, as_object

CONNECTIONS = 10
"""Connections per app (Slack's Socket Mode documentation)."""
CONNECTION_TIME = 18_060
"""Seconds a connection is said to live."""

CLOSING_TIME = 1.0
"""Seconds that a client has to answer the close of its connection."""


@dataclass(frozen=True, slots=True, eq=False)
class _Connection:
    name: str
    socket: web.WebSocketResponse
    request: web.Request

    async def send(self, text: str) -> bool:
        """Send a frame; false when the other side is gone."""
        try:
            await self.socket.send_str(text)
        except ConnectionError:
            return False
        return True


class Sockets:
    """The open connections of the app. `on_frame` is given each JSON frame that arrives."""

    def __init__(
        self, *, app_id: str, rng: random.Random, on_frame: Callable[[JSON], None]
    ) -> None:
        self.refuse = False
        """While true, connecting fails; the ticket is used up all the same."""
        self._app_id = app_id
        self._rng = rng
        self._on_frame = on_frame
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._connections)

    def issue_ticket(self) -> str:
        """Return a ticket for one connection attempt."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection attempt to `/link/`."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="ticket expired")
        self._tickets.remove(ticket)
        if self.refuse:
            return web.Response(status=503, text="no connections now")
        socket = web.WebSocketResponse(timeout=CLOSING_TIME)
        await socket.prepare(request)
        connection = _Connection(f"connection-{next(self._numbers)}", socket, request)
        if len(self._connections) >= CONNECTIONS:
            await self._part(connection, "too_many_websockets")
            return socket
        await self._serve(connection)
        return socket

    async def send(self, text: str) -> str:
        """Send a frame on a random connection and return its name, "" if none is open."""
        while self._connections:
            connection = self._rng.choice(self._connections)
            if await connection.send(text):
                return connection.name
            self._forget(connection)
        return ""

    async def drop(self, reason: str | None) -> None:
        """End every connection: by a `disconnect` frame with `reason`, or abruptly if None."""
        dropped, self._connections = self._connections, []
        for connection in dropped:
            if reason is None:
                _cut(connection.request)
            else:
                await self._part(connection, reason)

    async def _serve(self, connection: _Connection) -> None:
        self._connections.append(connection)
        try:
            await connection.send(self._hello())
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._read(message.data)
        finally:
            self._forget(connection)

    def _read(self, text: str) -> None:
        try:
            frame = as_object(json.loads(text))
        except ValueError:
            return  # Slack ignores what is not JSON.
        if frame is not None:
            self._on_frame(frame)

    def _forget(self, connection: _Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)

    async def _part(self, connection: _Connection, reason: str) -> None:
        debug = {"host": "wss-sandbox"}
        frame = {"type": "disconnect", "reason": reason, "debug_info": debug}
        if await connection.send(json.dumps(frame)):
            await connection.socket.close()

    def _hello(self) -> str:
        debug = {
            "host": "applink-sandbox",
            "started": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.000}",
            "build_number": 1,
            "approximate_connection_time": CONNECTION_TIME,
        }
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": debug,
        }
        return json.dumps(hello)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
