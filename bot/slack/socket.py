"""Socket Mode with a watchdog: the connection is rebuilt whenever it falls silent or loops."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.clock import Clock, Sleep
from bot.errors import SlackError, SlackRateLimited, SlackUnauthorized
from bot.slack.connection import Connection
from bot.slack.session import SlackSession

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OnConnected = Callable[[float | None], Awaitable[None]]
"""Told of every connection, with the time (epoch seconds) at which the one before it was last
known to be alive; None for the first. What was said since then may have been missed."""

RETRY_DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before the attempts after a lost connection; the last is repeated."""


@dataclass(frozen=True, slots=True)
class SocketTiming:
    """Seconds.

    A ping goes out every `ping`. Without a sign of life for `silence`, or without an open and
    greeted socket for `connect` (at first) or `reopen` (when there was one, and slack_sdk replaces
    it because Slack asked for that), the connection is given up for a new one. `connect` is
    shorter than `ping`, after which slack_sdk would try its spent ticket again.
    """

    ping: float = 10.0
    silence: float = 45.0
    connect: float = 6.0
    reopen: float = 2.0
    check: float = 0.25
    drain: float = 3.0


class SocketLink:
    """Keeps one Socket Mode connection open while `run` runs."""

    def __init__(  # noqa: PLR0913 # its surroundings are arguments, by name
        self,
        app: AsyncApp,
        session: SlackSession,
        app_token: str,
        *,
        on_connected: OnConnected,
        clock: Clock,
        sleep: Sleep,
        timing: SocketTiming | None = None,
    ) -> None:
        self.connections = 0
        """How many times Slack has said hello."""
        self._app = app
        self._session = session
        self._app_token = app_token
        self._on_connected = on_connected
        self._clock = clock
        self._sleep = sleep
        self._timing = timing or SocketTiming()
        self._connection: Connection | None = None
        self._alive_at: float | None = None  # epoch: compared with Slack's timestamps
        self._alive_mono = 0.0
        self._greetings: set[asyncio.Future[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether a socket is open and Slack has said hello on it."""
        return self._connection is not None and self._connection.is_open

    @property
    def silent_for(self) -> float | None:
        """Seconds since the last frame or pong; None before the first."""
        if self._alive_at is None:
            return None
        return self._clock.monotonic() - self._alive_mono

    def stop(self) -> None:
        """Take nothing more in: `run` lets running listeners finish, closes, and returns."""
        self._stopping.set()
        if self._connection is not None:
            self._connection.refuse()

    async def run(self) -> None:
        """Connect, and connect again, until `stop`.

        Raises `SlackUnauthorized` for a bad app token, and what `on_connected` raises.
        """
        failures = 0
        try:
            while not self._stopping.is_set():
                before = self.connections
                reason, delay = await self._live()
                failures = 0 if self.connections > before else failures + 1
                log.warning("slack_socket_lost", reason=reason, failures=failures)
                await self._rest(max(delay, RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]))
        finally:
            for greeting in self._greetings:
                greeting.cancel()
            await asyncio.gather(*self._greetings, return_exceptions=True)

    async def _live(self) -> tuple[str, float]:
        """Open a connection and watch it; return why it ended, and seconds Slack asks to wait."""
        try:
            url = await self._session.open_connection(self._app_token)
        except SlackUnauthorized:
            raise
        except SlackRateLimited as limited:
            return limited.code, limited.retry_after
        except SlackError as error:
            return error.code, 0.0
        connection = Connection(
            self._app,
            self._app_token,
            ping=self._timing.ping,
            proxy=self._session.proxy,
            on_frame=self._on_frame,
        )
        self._connection = connection
        try:
            return await self._open_and_watch(connection, url), 0.0
        finally:
            self._connection = None
            await connection.close()

    async def _open_and_watch(self, connection: Connection, url: str) -> str:
        try:
            async with asyncio.timeout(self._timing.connect):
                await connection.open(url)
        except TimeoutError:
            return "no_socket"
        return await self._watch(connection)

    async def _watch(self, connection: Connection) -> str:
        last_open, last_pong = self._clock.monotonic(), connection.last_pong
        while not self._stopping.is_set():
            await self._rest(self._timing.check)
            self._raise_from_greetings()
            now = self._clock.monotonic()
            if connection.is_open:
                last_open = now
                if connection.last_pong != last_pong:
                    last_pong = connection.last_pong
                    self._mark_alive()
            elif now - last_open > self._may_be_closed(connection):
                return "not_connected"
            if connection.is_open and now - self._alive_mono > self._timing.silence:
                return "silent"
        await connection.drain(self._timing.drain)
        return "stopped"

    def _may_be_closed(self, connection: Connection) -> float:
        return self._timing.reopen if connection.was_open else self._timing.connect

    def _on_frame(self, hello: bool) -> None:  # noqa: FBT001 # a callback of one fact
        gap_since = self._alive_at
        self._mark_alive()
        if hello:
            self.connections += 1
            log.info("slack_socket_connected", connections=self.connections)
            self._greetings.add(asyncio.ensure_future(self._on_connected(gap_since)))

    def _mark_alive(self) -> None:
        self._alive_at, self._alive_mono = self._clock.now(), self._clock.monotonic()

    def _raise_from_greetings(self) -> None:
        for greeting in [greeting for greeting in self._greetings if greeting.done()]:
            self._greetings.discard(greeting)
            greeting.result()

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not past `stop`."""
        nap = asyncio.ensure_future(self._sleep(seconds))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({nap, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            stop.cancel()
