"""One Socket Mode connection: slack_sdk's client, watched and closed for good."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol, cast

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import MalformedInput
from bot.slack.arriving import LARGEST, for_bolt
from bot.slack.shape import text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds for the closing handshake with a socket that may be dead."""

KIND = 40
"""Characters of an envelope's type that are logged; Slack's own are shorter."""


class _SdkClient(Protocol):
    """The parts of slack_sdk's client that its own annotations leave unknown."""

    message_listeners: list[Callable[..., Awaitable[None]]]
    message_processor: asyncio.Future[None]
    current_session_monitor: asyncio.Future[None] | None
    message_receiver: asyncio.Future[None] | None


class _Client(SocketModeClient):
    """slack_sdk's client; what it would not read is logged, and is not acked."""

    async def enqueue_message(self, message: str) -> None:
        if len(message) > LARGEST:
            log.warning("slack_envelope_too_large", limit=LARGEST)
            return
        await super().enqueue_message(message)

    async def process_message(self) -> None:
        try:
            await super().process_message()
        except (ValueError, RecursionError) as error:
            log.warning("slack_envelope_unreadable", why=f"not JSON: {type(error).__name__}")


class Connection:
    """Runs a Bolt app over one socket, which slack_sdk itself renews when Slack asks for it.

    `on_frame(is_hello)` is told of each frame, before anything else is done with it.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        ping: float,
        proxy: str | None,
        on_frame: Callable[[bool], None],
    ) -> None:
        self._on_frame = on_frame
        self._app = app
        self._client = _Client(
            app_token, logger=_sdk_logger(), web_client=app.client, ping_interval=ping
        )
        self._client.proxy = proxy  # the constructor reads the environment, blind to NO_PROXY
        self._sdk = cast("_SdkClient", self._client)
        self._sdk.message_listeners.append(self._hear)
        self._greeted: object = None
        self._running: set[asyncio.Task[object]] = set()
        self._refusing = False

    @property
    def is_open(self) -> bool:
        """Whether the present socket is open and Slack has said hello on it."""
        socket = self._client.current_session
        return socket is not None and socket is self._greeted and not socket.closed

    @property
    def was_open(self) -> bool:
        """Whether Slack has said hello on any socket of this connection."""
        return self._greeted is not None

    @property
    def last_pong(self) -> float | None:
        """A number that changes with each answer to a ping."""
        return self._client.last_ping_pong_time

    async def open(self, url: str) -> None:
        """Connect to a fresh URL.

        Does not return while that fails, and never tries another URL: slack_sdk repeats the
        spent one. So it needs a time limit.
        """
        self._client.wss_uri = url
        await self._client.connect()

    def refuse(self) -> None:
        """Take nothing more in."""
        self._refusing = True

    async def drain(self, seconds: float) -> None:
        """Let running listeners finish and ack."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def close(self) -> None:
        """Close the socket and end slack_sdk's tasks, which its own `close` leaves running."""
        self._client.closed, self._client.auto_reconnect_enabled = True, False
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._client.disconnect()
        sdk = self._sdk
        helpers = (sdk.message_processor, sdk.current_session_monitor, sdk.message_receiver)
        tasks = [task for task in helpers if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aiohttp_client_session.close()

    async def _hear(
        self, _client: AsyncBaseSocketModeClient, frame: Mapping[str, object], _raw: str | None
    ) -> None:
        hello = frame.get("type") == "hello"
        if hello:
            self._greeted = self._client.current_session
        self._on_frame(hello)
        if "envelope_id" not in frame or self._refusing:
            return  # not acked: Slack gives it to another connection, or to the next one
        try:
            envelope, given = _read(frame)
        except MalformedInput as error:
            kind = text(frame, "type")[:KIND]
            log.warning("slack_envelope_unreadable", kind=kind, why=str(error))
        else:
            await self._take(envelope, given)

    async def _take(self, envelope: SocketModeRequest, given: AsyncBoltRequest) -> None:
        task, kind, began = asyncio.current_task(), envelope.type[:KIND], time.time()
        assert task is not None
        self._running.add(task)
        try:
            answer = await self._app.async_dispatch(given)
            await send_async_response(self._client, envelope, answer, began)
        except ConnectionResetError as error:
            log.warning("slack_ack_not_sent", kind=kind, why=str(error))  # it comes again
        except Exception:
            # A mistake of ours. Slack sends it again.
            log.exception("slack_envelope_failed", kind=kind)
        finally:
            self._running.discard(task)


def _read(frame: Mapping[str, object]) -> tuple[SocketModeRequest, AsyncBoltRequest]:
    """Return an envelope, and its payload for Bolt; what is odd about a retry counts as absent.

    Raises `MalformedInput`.
    """
    payload, attempt = frame.get("payload"), frame.get("retry_attempt")
    if not (text(frame, "envelope_id") and isinstance(payload, dict)):
        raise MalformedInput("an envelope without an id or a payload")
    body = cast("dict[str, object]", payload)
    envelope = SocketModeRequest(
        text(frame, "type"),
        text(frame, "envelope_id"),
        body,
        retry_attempt=attempt if isinstance(attempt, int) else None,
        retry_reason=text(frame, "retry_reason") or None,
    )
    return envelope, for_bolt(body, build_headers(envelope) or {})


def _sdk_logger() -> logging.Logger:
    """Return a logger that says nothing: slack_sdk logs socket URLs with their tickets.

    What it knows about the connection, the watchdog logs.
    """
    logger = logging.getLogger("bot.slack.socket.sdk")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
