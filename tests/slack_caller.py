"""The bridge's side of Slack in tests: a session at a sandbox, and a clock that only sleeps."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.ids import Installation, UserId
from bot.sandbox.slack import SlackSandbox
from bot.slack.identity import BotIdentity
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


TLS = ssl.create_default_context()
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


@asynccontextmanager
async def open_session_at(
    url: str, *, token: str = "", call_timeout: float = 5.0
) -> AsyncGenerator[SlackSession]:
    session = SlackSession(token or "xoxb-fake", base_url=url, tls=TLS, call_timeout=call_timeout)
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
