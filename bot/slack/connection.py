"""One Socket Mode connection: slack_sdk's client, watched and closed for good."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol, cast

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

CLOSE_TIMEOUT = 2.0
"""Seconds for the closing handshake with a socket that may be dead."""


class _SdkClient(Protocol):
    """The parts of slack_sdk's client that its own annotations leave unknown."""

    message_listeners: list[Callable[..., Awaitable[None]]]
    message_processor: asyncio.Future[None]
    current_session_monitor: asyncio.Future[None] | None
    message_receiver: asyncio.Future[None] | None


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
        self._handler = AsyncSocketModeHandler(
            app, app_token, logger=_sdk_logger(), ping_interval=ping
        )
        self._client = self._handler.client
        self._client.proxy = proxy  # the constructor reads the environment, blind to NO_PROXY
        self._client.socket_mode_request_listeners[:] = [self._take]
        self._sdk = cast("_SdkClient", self._client)
        self._sdk.message_listeners.append(self._notice)
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

    async def _notice(
        self, _client: AsyncBaseSocketModeClient, frame: Mapping[str, object], _raw: str | None
    ) -> None:
        hello = frame.get("type") == "hello"
        if hello:
            self._greeted = self._client.current_session
        self._on_frame(hello)

    async def _take(self, _client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._refusing:  # not acked: Slack gives it to another connection, or to the next one
            return
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._handler.handle(self._client, request)
        except ConnectionResetError as error:
            log.warning("slack_ack_not_sent", kind=request.type, why=str(error))  # it comes again
        except Exception:
            # Bolt cannot read the body, or it is our mistake. Slack sends it again.
            log.exception("slack_envelope_failed", kind=request.type)
        finally:
            self._running.discard(task)


def _sdk_logger() -> logging.Logger:
    """Return a logger that says nothing: slack_sdk logs socket URLs with their tickets.

    What it knows about the connection, the watchdog logs.
    """
    logger = logging.getLogger("bot.slack.socket.sdk")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
