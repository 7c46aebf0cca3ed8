from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox, mention
from bot.sandbox.slack.wire import JSON
from support import wait_until

Client = Any
"""An `AsyncWebClient`; its methods are annotated with bare dictionaries."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@asynccontextmanager
async def bolt(slack: SlackSandbox) -> AsyncGenerator[list[JSON]]:
    """Run a Bolt app that only writes down what it hears."""
    heard: list[JSON] = []
    async with ClientSession() as session:
        client: Client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        app: Any = AsyncApp(client=client, process_before_response=True)

        async def hear(body: JSON) -> None:
            heard.append(body)

        async def press(ack: Any, body: JSON) -> None:
            await ack()
            heard.append(body)

        app.event("app_mention")(hear)
        app.event("message")(hear)
        app.action("approve")(press)
        handler: Any = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
        await handler.connect_async()
        try:
            yield heard
        finally:
            await handler.close_async()


async def test_a_bolt_app_hears_a_mention_and_acks_it(slack: SlackSandbox) -> None:
    async with bolt(slack) as heard:
        await slack.say("U1", "C1", mention("hi"))
        await wait_until(lambda: len(heard) == 2, "both events are heard")
        await wait_until(
            lambda: all(each.acked_at for each in slack.deliveries), "both events are acked"
        )

    assert {body["event"]["type"] for body in heard} == {"message", "app_mention"}
    assert [len(each.attempts) for each in slack.deliveries] == [1, 1]


async def test_a_bolt_app_hears_a_click(slack: SlackSandbox) -> None:
    text = {"type": "plain_text", "text": "Approve"}
    element = {"type": "button", "action_id": "approve", "text": text, "value": "v1"}
    async with bolt(slack) as heard, ClientSession() as session:
        client: Client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        blocks = [{"type": "actions", "elements": [element]}]
        ts = (await client.chat_postMessage(channel="C1", text="?", blocks=blocks))["ts"]
        click = await slack.click("U1", "C1", ts, "approve")
        await wait_until(lambda: click.acked_at, "the click is acked")

    assert heard[-1]["actions"][0]["value"] == "v1"


@pytest.mark.parametrize("reason", ["refresh_requested", None])
async def test_a_bolt_app_comes_back_after_its_socket_ends(
    slack: SlackSandbox, reason: str | None
) -> None:
    async with bolt(slack) as heard:
        await slack.faults.drop_sockets(reason)
        await wait_until(lambda: slack.connections == 1, "the app is connected again")
        await slack.say("U1", "C1", "hi")
        await wait_until(lambda: heard, "the event is heard")
