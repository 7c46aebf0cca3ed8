"""Console events to domain events: recorded forms, and anything at all."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ids import ApprovalRequestId, EventId
from bot.neo.bodies import EVENT_BODY
from bot.neo.decode import CURSOR_LENGTH, KIND_LENGTH, decode_console_event, decode_listed_event
from bot.neo.events import (
    ApprovalRequested,
    AssistantSaid,
    AwaitingApprovals,
    Cancelled,
    ContextCompressed,
    EntitiesChanged,
    Entity,
    Failed,
    Internal,
    StreamedEvent,
    TaskEvent,
    TaskRenamed,
    ToolCall,
    ToolFinished,
    ToolProgressed,
    ToolStarted,
    Triggered,
    Unknown,
    UserCancelled,
    UserConfirmed,
    UserSaid,
    Warned,
)
from bot.neo.http import FrameReader

SAMPLES = Path(__file__).parents[1] / "samples" / "neo"
REPOSITORY = {"name": "web", "org": "acme", "forge": "github"}


def at(second: int, microsecond: int = 0, year: int = 2026, month: int = 10) -> datetime:
    day = 5 if year == 2026 else 1
    return datetime(year, month, day, 9, 0, second, microsecond, tzinfo=UTC)


def sample(scenario: str) -> list[StreamedEvent]:
    frames = FrameReader().feed((SAMPLES / scenario / "stream.sse").read_bytes())
    return [decode_console_event(frame.data or "", sse_id=frame.id) for frame in frames]


def meanings(scenario: str) -> list[TaskEvent]:
    return [streamed.event for streamed in sample(scenario)]


def test_a_turn_with_an_approval_is_read_as_recorded() -> None:
    call = ToolCall("c1", "pulumi__preview", {"stack": "prod"}, "cloud")
    approval = ApprovalRequested(
        request_id=ApprovalRequestId("apr-1"),
        message="Update prod?",
        sensitivity="sensitive",
        source="system",
        buttons=("Approve", "Deny"),
        tool_name="pulumi__up",
        tool_call_id="c2",
        git_diff={"index.ts": "+a"},
    )
    pull_request = Entity("pull_request", {"repo": REPOSITORY, "number": 7, "merged": False})

    assert meanings("approved_turn") == [
        UserSaid("Upgrade the cluster", at(0, 120_000), "ada"),
        TaskRenamed("Upgrade cluster"),
        AssistantSaid("I look at it.", (call,)),
        ToolStarted("c1", "pulumi__preview", {"stack": "prod"}),
        ToolProgressed("c1", "3 changes"),
        ToolFinished("c1", "pulumi__preview"),
        AwaitingApprovals(),
        approval,
        UserConfirmed(
            ApprovalRequestId("apr-1"), ok=True, timestamp=at(8, 500_000), synthetic=True
        ),
        EntitiesChanged((pull_request,)),
        ContextCompressed("compressing", "Summarising"),
        Warned("Slow provider"),
        AssistantSaid("Done.", is_final=True),
    ]


def test_each_event_has_its_own_id_and_the_frames_id_as_cursor() -> None:
    places = [(streamed.id, streamed.cursor) for streamed in sample("approved_turn")]

    assert places[:4] == [("e1", "0001"), ("e2", "0002"), ("e3", "0003"), ("e4", "e4")]


def test_a_stopped_turn_is_read_as_recorded() -> None:
    assert meanings("stopped_turn") == [
        Triggered("Fix the drift"),
        Internal("provide_pulumi_access_token"),
        UserCancelled(at(2), "Ada"),
        Cancelled(operation_was_running=True),
        Failed("The model is overloaded"),
    ]


def test_the_older_forms_are_read_as_what_they_meant() -> None:
    assert meanings("older_dialect") == [
        UserSaid("List my stacks", at(0, year=2025, month=9)),
        AssistantSaid("You have two."),
        AssistantSaid("And a third.", is_final=True),
        UserSaid("Thanks", at(3, year=2025, month=9)),
        UserConfirmed(ApprovalRequestId("apr-0"), ok=False, timestamp=at(4, year=2025, month=9)),
        ToolProgressed("", "half way"),
        Warned("numbered"),
    ]
    assert sample("older_dialect")[-1].id == "7"


def test_an_approval_request_inside_a_message_keeps_what_the_message_says() -> None:
    request_id = ApprovalRequestId("apr-9")

    assert meanings("embedded_approval") == [
        ApprovalRequested(request_id, "The plan is ready.\n\nCreate a bucket"),
        Unknown("approval_request", "no approval_request_id in its arguments"),
        AssistantSaid("", (ToolCall("c3", "pulumi__up", {"stack": "dev"}),)),
    ]


def test_what_cannot_be_read_is_named_and_never_quoted() -> None:
    events = meanings("odd_frames")

    assert events == [
        Unknown("", "not JSON"),
        Unknown("", "not an object, or an empty one"),
        Unknown("", "not an object, or an empty one"),
        Unknown("brand_new", "union_tag_invalid at eventBody"),
        Unknown("set_task_name", "string_type at eventBody.set_task_name.name"),
        Unknown("systemNotice", "literal_error at type"),
        Unknown("", "union_tag_not_found at eventBody"),
        ApprovalRequested(
            ApprovalRequestId("apr-2"), "", git_diff={"b": "+b"}, tool_name="ask_user"
        ),
        AssistantSaid("cut ? here"),
        Failed(""),
    ]
    assert "hunter2" not in repr(events)


def test_an_event_without_ids_is_named_by_its_content_however_it_is_spaced() -> None:
    tight = decode_console_event(b'{"type":"console_output","content":"a"}')
    loose = decode_console_event('{ "type": "console_output", "content": "a" }')
    other = decode_console_event(b'{"type":"console_output","content":"b"}')
    listed = decode_listed_event({"type": "console_output", "content": "a"})

    assert tight.id == loose.id == listed.id != other.id
    assert tight.cursor == ""


def test_the_frames_id_names_an_event_that_has_none() -> None:
    streamed = decode_console_event(b'{"type":"console_output","content":"a"}', sse_id="9")

    assert (streamed.id, streamed.cursor) == ("9", "9")


@pytest.mark.parametrize("bad", ["", "a\nb", "a\rb", "a\0b", "x" * (CURSOR_LENGTH + 1)])
def test_the_cursor_stays_where_an_id_could_not_be_sent_back(bad: str) -> None:
    event = {"type": "agentResponse", "id": bad, "eventBody": {"type": "error"}}

    streamed = decode_console_event(json.dumps(event), previous=EventId("before"))

    assert streamed.cursor == "before"


def test_a_long_unknown_type_is_cut() -> None:
    event = {"type": "agentResponse", "id": "1", "eventBody": {"type": "x" * 1000}}

    assert decode_console_event(json.dumps(event)).event == Unknown(
        "x" * KIND_LENGTH, "union_tag_invalid at eventBody"
    )


def test_json_nested_beyond_reason_is_not_read() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    surrogate = r'{"a": "\ud800", "b": ' + deep + "}"

    assert decode_console_event(deep).event == Unknown("", "not JSON")
    assert decode_console_event(surrogate).event == Unknown("", "not JSON")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODY_TYPES = [
    branch["properties"]["type"]["const"]
    for branch in EVENT_BODY.json_schema()["$defs"].values()
    if "type" in branch.get("properties", {}) and "const" in branch["properties"]["type"]
]
FIELDS = [
    *("content", "tool_calls", "id", "name", "args", "message", "context", "changes", "ok"),
    *("approval_request_id", "timestamp", "buttons", "is_final", "status", "function"),
]
bodies = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6)
frame_fields = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["agentResponse", "userInput", "triggerUserInput", "new"]),
        "id": json_values,
        "actor": json_values,
        "isSynthetic": json_values,
    },
)
body_types = st.sampled_from(BODY_TYPES) | json_values


@st.composite
def console_events(draw: st.DrawFn) -> dict[str, object]:
    body = {**draw(bodies), "type": draw(body_types)}
    return {**draw(bodies), **draw(frame_fields), "eventBody": body}


def test_the_property_test_knows_every_body() -> None:
    assert len(BODY_TYPES) == 17


@given(st.binary())
def test_any_bytes_give_an_event(data: bytes) -> None:
    assert decode_console_event(data).id


@given(json_values)
def test_any_json_gives_an_event(value: object) -> None:
    assert decode_console_event(json.dumps(value)).id


@given(console_events())
def test_any_console_event_gives_an_event(console_event: dict[str, object]) -> None:
    assert decode_console_event(json.dumps(console_event)).id
    assert decode_console_event(json.dumps(console_event, ensure_ascii=False)).id
