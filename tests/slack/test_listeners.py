"""What is acked, what is stored first, and what a person reads when it could not be."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import Accepted, StoreUnavailable
from bot.ids import ButtonValue
from bot.sandbox.faults import ApiError, DropAfter, Hang
from bot.sandbox.slack import SlackSandbox
from bot.slack.answers import (
    CLICK_UNSURE,
    COMMAND_NOT_TAKEN,
    COMMAND_REFUSED,
    COMMAND_UNREADABLE,
    COMMAND_UNSURE,
    FORM_NOT_TAKEN,
    FORM_UNSURE,
    NOT_TAKEN,
)
from bot.slack.desks import FormDesk, Opening
from bot.slack.inbound import Clicked, Deleted, Heard, SlashCommand
from bot.slack.listeners import build_app
from bot.slack.reader import identify
from bot.slack.views import modal
from slack_caller import Inbox, open_session, open_workspace


class Desk:
    """Says what it is told to, or fails as it is told to."""

    def __init__(self, said: str = "noted", error: Exception | None = None) -> None:
        self.heard: list[SlashCommand] = []
        self.going = asyncio.Event()
        self.going.set()
        self._said = said
        self._error = error

    async def answer(self, command: SlashCommand) -> str:
        self.heard.append(command)
        await self.going.wait()
        if self._error is not None:
            raise self._error
        return self._said


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
async def open_bridge(
    desk: Desk | None = None, forms: FormDesk | None = None
) -> AsyncGenerator[Bridge]:
    inbox, outcomes = Inbox(), list[tuple[str, str]]()
    async with open_workspace() as (slack, session):
        bot = await identify(session.call)
        app = build_app(
            session,
            bot,
            inbox,
            observe=lambda kind, outcome: outcomes.append((kind, outcome)),
            desk=desk,
            forms=forms,
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


async def test_an_event_is_not_acked_when_the_store_takes_longer_than_slack_waits() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.going.clear()
        async with asyncio.timeout(2.9):
            assert (await bridge.hear(said())).status == 503
        assert bridge.outcomes == [("event", "refused")]


async def test_a_click_that_may_be_stored_is_acked_in_time_and_nothing_is_claimed() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.going.clear()
        async with asyncio.timeout(2.9):
            assert (await bridge.hear(click())).status == 200
        (notice,) = bridge.slack.ephemerals
        assert (notice.channel, notice.user, notice.text) == ("C1", "U1", CLICK_UNSURE)


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
        {"type": "event_callback", "event": None},
        {},
    ],
)
async def test_whatever_the_bridge_does_not_use_is_acked(body: dict[str, Any]) -> None:
    async with open_bridge() as bridge:
        assert (await bridge.hear(body)).status == 200
        assert bridge.inbox.taken == []
        assert [outcome for _, outcome in bridge.outcomes] == ["ignored"]


def command(**fields: Any) -> dict[str, Any]:
    form = {"command": "/neo", "text": "hi", "user_id": "U1", "team_id": "T0SANDBOX"}
    return form | {"channel_id": "C1", "channel_name": "infra", "trigger_id": "1.2.x"} | fields


def told(answer: BoltResponse) -> str:
    body = json.loads(answer.body)
    assert body["response_type"] == "ephemeral"
    return body["text"]


async def test_a_command_is_answered_to_its_person_alone() -> None:
    desk = Desk("Working on it.")
    async with open_bridge(desk) as bridge:
        answer = await bridge.hear(command())
        assert (answer.status, told(answer)) == (200, "Working on it.")
        assert [heard.text for heard in desk.heard] == ["hi"]
        assert bridge.outcomes == [("command", "stored")]


async def test_a_command_with_nothing_to_say_shows_nothing() -> None:
    async with open_bridge(Desk("")) as bridge:
        answer = await bridge.hear(command())
        assert (answer.status, answer.body) == (200, "")


async def test_a_command_that_cannot_be_stored_says_that_nothing_was_done() -> None:
    away = StoreUnavailable("away", accepted=Accepted.NO)
    async with open_bridge(Desk(error=away)) as bridge:
        answer = await bridge.hear(command())
        assert (answer.status, told(answer)) == (200, COMMAND_NOT_TAKEN)
        assert bridge.outcomes == [("command", "refused")]


async def test_a_command_that_may_have_been_stored_promises_nothing() -> None:
    async with open_bridge(Desk(error=StoreUnavailable("cut off"))) as bridge:
        answer = await bridge.hear(command())
        assert (answer.status, told(answer)) == (200, COMMAND_UNSURE)


async def test_a_command_whose_answer_takes_too_long_is_acked_and_nothing_is_promised() -> None:
    desk = Desk()
    desk.going.clear()
    async with open_bridge(desk) as bridge:
        async with asyncio.timeout(2.9):
            answer = await bridge.hear(command())
        assert (answer.status, told(answer)) == (200, COMMAND_UNSURE)


async def test_a_command_that_meets_a_mistake_of_ours_is_acked_all_the_same() -> None:
    async with open_bridge(Desk(error=ZeroDivisionError())) as bridge:
        answer = await bridge.hear(command())
        assert (answer.status, told(answer)) == (200, COMMAND_UNSURE)


async def test_a_command_of_a_stranger_or_without_its_fields_reaches_nobody() -> None:
    desk = Desk()
    async with open_bridge(desk) as bridge:
        assert told(await bridge.hear(command(team_id="T2"))) == COMMAND_REFUSED
        assert told(await bridge.hear(command(trigger_id=""))) == COMMAND_UNREADABLE
        assert desk.heard == []
        assert bridge.outcomes == [("command", "ignored")] * 2


async def test_without_a_desk_a_command_is_answered_with_what_to_do_instead() -> None:
    async with open_bridge() as bridge:
        answer = await bridge.hear(command())
        assert f"<@{bridge.slack.bot_user_id}>" in told(answer)


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


class Forms:
    """Opens what the test says."""

    def __init__(self, opening: Opening | None = None, error: Exception | None = None) -> None:
        self._opening = opening
        self._error = error

    async def opened_by(self, click: Clicked) -> Opening | None:
        assert click.action_id == "approve"
        if self._error is not None:
            raise self._error
        return self._opening


async def pressed(bridge: Bridge) -> BoltResponse:
    """Let somebody click, with a trigger that opens one modal."""
    armed = (await bridge.slack.command("U1", "C1", "/neo", "x")).payload["trigger_id"]
    return await bridge.hear(click() | {"trigger_id": armed})


async def test_a_click_that_opens_a_form_is_not_stored_and_one_that_goes_on_names_it() -> None:
    for goes_on in (False, True):
        forms = Forms(Opening(modal("Review", []), goes_on=goes_on))
        async with open_bridge(forms=forms) as bridge:
            assert (await pressed(bridge)).status == 200
            (opened,) = bridge.slack.modals.modals.values()
            views = [t.input.view_id for t in bridge.inbox.taken if isinstance(t.input, Clicked)]
            assert (opened.user, views) == ("U1", [opened.id] * goes_on)
            assert bridge.outcomes == [("action", "stored")]


async def test_a_click_whose_modal_cannot_be_opened_is_stored_as_it_came() -> None:
    opening = Opening(modal("Review", []))
    broken = Forms(error=StoreUnavailable("away", accepted=Accepted.NO))
    for forms, fault in ((Forms(opening), ApiError("expired_trigger_id")), (broken, None)):
        async with open_bridge(forms=forms) as bridge:
            if fault:
                bridge.slack.faults.add("views.open", fault)
            assert (await pressed(bridge)).status == 200
            (taken,) = bridge.inbox.taken
            assert isinstance(taken.input, Clicked)
            assert taken.input.view_id == ""


async def test_a_modal_that_hangs_leaves_time_to_store_the_click() -> None:
    async with open_bridge(forms=Forms(Opening(modal("Review", [])))) as bridge:
        bridge.slack.faults.add("views.open", Hang())
        async with asyncio.timeout(2.5):
            assert (await pressed(bridge)).status == 200
        assert len(bridge.inbox.taken) == 1


async def test_a_click_whose_modal_may_be_open_is_stored_with_the_name_of_the_modal() -> None:
    for goes_on in (False, True):
        forms = Forms(Opening(modal("Review", []), goes_on=goes_on))
        async with open_bridge(forms=forms) as bridge:
            bridge.slack.faults.add("views.open", DropAfter())
            await pressed(bridge)
            (opened,) = bridge.slack.modals.modals.values()
            (taken,) = bridge.inbox.taken
            assert isinstance(taken.input, Clicked)
            assert (taken.input.view_id, taken.input.view_name) == ("", opened.view["external_id"])


async def test_a_modal_that_waits_for_a_click_that_cannot_be_stored_says_so() -> None:
    async with open_bridge(forms=Forms(Opening(modal("Review", []), goes_on=True))) as bridge:
        bridge.inbox.broken = True
        await pressed(bridge)
        (opened,) = bridge.slack.modals.modals.values()
        assert NOT_TAKEN in str(opened.view)
        assert bridge.slack.ephemerals == []


def submission() -> dict[str, Any]:
    value = ButtonValue(t="C1:1700000000.000100", s="r-1").encode()
    state = {"values": {"words": {"words": {"value": "no"}}}}
    view = {"id": "V1", "callback_id": "deny", "private_metadata": value, "state": state}
    user = {"id": "U1", "team_id": "T0SANDBOX"}
    return {"type": "view_submission", "user": user, "view": view}


async def test_a_form_is_stored_before_it_closes_and_stays_open_where_it_cannot_be() -> None:
    async with open_bridge() as bridge:
        bridge.inbox.broken = True
        refused = await bridge.hear(submission())
        assert json.loads(refused.body)["errors"]["words"] in (FORM_NOT_TAKEN, FORM_UNSURE)
        bridge.inbox.broken = False
        assert (await bridge.hear(submission())).body == ""
        (taken,) = bridge.inbox.taken
        assert isinstance(taken.input, Clicked)
        assert taken.input.words == "no"
        assert bridge.outcomes == [("form", "refused"), ("form", "stored")]
