"""Whatever Slack sends, or seems to: parsing never raises, and what it gives can be stored."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.inbound import SLACK_INPUT, Received, SlashCommand, Unsupported
from bot.slack.parse import parse_action, parse_command, parse_event
from slack_caller import BOT

TS, LATER = "1700000000.000200", "1700000009.000300"
TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        *("type", "subtype", "channel", "user", "text", "ts", "thread_ts", "edited", "files"),
        *("message", "previous_message", "deleted_ts", "event_ts", "container", "actions"),
        *("action_id", "action_ts", "value", "message_ts", "channel_id", "id", "team_id"),
    ]
)
COMMAND_NAMES = st.sampled_from(
    ["command", "text", "user_id", "channel_id", "channel_name", "team_id", "trigger_id"]
)
FILE_NAMES = st.sampled_from(
    ["id", "name", "title", "mimetype", "filetype", "size", "url_private", "url_private_download"]
)
WORDS = st.sampled_from(
    [
        *("message", "app_mention", "message_changed", "message_deleted", "tombstone"),
        *("file_share", "channel_archive", "channel_id_changed", "member_left_channel"),
        "agent_session_stopped",
        *("C1", "UBOT", TS, LATER),
    ]
)
SLACKISH = st.recursive(
    WORDS | JSON,
    lambda inner: st.dictionaries(NAMES, inner, max_size=6) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["event", "event_id", "team_id"]) | st.text(), SLACKISH))
def test_no_event_whatever_its_shape_raises(body: dict[str, Any]) -> None:
    _is_sound(parse_event(body, BOT))


@given(st.dictionaries(NAMES, SLACKISH))
def test_no_event_of_a_known_type_raises(event: dict[str, Any]) -> None:
    _is_sound(parse_event({"event": {"type": "message"} | event}, BOT))


@given(st.dictionaries(NAMES | st.text(), SLACKISH))
def test_no_click_whatever_its_shape_raises(body: dict[str, Any]) -> None:
    _is_sound(parse_action(body, BOT))


@given(st.dictionaries(COMMAND_NAMES | st.text(), WORDS | SLACKISH))
def test_no_command_whatever_its_shape_raises(body: dict[str, Any]) -> None:
    parsed = parse_command(body, BOT)
    if isinstance(parsed, SlashCommand):
        assert all((parsed.user, parsed.channel, parsed.command, parsed.trigger_id))


@given(st.lists(st.dictionaries(FILE_NAMES, SLACKISH), max_size=3))
def test_no_file_whatever_its_shape_raises(files: list[dict[str, Any]]) -> None:
    event = {"type": "message", "channel": "C1", "user": "U1", "ts": TS, "files": files}
    parsed = parse_event({"event": event}, BOT)
    assert isinstance(parsed, Received)
    _is_sound(parsed)


def _is_sound(parsed: Received | Unsupported) -> None:
    if isinstance(parsed, Received):
        stored = SLACK_INPUT.dump_json(parsed.input)
        assert SLACK_INPUT.validate_json(stored) == parsed.input
