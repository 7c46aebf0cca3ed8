"""HTTP mode: what Slack posts to us, through the same listeners as what comes by a socket.

Slack signs the raw bytes of each request (https://docs.slack.dev/authentication/verifying-requests-from-slack):
who does not know the secret learns nothing here, and costs little.
"""

import asyncio
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import aiohttp
import structlog
from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp

from bot.clock import Clock
from bot.errors import MalformedInput
from bot.slack.arriving import LARGEST, for_bolt
from bot.slack.shape import as_object, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PATH = "/slack/events"
"""Where Slack posts everything: events, clicks and commands."""

WINDOW = 300.0
"""Seconds by which a request's time may differ from ours: what is older may be a replay."""

READ_TIMEOUT = 3.0
"""Seconds in which a request has to be here whole: Slack itself waits no longer for its answer."""

MOST_FIELDS = 100
"""Fields of a form; a slash command has some twenty."""

_VERSION = "v0"
_NO_RETRY = {"x-slack-no-retry": "1"}
_RETRY_HEADERS = ("x-slack-retry-num", "x-slack-retry-reason")


class HttpIntake:
    """Takes Slack's requests for a Bolt app. `routes` go into the application that is served.

    The one who serves it limits how long a connection may be silent, and how long a request's
    headers may take; from then on, this does.
    """

    def __init__(
        self,
        app: AsyncApp,
        signing_secret: str,
        clock: Clock,
        *,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self.last_heard: float | None = None
        """When Slack's last signed request came, in seconds since the epoch."""
        self._app = app
        self._secret = signing_secret.encode()
        self._clock = clock
        self._read_timeout = read_timeout
        self._running: set[asyncio.Task[object]] = set()
        self._refusing = False

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [web.post(PATH, self.handle)]

    def refuse(self) -> None:
        """Take nothing more in: Slack sends events again, to another replica or the next one."""
        self._refusing = True

    async def drain(self, seconds: float) -> None:
        """Let running requests finish."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; never with a 500."""
        if self._refusing:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE)
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await self._answer(request)
        finally:
            self._running.discard(task)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        if not is_timely(request.headers, now):  # before the body: it is the cheapest to know
            return _refusal(HTTPStatus.UNAUTHORIZED)
        try:
            async with asyncio.timeout(self._read_timeout):
                raw = await _read(request)
        except TimeoutError:
            log.warning("slack_request_too_slow")
            return _refusal(HTTPStatus.REQUEST_TIMEOUT)
        except (web.RequestPayloadError, aiohttp.ClientError, OSError) as error:
            log.info("slack_request_broken", why=type(error).__name__)
            return _refusal(HTTPStatus.BAD_REQUEST)
        if raw is None:
            log.warning("slack_request_too_large", limit=LARGEST)
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not is_signed(request.headers, raw, self._secret):
            log.warning("slack_signature_wrong")
            return _refusal(HTTPStatus.UNAUTHORIZED)
        self.last_heard = now
        return await self._hear(request, raw)

    async def _hear(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        headers = _retry_headers(request)
        if headers:
            log.info("slack_request_retried", headers=headers)
        try:
            body = decode(raw, request.content_type)
            if text(body, "type") == "url_verification":
                return web.Response(text=text(body, "challenge"))
            given = for_bolt(body, headers)
        except MalformedInput as error:
            log.warning("slack_request_unreadable", why=str(error))
            return web.Response(status=HTTPStatus.BAD_REQUEST, headers=_NO_RETRY)
        try:
            return _as_http(await self._app.async_dispatch(given))
        except Exception:
            # A mistake of ours. Slack sends events again.
            log.exception("slack_request_failed")
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


def signature(secret: bytes, timestamp: str, raw: bytes) -> str:
    """Return what Slack puts into `X-Slack-Signature` for a body."""
    signed = b":".join((_VERSION.encode(), timestamp.encode(), raw))
    return f"{_VERSION}={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


def is_timely(headers: Mapping[str, str], now: float) -> bool:
    """Tell whether a request says that it was sent within `WINDOW` seconds of `now`."""
    sent = headers.get("X-Slack-Request-Timestamp", "")
    # Twelve digits: `int` takes other alphabets' digits too, and time to read a long number.
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        return False
    return abs(now - int(sent)) <= WINDOW


def is_signed(headers: Mapping[str, str], raw: bytes, secret: bytes) -> bool:
    """Tell whether who sent a body knows the secret; takes the same time for each wrong guess."""
    given = headers.get("X-Slack-Signature", "")
    expected = signature(secret, headers.get("X-Slack-Request-Timestamp", ""), raw)
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))


def decode(raw: bytes, content_type: str) -> Mapping[str, object]:
    """Return a request's body: an event as JSON, a click or a command as a form.

    Raises `MalformedInput` for what is neither.
    """
    try:
        if content_type != "application/x-www-form-urlencoded":
            return _json_object(raw.decode())
        form = _form(raw)
        return _json_object(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError) as error:  # bad UTF-8 and bad JSON are both `ValueError`
        raise MalformedInput(f"neither JSON nor a form: {type(error).__name__}") from None


def _form(raw: bytes) -> dict[str, str]:
    """Return the fields of a form; of a field that is there twice, the last."""
    if raw.count(b"&") >= MOST_FIELDS:
        raise MalformedInput("more fields than any form of Slack's")
    pairs = (field.partition(b"=") for field in raw.split(b"&") if field)
    return {_unquoted(name): _unquoted(value) for name, _, value in pairs}


def _unquoted(part: bytes) -> str:
    """Undo the percent signs of a form.

    By way of quoted-printable, which has `=` in their place, because that is read in C: a click on
    a long message has hundreds of thousands of them, a tenth of a second for `urllib`.
    """
    printable = part.replace(b"=", b"=3D").replace(b"%", b"=").replace(b"+", b" ")
    return binascii.a2b_qp(printable).decode()


def _json_object(document: str) -> Mapping[str, object]:
    body: object = json.loads(document)
    if not isinstance(body, dict):
        raise MalformedInput("not a JSON object")
    return as_object(body)  # pyright: ignore[reportUnknownArgumentType] # any object will do


def _retry_headers(request: web.Request) -> dict[str, str | Sequence[str]]:
    return {name: request.headers[name] for name in _RETRY_HEADERS if name in request.headers}


async def _read(request: web.Request) -> bytes | None:
    """Return a request's body, None where it is too large."""
    if (request.content_length or 0) > LARGEST:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _refusal(status: HTTPStatus) -> web.Response:
    """Answer without a detail, and end the connection: what is left of the request stays unread."""
    answer = web.Response(status=status)
    answer.force_close()
    return answer


def _as_http(answer: BoltResponse) -> web.Response:
    headers = {name: value[0] for name, value in answer.headers.items() if value}
    return web.Response(status=answer.status, body=answer.body.encode(), headers=headers)
