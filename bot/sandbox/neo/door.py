"""The front of the server: journal, faults, who is asking, and how a refusal is worded."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.sandbox.faults import (
    ApiError,
    Conflict,
    Delay,
    DropAfter,
    DropBefore,
    FaultQueue,
    Hang,
    RateLimited,
    ServerError,
)
from bot.sandbox.neo.refusal import BUSY, Refusal
from bot.sandbox.neo.state import NeoUser

STREAM = "stream_events"
"""The route that answers for as long as it is left open."""


@dataclass(slots=True)
class Received:
    """One request as it arrived; `headers` lack the token, `body` is JSON or else text.

    `outcome` is the status answered, or `open`, `dropped`, `hung`.
    """

    at: float
    route: str
    method: str
    path: str
    task_id: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    login: str = ""
    outcome: str = "open"


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose sender is known."""

    request: web.Request
    received: Received
    user: NeoUser

    def json(self) -> Any:
        """Return the body.

        Raises `Refusal` (400) when it is not JSON, or not said to be.
        """
        if self.request.content_type != "application/json":
            raise Refusal(400, "Content-Type must be application/json")
        if isinstance(self.received.body, str):
            raise Refusal(400, "the request body is not valid JSON")
        return self.received.body


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class Door:
    """Everything that happens to a request before and after its handler."""

    def __init__(self, org: str, tokens: Mapping[str, NeoUser], clock: Clock) -> None:
        self._org = org
        self._tokens = tokens
        self._clock = clock
        self.received: list[Received] = []
        self.faults: FaultQueue[Received] = FaultQueue()

    async def pass_through(
        self, route: str, handler: Handler, request: web.Request
    ) -> web.StreamResponse:
        """Note a request, let its fault befall it or its handler answer it."""
        received = await self._note(route, request)
        try:
            return await self._befall(handler, request, received)
        except asyncio.CancelledError:  # the client left, or the server stops
            received.outcome = "dropped"
            raise

    async def _note(self, route: str, request: web.Request) -> Received:
        text = (await request.read()).decode(errors="replace")
        shown = {k: v for k, v in request.headers.items() if k.lower() != "authorization"}
        received = Received(
            at=self._clock.now(),
            route=route,
            method=request.method,
            path=request.path,
            task_id=request.match_info.get("task", ""),
            query=dict(request.query),
            headers=shown,
            body=_json_or_text(text),
        )
        self.received.append(received)
        return received

    async def _befall(
        self, handler: Handler, request: web.Request, received: Received
    ) -> web.StreamResponse:
        fault = self.faults.take(received.route, received)
        streams = received.route == STREAM
        match fault:
            case DropBefore():
                return _drop(request, received)
            case Hang():
                received.outcome = "hung"
                return await asyncio.get_running_loop().create_future()
            case Delay(seconds) if streams:
                await asyncio.sleep(seconds)
            case RateLimited() | Conflict() | ApiError() | ServerError(after=False):
                return _answered(received, _refuse(fault))
            case _:
                pass
        response = await self._answer(handler, request, received)
        match fault:
            case DropAfter():
                return _drop(request, received)
            case ServerError(after=True):
                return _answered(received, _refuse(fault))
            case Delay(seconds) if not streams:
                await asyncio.sleep(seconds)
            case _:
                pass
        return response

    async def _answer(
        self, handler: Handler, request: web.Request, received: Received
    ) -> web.StreamResponse:
        try:
            user = self._identify(request)
            received.login = user.login
            self._admit(user, request.match_info.get("org"))
            response = await handler(Call(request, received, user))
        except Refusal as refusal:
            response = _error(refusal.status, refusal.message)
        return _answered(received, response)

    def _identify(self, request: web.Request) -> NeoUser:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "token" or token not in self._tokens:
            raise Refusal(401, "Unauthorized: No credentials provided or are invalid.")
        return self._tokens[token]

    def _admit(self, user: NeoUser, org: str | None) -> None:
        member_of = (self._org,) if user.organizations is None else user.organizations
        if org is not None and (org != self._org or org not in member_of):
            raise Refusal(403, f"{user.login} is not a member of the organization {org!r}")


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _refuse(fault: RateLimited | Conflict | ApiError | ServerError) -> web.Response:
    match fault:
        case RateLimited(retry_after):
            headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
            return _error(429, "too many requests", headers)
        case Conflict():
            return _error(409, BUSY)
        case ApiError(code):
            return _error(400, code)
        case ServerError(status, body):
            return web.Response(status=status, text=body, content_type="text/html")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"code": status, "message": message}
    return web.json_response(body, status=status, headers=headers)


def _answered(received: Received, response: web.StreamResponse) -> web.StreamResponse:
    received.outcome = str(response.status)
    return response


def _drop(request: web.Request, received: Received) -> web.Response:
    """Reset the connection; the returned response goes nowhere."""
    received.outcome = "dropped"
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
