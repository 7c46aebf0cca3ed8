from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox, mention
from bot.sandbox.slack.wire import JSON

Client = Any
"""An `AsyncWebClient`; its methods are annotated with bare dictionaries."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


def events(slack: SlackSandbox) -> list[JSON]:
    return [delivery.payload["event"] for delivery in slack.deliveries]


async def replies(client: Client, root: str, **args: Any) -> list[JSON]:
    return (await client.conversations_replies(channel="C1", ts=root, **args))["messages"]


async def history(client: Client, **args: Any) -> list[str]:
    answer = await client.conversations_history(channel="C1", **args)
    return [message["text"] for message in answer["messages"]]


class StoppedClock:
    def now(self) -> float:
        return 1_700_000_000.0

    def monotonic(self) -> float:
        return 0.0


async def test_timestamps_of_a_channel_increase_even_when_the_clock_stands() -> None:
    async with SlackSandbox(clock=StoppedClock()) as slack:
        slack.add_user("U1", "ann")
        slack.add_channel("C1", "infra")
        stamps = [await slack.say("U1", "C1", "hi") for _ in range(3)]

    assert stamps == ["1700000000.000000", "1700000000.000001", "1700000000.000002"]


async def test_a_root_names_its_thread_only_once_it_has_replies(
    slack: SlackSandbox, client: Client
) -> None:
    root = await slack.say("U1", "C1", "root")
    assert "thread_ts" not in events(slack)[0]
    assert "thread_ts" not in (await replies(client, root))[0]

    await client.chat_postMessage(channel="C1", text="one", thread_ts=root)
    last = await slack.say("U1", "C1", "two", thread_ts=root)

    first, one, _ = await replies(client, root)
    assert (first["thread_ts"], first["reply_count"], first["latest_reply"]) == (root, 2, last)
    assert first["reply_users"] == [slack.bot_user_id, "U1"]
    assert (one["thread_ts"], one["parent_user_id"]) == (root, "U1")


async def test_each_reply_changes_the_metadata_of_its_root(slack: SlackSandbox) -> None:
    root = await slack.say("U1", "C1", "root")
    reply = await slack.say("U1", "C1", "reply", thread_ts=root)

    _, message, change = events(slack)
    assert (message["ts"], message["thread_ts"]) == (reply, root)
    assert change["subtype"] == "message_changed"
    assert change["message"]["text"] == change["previous_message"]["text"] == "root"
    assert change["message"]["reply_count"] == 1
    assert "reply_count" not in change["previous_message"]
    assert change["ts"] > reply


async def test_replies_are_read_in_pages_with_the_root_on_each(
    slack: SlackSandbox, client: Client
) -> None:
    root = await slack.say("U1", "C1", "root")
    said = [await slack.say("U1", "C1", str(n), thread_ts=root) for n in range(5)]

    pages = await client.conversations_replies(channel="C1", ts=root, limit=2)
    texts = [[message["text"] for message in page["messages"]] async for page in pages]

    assert texts == [["root", "0", "1"], ["root", "2", "3"], ["root", "4"]]
    since = await replies(client, root, oldest=said[2])
    assert [message["text"] for message in since] == ["root", "3", "4"]
    since = await replies(client, root, oldest=said[2], inclusive=True)
    assert [message["text"] for message in since] == ["root", "2", "3", "4"]


async def test_history_is_newest_first_and_without_replies(
    slack: SlackSandbox, client: Client
) -> None:
    said = [await slack.say("U1", "C1", str(n)) for n in range(4)]
    await slack.say("U1", "C1", "reply", thread_ts=said[0])

    assert await history(client) == ["3", "2", "1", "0"]
    assert await history(client, oldest=said[0], latest=said[3]) == ["2", "1"]
    assert await history(client, oldest=said[0], latest=said[3], inclusive=True) == list("3210")
    first = await client.conversations_history(channel="C1", limit=3)
    assert first["has_more"]
    assert not (await client.conversations_history(channel="C1", limit=4))["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    assert await history(client, limit=3, cursor=cursor) == ["0"]


async def test_metadata_is_read_back_when_asked_for(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", "root")
    metadata = {"event_type": "neo_task", "event_payload": {"key": "k1"}}
    await client.chat_postMessage(channel="C1", text="x", thread_ts=root, metadata=metadata)

    assert "metadata" not in (await replies(client, root))[1]
    assert (await replies(client, root, include_all_metadata=True))[1]["metadata"] == metadata


async def test_a_deleted_root_with_replies_leaves_a_tombstone_and_its_thread_open(
    slack: SlackSandbox, client: Client
) -> None:
    root = await slack.say("U1", "C1", "root")
    await slack.say("U1", "C1", "reply", thread_ts=root)
    await slack.delete("U1", "C1", root)

    assert events(slack)[-1]["message"]["subtype"] == "tombstone"
    assert events(slack)[-1]["previous_message"]["text"] == "root"
    await client.chat_postMessage(channel="C1", text="still here", thread_ts=root)
    tombstone, *rest = await replies(client, root)
    assert (tombstone["subtype"], tombstone["reply_count"]) == ("tombstone", 2)
    assert [message["text"] for message in rest] == ["reply", "still here"]


async def test_a_deleted_root_without_replies_is_gone(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", "root")
    await slack.delete("U1", "C1", root)

    assert events(slack)[-1]["subtype"] == "message_deleted"
    assert events(slack)[-1]["deleted_ts"] == root
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await replies(client, root)
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await client.chat_postMessage(channel="C1", text="x", thread_ts=root)
    assert slack.message("C1", root).deleted


async def test_a_deleted_reply_is_counted_out(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", "root")
    kept = await slack.say("U1", "C1", "kept", thread_ts=root)
    gone = await slack.say("U1", "C1", "gone", thread_ts=root)
    await slack.delete("U1", "C1", gone)

    first, *rest = await replies(client, root)
    assert (first["reply_count"], first["latest_reply"]) == (1, kept)
    assert [message["ts"] for message in rest] == [kept]
    assert [message.deleted for message in slack.thread("C1", root)] == [False, False, True]


async def test_a_mention_arrives_twice_and_an_edit_of_it_once(slack: SlackSandbox) -> None:
    ts = await slack.say("U1", "C1", mention("hi"))
    await slack.edit("U1", "C1", ts, mention("hello"))

    message, mentioned, change = events(slack)
    ids = {delivery.payload["event_id"] for delivery in slack.deliveries}
    assert len(ids) == 3
    assert (message["type"], message["channel_type"]) == ("message", "channel")
    assert (mentioned["type"], mentioned["ts"]) == ("app_mention", ts)
    assert "channel_type" not in mentioned
    assert change["message"]["edited"]["user"] == "U1"
    assert change["previous_message"]["text"] == mention("hi")


async def test_a_direct_message_arrives_once(slack: SlackSandbox) -> None:
    await slack.say("U1", slack.dm("U1"), mention("hi"))

    (event,) = events(slack)
    assert (event["type"], event["channel_type"]) == ("message", "im")


async def test_the_bot_hears_itself(slack: SlackSandbox, client: Client) -> None:
    ts = (await client.chat_postMessage(channel="C1", text="one"))["ts"]
    await client.chat_update(channel="C1", ts=ts, text="two")

    post, change = events(slack)
    assert (post["bot_id"], post["app_id"]) == (slack.bot_id, slack.app_id)
    assert post["bot_profile"]["id"] == slack.bot_id
    assert "subtype" not in post
    assert change["message"]["text"] == "two"
    assert "edited" not in change["message"]


async def test_the_bot_hears_nothing_where_it_is_not(slack: SlackSandbox) -> None:
    slack.add_channel("C2", "elsewhere", ["U1"], bot_is_member=False)
    await slack.say("U1", "C2", mention("hi"))
    assert events(slack) == []

    await slack.add_bot("C2")
    await slack.say("U1", "C2", "now")
    await slack.remove_bot("C2")
    await slack.say("U1", "C2", "gone")

    assert [event["type"] for event in events(slack)] == [
        "member_joined_channel",
        "message",
        "member_left_channel",
    ]


async def test_a_channel_can_be_archived_and_moved(slack: SlackSandbox, client: Client) -> None:
    root = await slack.say("U1", "C1", "root")
    await slack.move_channel("C1", "C7")

    assert events(slack)[-1]["type"] == "channel_id_changed"
    assert (events(slack)[-1]["old_channel_id"], events(slack)[-1]["new_channel_id"]) == (
        "C1",
        "C7",
    )
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await replies(client, root)
    await client.chat_postMessage(channel="C7", text="here", thread_ts=root)
    await slack.archive("C7")
    assert events(slack)[-1]["type"] == "channel_archive"
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel="C7", text="late")
