from collections.abc import AsyncIterator, Awaitable
from typing import Any, cast

import pytest
from aiohttp import ClientSession, FormData
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox, mention

Client = Any
"""An `AsyncWebClient`; its methods are annotated with bare dictionaries."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann", "Ann Lee")
        sandbox.add_channel("C1", "infra", ["U1"])
        sandbox.add_channel("C2", "elsewhere", ["U1"], bot_is_member=False)
        yield sandbox


@pytest.fixture
async def http(slack: SlackSandbox) -> AsyncIterator[ClientSession]:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with ClientSession(slack.api_url, headers=headers) as session:
        yield session


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def error(call: Awaitable[object]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    response = cast("Any", caught.value).response
    assert response.status_code == 200
    return response["error"]


async def test_reactions_come_and_go_once(slack: SlackSandbox, client: Client) -> None:
    ts = await slack.say("U1", "C1", mention("hi"))

    await client.reactions_add(channel="C1", timestamp=ts, name="eyes")
    assert slack.reactions("C1", ts) == {"eyes"}
    got = (await client.reactions_get(channel="C1", timestamp=ts))["message"]["reactions"]
    assert got == [{"name": "eyes", "users": [slack.bot_user_id], "count": 1}]
    repeated = client.reactions_add(channel="C1", timestamp=ts, name="eyes")
    assert await error(repeated) == "already_reacted"
    await client.reactions_remove(channel="C1", timestamp=ts, name="eyes")
    assert slack.reactions("C1", ts) == set()
    gone = client.reactions_remove(channel="C1", timestamp=ts, name="eyes")
    assert await error(gone) == "no_reaction"


async def test_the_app_hears_of_reactions_that_come_and_not_of_those_that_go(
    slack: SlackSandbox, client: Client
) -> None:
    ts = await slack.say("U1", "C1", "look")
    reply = await slack.say("U1", "C1", "here", ts)
    await client.reactions_add(channel="C1", timestamp=ts, name="eyes")
    for _ in range(2):
        await slack.react("U1", "C1", reply, "x")
    elsewhere = await slack.say("U1", "C2", "look")
    await slack.react("U1", "C2", elsewhere, "x")
    heard = [d.payload["event"] for d in slack.deliveries]
    bots, ours = [e for e in heard if e["type"] == "reaction_added"]
    assert (bots["user"], bots["reaction"]) == (slack.bot_user_id, "eyes")
    event_ts = ours.pop("event_ts")
    assert event_ts > reply
    item = {"type": "message", "channel": "C1", "ts": reply}
    expected = {"type": "reaction_added", "user": "U1", "reaction": "x"}
    assert ours == expected | {"item": item, "item_user": "U1"}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"channel": "C1", "timestamp": "1", "name": "eyes"}, "bad_timestamp"),
        ({"channel": "C1", "timestamp": "1.000001", "name": "eyes"}, "message_not_found"),
        ({"channel": "C9", "timestamp": "1.000001", "name": "eyes"}, "channel_not_found"),
        ({"name": "eyes"}, "no_item_specified"),
    ],
)
async def test_a_reaction_to_nothing_is_refused(
    http: ClientSession, args: dict[str, str], code: str
) -> None:
    async with http.post("reactions.add", params=args) as answer:
        assert (await answer.json())["error"] == code


async def test_a_file_is_uploaded_in_three_steps(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", mention("plan?"))
    answer = await client.files_upload_v2(
        channel="C1", thread_ts=root, content="+ bucket", filename="plan.diff", title="The plan"
    )

    (file,) = answer["files"]
    assert "shares" not in file
    reply = slack.thread("C1", root)[-1]
    assert [each.content for each in reply.files] == [b"+ bucket"]
    shown = (await client.files_info(file=file["id"]))["file"]
    assert shown["shares"] == {"public": {"C1": [{"ts": reply.ts, "thread_ts": root}]}}
    (event,) = [each for each in slack.deliveries if each.payload["event"].get("files")]
    assert event.payload["event"]["subtype"] == "file_share"


async def test_a_file_is_read_with_the_token_and_else_there_is_a_login_page(
    slack: SlackSandbox, client: Client
) -> None:
    (file,) = (await client.files_upload_v2(channel="C1", content="abc", filename="a.txt"))["files"]

    async with ClientSession() as session:
        async with session.get(file["url_private"]) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with session.get(file["url_private"], headers=headers) as answer:
            assert await answer.read() == b"abc"


async def test_only_uploaded_files_can_be_shared(client: Client) -> None:
    opened = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = [{"id": opened["file_id"]}]
    complete = client.files_completeUploadExternal

    assert await error(complete(files=files, channel_id="C1")) == "file_not_found"
    async with ClientSession() as session:
        async with session.post(opened["upload_url"], data=b"four") as answer:
            assert answer.status == 400
        form = FormData({"filename": "a.txt"})
        form.add_field("file", b"abc", filename="a.txt")
        async with session.post(opened["upload_url"], data=form) as answer:
            assert await answer.text() == "OK - 3"
    assert await error(complete(files=files, channel_id="C2")) == "not_in_channel"
    assert (await complete(files=files, channel_id="C1"))["ok"]


async def test_a_session_has_a_status_and_a_title(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", mention("hi"))
    place = {"channel_id": "C1", "thread_ts": root}

    async def call(method: str, **args: str) -> Any:
        return await client.api_call(f"agents.sessions.{method}", json=args)

    assert await error(call("rename", title="T", **place)) == "session_not_found"
    assert (await call("setStatus", status="processing", **place))["agent_status"] == "processing"
    assert await error(call("rename", title="", **place)) == "invalid_name"
    await call("rename", title="Upgrade", **place)
    await call("setStatus", status="suspended", **place)
    assert await error(call("setStatus", status="asleep", **place)) == "invalid_status"
    missing = call("setStatus", status="active", channel_id="C1")
    assert await error(missing) == "thread_ts_required"
    history = slack.sessions["C1", root]
    assert [(each.status, each.title) for each in history] == [
        ("processing", ""),
        ("processing", "Upgrade"),
        ("suspended", "Upgrade"),
    ]
    (message,) = (await client.conversations_replies(channel="C1", ts=root))["messages"]
    assert message["agent_session"]["status"] == "suspended"
