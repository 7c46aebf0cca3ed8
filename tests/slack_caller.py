"""The bridge's side of Slack in tests: a session at a sandbox, and a clock that only sleeps."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from bot.errors import Accepted, StoreUnavailable
from bot.ids import Installation, UserId
from bot.sandbox.slack import SlackSandbox
from bot.slack.identity import BotIdentity
from bot.slack.inbound import Received
from bot.slack.session import SlackSession

BOT = BotIdentity(
    team_id="T1",
    installation=Installation("T1"),
    bot_user_id=UserId("UBOT"),
    bot_id="B1",
    app_id="A1",
    name="neo",
)
"""The bot of tests without a sandbox."""


"""One for all: it takes longer to make than a test."""


class SleepingClock:
    """A clock that stands still but for its own `sleep`, which takes no time."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.going = asyncio.Event()
        """Cleared: who sleeps goes on sleeping."""
        self.going.set()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)  # who is ready goes first
        await self.going.wait()
        self.time += seconds


class Inbox:
    """Keeps what it is given, unless it is broken; while it does not go, who gives waits."""

    def __init__(self) -> None:
        self.taken: list[Received] = []
        self.broken = False
        self.waiting = 0
        self.going = asyncio.Event()
        self.going.set()

    async def take(self, received: Received) -> None:
        self.waiting += 1
        await self.going.wait()
        if self.broken:
            raise StoreUnavailable("away", accepted=Accepted.NO)
        self.taken.append(received)


@asynccontextmanager
async def open_session_at(
    url: str, *, token: str = "", call_timeout: float = 5.0
) -> AsyncGenerator[SlackSession]:
    session = SlackSession(token or "xoxb-fake", base_url=url, call_timeout=call_timeout)
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def open_session(
    slack: SlackSandbox, *, token: str = "", call_timeout: float = 5.0
) -> AsyncGenerator[SlackSession]:
    async with open_session_at(
        slack.api_url, token=token or slack.bot_token, call_timeout=call_timeout
    ) as session:
        yield session


@asynccontextmanager
async def serve(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncGenerator[str]:
    """Answer every path by `handle`; gives the URL that stands for Slack's Web API."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_workspace(
    *, ack_deadline: float = 3.0
) -> AsyncGenerator[tuple[SlackSandbox, SlackSession]]:
    """A workspace with Ann (`U1`) in a channel (`C1`) with the bot."""
    async with SlackSandbox(ack_deadline=ack_deadline) as slack, open_session(slack) as session:
        slack.add_user("U1", "ann", "Ann Archer")
        slack.add_channel("C1", "infra", ["U1"])
        yield slack, session


class Mute:
    """A Slack that sends each new socket the same frames, and answers nothing."""

    def __init__(self, *frames: str) -> None:
        self.frames = frames
        self.sockets = 0
        self.acked: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/api/"):
            host = f"ws://{request.host}/link/"
            return web.json_response({"ok": True, "url": f"{host}?ticket={self.sockets}"})
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets += 1
        for frame in self.frames:
            await socket.send_str(frame)
        async for message in socket:  # pings too: nobody answers them
            if message.type is WSMsgType.TEXT:
                self.acked.append(json.loads(message.data)["envelope_id"])
        return socket
