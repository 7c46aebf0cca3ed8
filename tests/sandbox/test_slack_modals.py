"""Modals: triggers, what a view may hold, and what comes of submitting one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox import SlackSandbox
from bot.sandbox.slack.wire import JSON, Args, Refused
from support import wait_until

ANN = "U0ANN"
VIEW: JSON = {
    "type": "modal",
    "callback_id": "deny",
    "title": {"type": "plain_text", "text": "Deny"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "words"},
        }
    ],
}


def filled(**rules: object) -> JSON:
    """Return the view with more said about its field."""
    (block,) = VIEW["blocks"]
    return {**VIEW, "blocks": [{**block, "element": {**block["element"], **rules}}]}


VALUES: JSON = {"reason": {"words": {"type": "plain_text_input", "value": "too risky"}}}


class HandClock:
    """Time as the test says it."""

    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(clock: HandClock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock, retry_delays=()) as sandbox:
        sandbox.add_user(ANN, "ann")
        sandbox.add_channel("C0INFRA", "infra", members=[ANN])
        yield sandbox


async def trigger(slack: SlackSandbox) -> str:
    return (await slack.command(ANN, "C0INFRA", "/neo", "x")).payload["trigger_id"]


def opened(slack: SlackSandbox, trigger_id: str, view: object = VIEW) -> str:
    """Open a view as the app would; return its id."""
    return slack.modals.open(Args({"trigger_id": trigger_id, "view": view}))["view"]["id"]


async def test_a_trigger_opens_one_modal_and_no_second(slack: SlackSandbox) -> None:
    by = await trigger(slack)
    assert slack.modals.modals[opened(slack, by)].user == ANN

    with pytest.raises(Refused, match="exchanged_trigger_id"):
        opened(slack, by)


async def test_a_trigger_is_old_after_three_seconds(slack: SlackSandbox, clock: HandClock) -> None:
    by = await trigger(slack)
    clock.at += 3.1
    with pytest.raises(Refused, match="expired_trigger_id"):
        opened(slack, by)
    with pytest.raises(Refused, match="invalid_trigger_id"):
        opened(slack, "never issued")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {**VIEW, "title": {"type": "plain_text", "text": "x" * 25}},
        {**VIEW, "type": "home"},
        {**VIEW, "blocks": [{"type": "divider"}] * 101},
        {**VIEW, "blocks": [{"type": "input"}]},
        {**VIEW, "colour": "red"},
        filled(max_length=3_001),
        filled(max_length="255"),
        filled(max_length=5, initial_value="longer"),
        {**VIEW, "blocks": [{"type": "markdown", "text": "no message"}]},
        {name: part for name, part in VIEW.items() if name != "submit"},
    ],
)
async def test_what_is_no_view_is_refused(slack: SlackSandbox, wrong: object) -> None:
    by = await trigger(slack)
    with pytest.raises(Refused, match="invalid_arguments"):
        opened(slack, by, wrong)


@pytest.mark.parametrize(
    ("response", "problems", "is_open"),
    [
        (None, {}, False),
        ({"response_action": "clear"}, {}, False),
        ({"response_action": "errors", "errors": {"reason": "Longer"}}, {"reason": "Longer"}, True),
        ({"response_action": "update", "view": VIEW}, {}, True),
    ],
)
async def test_a_submission_ends_as_the_app_answers(
    slack: SlackSandbox, response: Any, problems: JSON, *, is_open: bool
) -> None:
    modal = opened(slack, await trigger(slack))
    submitting = asyncio.create_task(slack.submit(ANN, modal, VALUES))
    await wait_until(lambda: len(slack.deliveries) == 2, "the submission")
    sent = slack.deliveries[-1]
    sent.take_ack(0.0, response)

    assert await submitting == problems
    assert sent.payload["type"] == "view_submission"
    assert sent.payload["view"]["state"]["values"] == VALUES
    assert slack.modals.modals[modal].is_open is is_open


async def test_an_open_modal_is_updated_and_its_buttons_are_pressed(slack: SlackSandbox) -> None:
    modal = opened(slack, await trigger(slack))
    label = {"type": "plain_text", "text": "Next"}
    row = [{"type": "button", "text": label, "action_id": "next", "value": "2"}]
    pages = {**VIEW, "blocks": [{"type": "actions", "elements": row}]}
    slack.modals.update(Args({"view_id": modal, "view": pages}))
    pressed = (await slack.press(ANN, modal, "next")).payload
    assert (pressed["container"], pressed["actions"][0]["value"]) == (
        {"type": "view", "view_id": modal},
        "2",
    )
    assert "channel" not in pressed

    await slack.dismiss(ANN, modal)
    with pytest.raises(Refused, match="not_found"):
        slack.modals.update(Args({"view_id": modal, "view": pages}))
    with pytest.raises(LookupError):
        await slack.press(ANN, modal, "next")


async def test_closing_is_told_where_the_view_asks_for_it(slack: SlackSandbox) -> None:
    quiet = opened(slack, await trigger(slack))
    await slack.dismiss(ANN, quiet)
    loud = opened(slack, await trigger(slack), {**VIEW, "notify_on_close": True})
    await slack.dismiss(ANN, loud)

    kinds = [each.payload.get("type") for each in slack.deliveries]
    assert kinds.count("view_closed") == 1
    with pytest.raises(LookupError):
        await slack.submit(ANN, loud, VALUES)
