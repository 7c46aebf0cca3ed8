"""What is acked, what is stored first, and what a person reads when it could not be."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import StoreUnavailable
from bot.sandbox.faults import Hang
from bot.sandbox.slack import SlackSandbox
from bot.slack.inbound import Clicked, Deleted, Heard, Received
from bot.slack.listeners import NOT_TAKEN, build_app
from bot.slack.reader import identify
from slack_caller import open_session, open_workspace


class Inbox:
    """Keeps what it is given, unless it is broken."""

    def __init__(self) -> None:
        self.taken: list[Received] = []
        self.broken = False

    async def take(self, received: Received) -> None:
        await asyncio.sleep(0)
        if self.broken:
            raise StoreUnavailable("away")
        self.taken.append(received)


class Bridge:
    """A Bolt app at a sandbox, called as Bolt's Socket Mode handler calls it."""

    def __init__(self, slack: SlackSandbox, app: AsyncApp, inbox: Inbox) -> None:
        self.slack = slack
        self.app = app
        self.inbox = inbox
        self.outcomes: list[tuple[str, str]] = []

    async def hear(self, body: dict[str, Any]) -> BoltResponse:
        request = AsyncBoltRequest(mode="socket_mode", body=body)
        return await cast("Any", self.app).async_dispatch(request)


@asynccontextmanager
async def open_bridge() -> AsyncGenerator[Bridge]:
    inbox, outcomes = Inbox(), list[tuple[str, str]]()
    async with open_workspace() as (slack, session):
        bot = await identify(session.call)
        app = build_app(
            session, bot, inbox, observe=lambda kind, outcome: outcomes.append((kind, outcome))
        )
        bridge = Bridge(slack, app, inbox)
        bridge.outcomes = outcomes
        yield bridge


def said(text: str = "hi", **fields: Any) -> dict[str, Any]:
    event = {"type": "message", "user": "U1", "text": text, "ts": "1700000000.000100"}
    event |= {"channel": "C1"} | fields
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}


def click(channel: str = "C1") -> dict[str, Any]:
    container = {"message_ts": "1700000000.000200", "channel_id": channel}
    action = {"action_id": "approve", "value": "v", "action_ts": "1700000009.000100"}
    user = {"id": "U1", "team_id": "T0SANDBOX"}
    return {"type": "block_actions", "user": user, "container": container, "actions": [action]}


async def test_a_message_is_stored_before_it_is_acked() -> None:
    async with open_bridge() as bridge:
        answer = await bridge.hear(said())
        assert answer.status == 200
        (taken,) = bridge.inbox.taken
        assert isinstance(taken.input, Heard)
        assert bridge.outcomes == [("event", "stored")]


async def test_an_event_that_cannot_be_stored_is_not_acked() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.broken = True
        assert (await bridge.hear(said())).status == 503
        assert bridge.outcomes == [("event", "refused")]
        bridge.inbox.broken = False
        assert (await bridge.hear(said())).status == 200
        assert len(bridge.inbox.taken) == 1


async def test_a_click_is_stored_before_it_is_acked() -> None:
    async with open_bridge() as bridge:
        assert (await bridge.hear(click())).status == 200
        (taken,) = bridge.inbox.taken
        assert isinstance(taken.input, Clicked)
        assert bridge.slack.ephemerals == []


async def test_a_click_that_cannot_be_stored_is_acked_and_its_person_told() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.broken = True
        assert (await bridge.hear(click())).status == 200
        (notice,) = bridge.slack.ephemerals
        assert (notice.channel, notice.user, notice.text) == ("C1", "U1", NOT_TAKEN)
        assert bridge.outcomes == [("action", "refused")]


async def test_a_click_is_acked_in_time_when_even_the_notice_hangs() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.broken = True
        bridge.slack.faults.add("chat.postEphemeral", Hang())
        async with asyncio.timeout(2.5):
            assert (await bridge.hear(click())).status == 200


async def test_our_own_posts_are_acked_and_dropped_but_their_deletion_is_stored() -> None:
    async with open_bridge() as bridge:
        own = {"user": bridge.slack.bot_user_id, "bot_id": bridge.slack.bot_id}
        assert (await bridge.hear(said(**own))).status == 200
        assert bridge.inbox.taken == []
        deletion = said(
            subtype="message_deleted",
            user=None,
            deleted_ts="1700000000.000100",
            previous_message={"ts": "1700000000.000100", **own},
        )
        assert (await bridge.hear(deletion)).status == 200
        assert isinstance(bridge.inbox.taken[0].input, Deleted)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "event_callback", "event": {"type": "emoji_changed"}},
        {"type": "event_callback", "event": {"type": "message", "subtype": "huddle_thread"}},
        {"type": "event_callback", "event": {}},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}},
        {"type": "message_action", "callback_id": "x", "user": {"id": "U1"}},
        {"type": "view_submission", "view": {"callback_id": "x"}},
        {"type": "view_closed", "view": {"callback_id": "x"}},
        {"type": "block_actions", "actions": []},
        {"type": "of_next_year"},
        {},
    ],
)
async def test_whatever_the_bridge_does_not_use_is_acked(body: dict[str, Any]) -> None:
    async with open_bridge() as bridge:
        assert (await bridge.hear(body)).status == 200
        assert bridge.inbox.taken == []
        assert [outcome for _, outcome in bridge.outcomes] == ["ignored"]


async def test_an_unknown_command_is_answered_with_what_to_do_instead() -> None:
    async with open_bridge() as bridge:
        answer = await bridge.hear({"command": "/neo", "text": "hi", "user_id": "U1"})
        assert answer.status == 200
        assert f"<@{bridge.slack.bot_user_id}>" in answer.body


async def test_a_list_of_choices_is_answered_with_none() -> None:
    async with open_bridge() as bridge:
        answer = await bridge.hear({"type": "block_suggestion", "action_id": "x", "value": "a"})
        assert answer.body == '{"options": []}'


async def test_slack_is_not_asked_again_who_the_bot_is() -> None:
    async with open_bridge() as bridge:
        before = len(bridge.slack.calls)
        await asyncio.gather(*(bridge.hear(said()) for _ in range(20)))
        assert len(bridge.slack.calls) == before


async def test_the_token_of_the_environment_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-fake-environment")
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "fake")
    async with open_bridge() as bridge:
        assert (await bridge.hear(said())).status == 200
        assert len(bridge.inbox.taken) == 1


async def test_the_app_is_built_for_the_sessions_own_token() -> None:
    async with open_workspace() as (slack, session), open_session(slack) as other:
        app = build_app(other, await identify(session.call), Inbox())
        assert app.client is other.client
