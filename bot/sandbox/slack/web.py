"""The Web API's front door: arguments, tokens, limits, faults and the journal of calls."""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import structlog
from aiohttp import web

from bot.clock import Clock
from bot.sandbox.faults import (
    ApiError,
    Conflict,
    Delay,
    DropAfter,
    DropBefore,
    Fault,
    Hang,
    RateLimited,
    ServerError,
)
from bot.sandbox.slack.faults import SlackFaults
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused, as_object

APP_LEVEL = frozenset({"apps.connections.open"})
"""Methods that take the app token; every other one takes the bot token."""
SCOPES = (
    "app_mentions:read,channels:history,channels:join,channels:read,chat:write,commands,"
    "files:read,files:write,im:history,im:read,im:write,reactions:read,reactions:write,team:read,"
    "usergroups:read,users:read"
)

Act = Callable[[], web.StreamResponse]
"""Does what a request asks, and makes the answer."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Call:
    """One Web API call: its arguments without the token, its time, and what became of it.

    `outcome` is `ok`, Slack's error word, or empty while or when it was not acted on; `fault` names
    the fault it met.
    """

    method: str
    args: Mapping[str, Any]
    at: float
    outcome: str = ""
    fault: str = ""


class WebApi:
    """Serves `/api/{method}`. An answer is JSON with HTTP 200, but for 429 and 5xx."""

    def __init__(
        self,
        methods: Mapping[str, Answer],
        *,
        tokens: tuple[str, str],
        faults: SlackFaults,
        limits: Limits | None,
        clock: Clock,
    ) -> None:
        self.calls: list[Call] = []
        self.closing = asyncio.Event()
        """Set at shutdown: whoever hangs or waits here is let go."""
        self._methods = methods
        self._bot_token, self._app_token = tokens
        self._faults = faults
        self._limits = limits
        self._clock = clock
        self._numbers = itertools.count(1)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call; it is in the journal before anything is done."""
        method = request.match_info["method"]
        try:
            values = await read_values(request)
        except Refused as refused:
            return self._json(refused.answer())
        token = _bearer(request) or str(values.pop("token", ""))
        call = Call(method, values, self._clock.now())
        self.calls.append(call)
        fault = self._faults.take(method, values)
        if fault is None:
            return self._json_or_429(call, token)
        call.fault = type(fault).__name__
        return await self.suffer(request, fault, lambda: self._json_or_429(call, token))

    async def suffer(self, request: web.Request, fault: Fault, act: Act) -> web.StreamResponse:
        """Answer a request that meets a fault; `act` does what was asked and makes the answer."""
        match fault:
            case DropBefore():
                return drop(request)
            case DropAfter():
                act()
                return drop(request)
            case Hang():
                await self.closing.wait()
                return drop(request)
            case Delay(seconds, after=False):
                await self._wait(seconds)
                return act()
            case Delay(seconds):
                answer = act()
                await self._wait(seconds)
                return answer
            case _:
                return self._refusal(fault, act)

    def _refusal(
        self, fault: ServerError | RateLimited | ApiError | Conflict, act: Act
    ) -> web.StreamResponse:
        match fault:
            case ServerError(status, body, after):
                if after:
                    act()
                return web.Response(status=status, text=body, content_type="text/html")
            case RateLimited(retry_after):
                return self._rate_limited(retry_after)
            case ApiError(code):
                return self._json(Refused(code).answer())
            case Conflict():
                return web.Response(status=409, text="conflict")

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return

    def _json_or_429(self, call: Call, token: str) -> web.StreamResponse:
        wait = self._limits.spend(call.method, call.args) if self._limits else 0
        if wait:
            call.outcome = "ratelimited"
            return self._rate_limited(wait)
        body = self._answer(call, token)
        call.outcome = str(body.get("error", "ok"))
        return self._json(body)

    def _answer(self, call: Call, token: str) -> JSON:
        try:
            self._check_token(call.method, token)
            answer = self._method(call.method)
            return {"ok": True, **answer(Args(call.args))}
        except Refused as refused:
            return refused.answer()
        except Exception:
            # Like the real service, a mistake of ours answers one call and stops nothing.
            log.exception("slack_sandbox_call_failed", method=call.method)
            return Refused("fatal_error").answer()

    def _method(self, name: str) -> Answer:
        if code := self._faults.missing_code(name):
            raise Refused(code)
        if name not in self._methods:
            raise Refused("unknown_method")
        return self._methods[name]

    def _check_token(self, method: str, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        wanted = self._app_token if method in APP_LEVEL else self._bot_token
        if token == wanted:
            return
        known = token in {self._app_token, self._bot_token}
        raise Refused("not_allowed_token_type" if known else "invalid_auth")

    def _rate_limited(self, retry_after: float | None) -> web.Response:
        answer = self._json(Refused("ratelimited").answer(), status=429)
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def _json(self, body: JSON, status: int = 200) -> web.Response:
        headers = {"x-slack-req-id": f"sandbox-{next(self._numbers)}", "x-oauth-scopes": SCOPES}
        return web.json_response(body, status=status, headers=headers)


def drop(request: web.Request) -> web.Response:
    """Close the connection under a request; the response that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def read_values(request: web.Request) -> JSON:
    """Return query, form and JSON body merged, later ones winning.

    Raises `Refused` when a JSON body is not a JSON object.
    """
    values: JSON = dict(request.query)
    if request.content_type == "application/json":
        return values | _json_object(await request.text())
    form = await request.post()
    return values | {name: cast("str", value) for name, value in form.items()}


def _json_object(text: str) -> JSON:
    try:
        body = as_object(json.loads(text or "{}"))
    except ValueError:
        raise Refused("invalid_json") from None
    if body is None:
        raise Refused("json_not_object")
    return body
