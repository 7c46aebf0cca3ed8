import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox, buttons, plain_text
from bot.sandbox.slack.wire import JSON

Client = Any
"""An `AsyncWebClient`; its methods are annotated with bare dictionaries."""


def button(action_id: str, label: str, value: str) -> JSON:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def card(*elements: JSON) -> list[JSON]:
    return [
        {"type": "header", "text": {"type": "plain_text", "text": "Approve the plan?"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*2 changes*"}},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "bucket"}]]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "asked by ann"}]},
        {"type": "actions", "block_id": "decide", "elements": [*elements]},
    ]


APPROVE = button("approve", "Approve", "task_1:v1")


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)


async def post_card(client: Client, root: str | None = None) -> str:
    blocks = card(APPROVE, button("deny", "Deny", "task_1:v1"))
    answer = await client.chat_postMessage(
        channel="C1", text="A plan waits", blocks=blocks, thread_ts=root
    )
    return answer["ts"]


async def test_what_a_person_reads_is_text_blocks_and_labels(
    slack: SlackSandbox, client: Client
) -> None:
    message = slack.message("C1", await post_card(client))

    assert plain_text(message).splitlines() == [
        "A plan waits",
        "Approve the plan?",
        "*2 changes*",
        "bucket",
        "asked by ann",
        "Approve",
        "Deny",
    ]
    assert buttons(message) == [
        ("approve", "Approve", "task_1:v1"),
        ("deny", "Deny", "task_1:v1"),
    ]


async def test_a_click_carries_what_the_message_shows_now(
    slack: SlackSandbox, client: Client
) -> None:
    root = await slack.say("U1", "C1", "root")
    ts = await post_card(client, root)
    newer = button("approve", "Approve", "task_1:v2")
    await client.chat_update(channel="C1", ts=ts, text="A plan waits", blocks=card(newer))

    delivery = await slack.click("U1", "C1", ts, "approve")

    payload = delivery.payload
    assert delivery.type == "interactive"
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", "U1")
    (action,) = payload["actions"]
    assert (action["block_id"], action["value"]) == ("decide", "task_1:v2")
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C1",
        "is_ephemeral": False,
        "thread_ts": root,
    }
    assert payload["message"]["blocks"] == card(newer)
    assert payload["channel"] == {"id": "C1", "name": "infra"}
    assert json.dumps(payload)


async def test_a_click_from_an_old_view_carries_the_old_value(
    slack: SlackSandbox, client: Client
) -> None:
    ts = await post_card(client)
    stale = await slack.click("U1", "C1", ts, "approve", value="task_1:v0")

    (action,) = stale.payload["actions"]
    assert (action["block_id"], action["value"]) == ("decide", "task_1:v0")


async def test_a_button_that_is_gone_can_be_clicked_from_an_old_view_only(
    slack: SlackSandbox, client: Client
) -> None:
    ts = await post_card(client)
    await client.chat_update(channel="C1", ts=ts, text="Approved", blocks=[])

    with pytest.raises(LookupError, match="approve"):
        await slack.click("U1", "C1", ts, "approve")
    stale = await slack.click("U1", "C1", ts, "approve", value="task_1:v1")
    assert stale.payload["actions"][0]["value"] == "task_1:v1"
    with pytest.raises(LookupError, match="no message"):
        await slack.click("U1", "C1", "1.000001", "approve")


async def test_a_button_of_an_ephemeral_message_can_be_clicked(
    slack: SlackSandbox, client: Client
) -> None:
    await client.chat_postEphemeral(channel="C1", user="U1", text="?", blocks=card(APPROVE))

    click = await slack.click("U1", "C1", slack.ephemerals[0].ts, "approve")

    assert click.payload["container"]["is_ephemeral"]
    assert "blocks" not in click.payload["message"]


async def test_people_change_their_own_messages_only(slack: SlackSandbox) -> None:
    slack.add_user("U2", "ben")
    ts = await slack.say("U1", "C1", "mine")

    with pytest.raises(LookupError, match="U2"):
        await slack.edit("U2", "C1", ts, "yours")
    with pytest.raises(LookupError, match="U2"):
        await slack.delete("U2", "C1", ts)


async def test_slacks_own_stop_button_is_an_event(slack: SlackSandbox) -> None:
    root = await slack.say("U1", "C1", "root")
    await slack.stop("U1", "C1", root)

    event = slack.deliveries[-1].payload["event"]
    assert (event["type"], event["thread_ts"]) == ("agent_session_stopped", root)
