import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any, cast

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox, plain_text

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


async def test_the_bot_learns_who_it_is(slack: SlackSandbox, client: Client) -> None:
    me = await client.auth_test()

    assert (me["user_id"], me["team_id"]) == (slack.bot_user_id, slack.team_id)
    bot = (await client.bots_info(bot=me["bot_id"]))["bot"]
    assert bot["app_id"] == slack.app_id
    assert (await client.team_info())["team"]["id"] == slack.team_id
    assert (await client.users_info(user="U1"))["user"]["real_name"] == "Ann Lee"
    assert [user["id"] for user in (await client.users_list())["members"]][-1] == "U1"
    slack.set_group("S1", ["U1"])
    assert (await client.usergroups_users_list(usergroup="S1"))["users"] == ["U1"]
    (group,) = (await client.usergroups_list())["usergroups"]
    assert (group["id"], group["handle"], group["user_count"]) == ("S1", "s1", 1)


async def test_arguments_come_by_query_form_and_json(http: ClientSession) -> None:
    args = {"channel": "C1", "text": "hi", "blocks": json.dumps([{"type": "divider"}])}
    ways: list[dict[str, Any]] = [
        {"params": args},
        {"data": args},
        {"json": {"channel": "C1", "text": "hi", "blocks": [{"type": "divider"}]}},
        {"params": {"channel": "C1"}, "json": {"text": "hi", "blocks": [{"type": "divider"}]}},
    ]
    for way in ways:
        async with http.post("chat.postMessage", **way) as answer:
            body = await answer.json()
        assert body["ok"], way
        assert body["message"]["blocks"] == [{"type": "divider"}]


async def test_a_get_and_a_token_argument_do_as_well(slack: SlackSandbox) -> None:
    async with (
        ClientSession(slack.api_url) as session,
        session.get("auth.test", params={"token": slack.bot_token}) as answer,
    ):
        assert (await answer.json())["ok"]
        assert answer.headers["x-slack-req-id"]

    assert "token" not in slack.calls[-1].args


@pytest.mark.parametrize(
    ("method", "token", "code"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-fake-other", "invalid_auth"),
        ("auth.test", "xapp-fake-sandbox-token", "not_allowed_token_type"),
        ("apps.connections.open", "xoxb-fake-sandbox-token", "not_allowed_token_type"),
        ("chat.sing", "xoxb-fake-sandbox-token", "unknown_method"),
    ],
)
async def test_a_call_that_slack_does_not_know_is_refused_with_http_200(
    slack: SlackSandbox, method: str, token: str, code: str
) -> None:
    async with ClientSession(slack.api_url) as session:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with session.post(method, headers=headers) as answer:
            assert answer.status == 200
            assert (await answer.json()) == {"ok": False, "error": code}


@pytest.mark.parametrize(("body", "code"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_a_body_that_is_no_json_object_is_refused(
    http: ClientSession, body: str, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post("auth.test", data=body, headers=headers) as answer:
        assert (await answer.json())["error"] == code


async def test_a_post_is_answered_with_the_message(slack: SlackSandbox, client: Client) -> None:
    metadata = {"event_type": "neo_task", "event_payload": {"key": "k1"}}
    answer = await client.chat_postMessage(channel="C1", text="hello", metadata=metadata)

    message = answer["message"]
    assert (answer["channel"], message["ts"]) == ("C1", answer["ts"])
    assert (message["bot_id"], message["app_id"]) == (slack.bot_id, slack.app_id)
    assert message["metadata"] == metadata
    assert "thread_ts" not in message
    assert plain_text(slack.message("C1", answer["ts"])) == "hello"


async def test_an_update_replaces_and_says_when(slack: SlackSandbox, client: Client) -> None:
    metadata = {"event_type": "neo_task", "event_payload": {"key": "k1"}}
    blocks = [{"type": "markdown", "text": "working"}]
    post = await client.chat_postMessage(channel="C1", text="one", blocks=blocks, metadata=metadata)
    update = await client.chat_update(channel="C1", ts=post["ts"], text="two", blocks=[])

    assert update["text"] == "two"
    assert float(update["message"]["edited"]["ts"]) > float(post["ts"])
    message = slack.message("C1", post["ts"])
    assert (message.blocks, message.metadata, message.edits) == ([], metadata, 1)


async def test_posting_is_refused_where_slack_refuses(slack: SlackSandbox, client: Client) -> None:
    slack.add_channel("C3", "old", ["U1"])
    await slack.archive("C3")

    post = client.chat_postMessage
    assert await error(post(channel="C9", text="hi")) == "channel_not_found"
    assert await error(post(channel="C2", text="hi")) == "not_in_channel"
    assert await error(post(channel="C3", text="hi")) == "is_archived"
    assert await error(client.api_call("chat.postMessage", json={"channel": "C1"})) == "no_text"
    assert await error(post(channel="C1", text="hi", thread_ts="1.000001")) == "thread_not_found"
    assert await error(post(channel="C1", markdown_text="m" * 12_001)) == "msg_too_long"
    assert await error(post(channel="C1", text="a", markdown_text="b")) == "markdown_text_conflict"
    too_long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    assert await error(post(channel="C1", text="a", blocks=too_long)) == "invalid_blocks"
    assert all(slack.messages(channel) == [] for channel in ("C1", "C2", "C3"))


async def test_a_very_long_text_is_cut_with_a_warning(client: Client) -> None:
    answer = await client.chat_postMessage(channel="C1", text="x" * 40_001)

    assert answer["warning"] == "message_truncated"
    assert len(answer["message"]["text"]) == 40_000


async def test_updating_and_deleting_is_refused_where_slack_refuses(
    slack: SlackSandbox, client: Client
) -> None:
    theirs = await slack.say("U1", "C1", "mine")
    ours = (await client.chat_postMessage(channel="C1", text="ours"))["ts"]

    update, delete = client.chat_update, client.chat_delete
    assert await error(update(channel="C1", ts=theirs, text="x")) == "cant_update_message"
    assert await error(delete(channel="C1", ts=theirs)) == "cant_delete_message"
    assert await error(update(channel="C1", ts=ours, text="x" * 4001)) == "msg_too_long"
    assert await error(update(channel="C1", ts="1.000001", text="x")) == "message_not_found"
    await delete(channel="C1", ts=ours)
    assert await error(update(channel="C1", ts=ours, text="x")) == "message_not_found"
    await slack.remove_bot("C1")
    assert await error(update(channel="C1", ts=ours, text="x")) == "channel_not_found"


async def test_an_ephemeral_is_seen_by_one_member(slack: SlackSandbox, client: Client) -> None:
    await client.chat_postEphemeral(channel="C1", user="U1", text="only you")

    assert [(each.user, each.text) for each in slack.ephemerals] == [("U1", "only you")]
    assert slack.messages("C1") == []
    stranger = client.chat_postEphemeral(channel="C1", user="U9", text="hi")
    assert await error(stranger) == "user_not_in_channel"


async def test_a_direct_message_opens_once(slack: SlackSandbox, client: Client) -> None:
    opened = await client.conversations_open(users="U1")
    again = await client.conversations_open(users=["U1"])

    assert opened["channel"]["id"] == again["channel"]["id"] == slack.dm("U1")
    assert (await client.chat_postMessage(channel="U1", text="psst"))["channel"] == slack.dm("U1")
    assert await error(client.conversations_open(users="U9")) == "user_not_found"


async def test_channels_are_listed_by_membership(slack: SlackSandbox, client: Client) -> None:
    slack.dm("U1")

    async def names(types: str) -> list[str]:
        answer = await client.users_conversations(types=types)
        return [channel["id"] for channel in answer["channels"]]

    assert await names("public_channel") == ["C1"]
    assert await names("public_channel,im") == ["C1", slack.dm("U1")]
    assert [each["id"] for each in (await client.conversations_list())["channels"]] == ["C1", "C2"]
    assert not (await client.conversations_info(channel="C2"))["channel"]["is_member"]
    await client.conversations_join(channel="C2")
    assert (await client.conversations_info(channel="C2"))["channel"]["is_member"]
    assert slack.bot_user_id in (await client.conversations_members(channel="C2"))["members"]


async def test_a_permalink_leads_into_the_thread(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", "root")
    reply = await slack.say("U1", "C1", "reply", thread_ts=root)
    answer = await client.chat_getPermalink(channel="C1", message_ts=reply)

    assert answer["permalink"].endswith(f"{reply.replace('.', '')}?thread_ts={root}&cid=C1")


async def test_every_call_is_in_the_journal(slack: SlackSandbox, client: Client) -> None:
    await client.chat_postMessage(channel="C1", text="hi")
    await error(client.chat_postMessage(channel="C9", text="hi"))

    calls = slack.calls_of("chat.postMessage")
    assert [call.outcome for call in calls] == ["ok", "channel_not_found"]
    assert calls[0].args["text"] == "hi"


REFUSALS: list[tuple[str, dict[str, str], str]] = [
    ("chat.postMessage", {"text": "no channel"}, "invalid_arguments"),
    ("chat.postMessage", {"channel": "C1", "blocks": "["}, "invalid_blocks_format"),
    (
        "chat.postMessage",
        {"channel": "C1", "text": "a", "metadata": "["},
        "invalid_metadata_format",
    ),
    ("conversations.history", {"channel": "C1", "cursor": "?"}, "invalid_cursor"),
    ("conversations.history", {"channel": "C1", "cursor": "bm9wZQ=="}, "invalid_cursor"),
    ("conversations.history", {"channel": "C1", "oldest": "x"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": "C1", "latest": "x"}, "invalid_ts_latest"),
    ("conversations.history", {"channel": "C1", "limit": "x"}, "invalid_arguments"),
    ("conversations.history", {"channel": "C2"}, "not_in_channel"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.open", {"users": "U1,U2"}, "method_not_supported_for_channel_type"),
    ("conversations.join", {"channel": "DU1"}, "channel_not_found"),
    ("bots.info", {"bot": "B9"}, "bot_not_found"),
    ("team.info", {"team": "T9"}, "team_not_found"),
    ("users.info", {"user": "U9"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S9"}, "no_such_subteam"),
    ("files.info", {"file": "F9"}, "file_not_found"),
    ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments"),
    ("agents.sessions.setStatus", {"channel_id": "C2"}, "not_authorized"),
    (
        "files.getUploadURLExternal",
        {"filename": "a", "length": "1000001", "snippet_type": "text"},
        "snippet_too_large",
    ),
]


@pytest.mark.parametrize(("method", "args", "code"), REFUSALS)
async def test_other_calls_are_refused_in_slacks_words(
    http: ClientSession, method: str, args: dict[str, str], code: str
) -> None:
    async with http.post(method, data=args) as answer:
        assert (await answer.json())["error"] == code


async def test_an_archived_channel_takes_nothing_more(slack: SlackSandbox, client: Client) -> None:
    ours = (await client.chat_postMessage(channel="C1", text="ours"))["ts"]
    place = {"channel_id": "C1", "thread_ts": ours}
    await client.api_call("agents.sessions.setStatus", json={"status": "active", **place})
    await slack.archive("C1")

    assert await error(client.chat_update(channel="C1", ts=ours, text="x")) == "is_inactive"
    react = client.reactions_add(channel="C1", timestamp=ours, name="eyes")
    assert await error(react) == "is_archived"
    assert await error(client.conversations_join(channel="C1")) == "is_archived"
    rename = client.api_call("agents.sessions.rename", json={"title": "T", **place})
    assert await error(rename) == "is_archived"
    assert (await client.conversations_list(exclude_archived=True))["channels"][0]["id"] == "C2"


async def test_markdown_text_is_shown_as_a_markdown_block(
    slack: SlackSandbox, client: Client
) -> None:
    ts = (await client.chat_postMessage(channel="C1", markdown_text="**hi**"))["ts"]

    assert slack.message("C1", ts).blocks == [{"type": "markdown", "text": "**hi**"}]
