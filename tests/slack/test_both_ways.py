"""Socket Mode and HTTP mode bring the same: what people do in a workspace arrives either way."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from bot.clock import SystemClock, sleep
from bot.errors import Accepted, StoreUnavailable
from bot.sandbox.slack import SlackSandbox
from bot.slack.answers import COMMAND_NOT_TAKEN
from bot.slack.http import PATH, HttpIntake
from bot.slack.inbound import Clicked, Heard, SessionStopped, SlashCommand
from bot.slack.listeners import build_app
from bot.slack.ops import ChatPostMessage, Content
from bot.slack.reader import identify
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from bot.slack.socket import SocketLink
from slack_caller import Inbox, open_workspace
from support import wait_until

Way = Callable[[SlackSandbox, SlackSession, AsyncApp], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def by_socket(
    slack: SlackSandbox, session: SlackSession, app: AsyncApp
) -> AsyncGenerator[None]:
    async def on_connected(_gap_since: float | None) -> None:
        """There is no gap here."""

    link = SocketLink(
        app,
        session,
        slack.app_token,
        on_connected=on_connected,
        clock=SystemClock(),
        sleep=sleep,
    )
    running = asyncio.create_task(link.run())
    await wait_until(lambda: link.connected, "the socket is open")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def by_http(
    slack: SlackSandbox, _session: SlackSession, app: AsyncApp
) -> AsyncGenerator[None]:
    server = web.Application()
    server.add_routes(HttpIntake(app, slack.signing_secret, SystemClock()).routes())
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}")
    try:
        yield
    finally:
        await runner.cleanup()


class Desk:
    """Says the command back; `away`, it has nowhere to put it."""

    def __init__(self) -> None:
        self.away = False

    async def answer(self, command: SlashCommand) -> str:
        if self.away:
            raise StoreUnavailable("away", accepted=Accepted.NO)
        return command.text


@pytest.mark.parametrize("way", [by_socket, by_http])
async def test_what_people_do_is_stored_and_what_they_type_is_answered(way: Way) -> None:
    inbox, desk = Inbox(), Desk()
    async with open_workspace() as (slack, session):
        app = build_app(session, await identify(session.call), inbox, desk=desk)
        async with way(slack, session, app):
            root = await slack.say("U1", "C1", slack.mention("hi"))
            button = {"type": "button", "action_id": "go", "value": "v"}
            button |= {"text": {"type": "plain_text", "text": "Go"}}
            card = Content("card", ({"type": "actions", "elements": [button]},))
            sent = await SlackSender(session).send(ChatPostMessage("C1", card, None, key="k"))
            clicked = await slack.click("U1", "C1", sent.ts, "go")
            await slack.stop("U1", "C1", root)
            typed = await slack.command("U1", "C1", "/neo", "status")
            await wait_until(lambda: all(d.over for d in slack.deliveries), "all delivered")
            desk.away = True
            lost = await slack.command("U1", "C1", "/neo", "status")
            await wait_until(lambda: lost.over, "delivered")
    assert clicked.acked_at is not None
    assert typed.response == {"response_type": "ephemeral", "text": "status"}
    assert lost.response == {"response_type": "ephemeral", "text": COMMAND_NOT_TAKEN}
    kinds = [type(taken.input) for taken in inbox.taken]
    assert {Heard, Clicked, SessionStopped} <= set(kinds)
