"""Clicks in views, and submitted forms, as the bridge reads them."""

from typing import Any

import pytest

from bot.ids import ButtonValue, ThreadRef, Ts
from bot.slack.identity import BotIdentity
from bot.slack.inbound import LATER, Clicked, Outsider, Received, Unsupported
from bot.slack.parse import parse_action
from bot.slack.parse_views import parse_submission
from slack_caller import BOT

PLACE = ThreadRef(channel="C1", root=Ts("1700000000.000100"))
VALUE = ButtonValue(t=PLACE.key(), s="r-1", d="abc").encode()
HOME = BOT.team_id


def press(*, kind: str = "modal", value: str = VALUE, team: str = HOME) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": team},
        "trigger_id": "1.2.x",
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": kind},
        "actions": [{"action_id": "next", "value": value, "action_ts": "1700000009.000100"}],
    }


def submission(*, metadata: str = VALUE, team: str = HOME, **values: object) -> dict[str, Any]:
    return {
        "type": "view_submission",
        "user": {"id": "U1", "team_id": team},
        "trigger_id": "1.2.y",
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "deny",
            "private_metadata": metadata,
            "state": {"values": {"words": {"words": {"value": " not on a Friday\n"} | values}}},
        },
    }


def taken(parsed: Received | Unsupported) -> Clicked:
    assert isinstance(parsed, Received)
    assert isinstance(parsed.input, Clicked)
    return parsed.input


def test_a_click_in_a_modal_belongs_to_the_thread_that_its_button_names() -> None:
    click = taken(parse_action(press(), BOT))

    assert (click.thread, click.action_id, click.view_id) == (PLACE, "next", "V1")
    assert (click.message_ts, click.v) == ("", 1)
    assert taken(parse_action(press(kind="home"), BOT)).view_id == "", "a home is no modal"


def test_two_clicks_in_one_modal_are_told_apart() -> None:
    again = press()
    again["actions"][0]["action_ts"] = "1700000010.000100"
    again["trigger_id"] = "1.3.x"
    first, second = parse_action(press(), BOT), parse_action(again, BOT)
    assert isinstance(first, Received)
    assert isinstance(second, Received)

    assert not {*first.marks} & {*second.marks}


def test_a_form_says_what_was_entered_and_is_left_alone_by_older_programs() -> None:
    form = taken(parse_submission(submission(), BOT))

    assert (form.thread, form.action_id, form.value) == (PLACE, "deny", VALUE)
    assert (form.words, form.v) == ("not on a Friday", LATER)
    assert taken(parse_submission(submission(value=None), BOT)).words == ""


def test_a_form_that_is_sent_again_has_the_same_mark() -> None:
    again = submission() | {"trigger_id": "1.9.y"}
    first, second = parse_submission(submission(), BOT), parse_submission(again, BOT)
    assert isinstance(first, Received)
    assert isinstance(second, Received)

    assert first.marks == second.marks


def test_a_form_that_is_sent_again_in_other_words_is_another_answer() -> None:
    first, second = (
        parse_submission(submission(value=words), BOT) for words in ("only on Friday", "never")
    )
    assert isinstance(first, Received)
    assert isinstance(second, Received)

    assert not {*first.marks} & {*second.marks}


@pytest.mark.parametrize("value", ["", "v", '{"t":"nowhere","s":"r-1"}', VALUE[:-1]])
def test_what_names_no_thread_is_none_of_ours(value: str) -> None:
    for parsed in (
        parse_action(press(value=value), BOT),
        parse_submission(submission(metadata=value), BOT),
    ):
        assert isinstance(parsed, Unsupported)
        assert not isinstance(parsed, Outsider)


def test_people_of_other_organizations_neither_click_nor_submit() -> None:
    bot: BotIdentity = BOT
    assert isinstance(parse_action(press(team="T9"), bot), Outsider)
    assert isinstance(parse_submission(submission(team="T9"), bot), Outsider)
