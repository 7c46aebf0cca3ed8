"""Reactions as values: the one that stops, and all the others, of which nothing is kept."""

import pytest

from bot.ids import ThreadRef, Ts, UserId
from bot.slack.inbound import Reacted, Received, Unsupported, read_input
from bot.slack.parse import Parsed, parse_event
from slack_caller import BOT

TS, LATER = "1700000000.000200", "1700000009.000300"


def parsed(**changes: object) -> Parsed:
    item = {"type": "message", "channel": "C1", "ts": TS}
    event: dict[str, object] = {"type": "reaction_added", "user": "U1", "reaction": "x"}
    event |= {"item": item, "item_user": "UBOT", "event_ts": LATER}
    return parse_event({"event_id": "Ev1", "event": event | changes}, BOT)


def test_a_cross_is_read_with_its_message_and_its_moment() -> None:
    read = parsed()
    assert isinstance(read, Received)
    thread = ThreadRef(channel="C1", root=Ts(TS))
    assert read.input == Reacted(thread=thread, user=UserId("U1"), ts=Ts(TS), at=Ts(LATER))
    assert read.marks == ("event:Ev1", f"reacted:C1:{TS}:U1:{LATER}")
    assert read_input(read.input.model_dump_json()) == read.input


def test_a_program_that_does_not_know_it_leaves_it_alone() -> None:
    read = parsed()
    assert isinstance(read, Received)
    assert read.input.v == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"reaction": "eyes"},
        {"reaction": "heavy_multiplication_x"},
        {"user": "UBOT"},
        {"user": ""},
        {"item": {"type": "file", "file": "F1"}},
        {"item": {"type": "message", "channel": "C1", "ts": "odd"}},
        {"item": None},
        {"event_ts": ""},
    ],
)
def test_every_other_reaction_is_dropped(changes: dict[str, object]) -> None:
    assert isinstance(parsed(**changes), Unsupported)
