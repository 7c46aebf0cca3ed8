from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.blockkit import check_blocks, check_metadata, total_text
from bot.sandbox.slack.wire import JSON, Refused


def words(count: int) -> JSON:
    return {"type": "mrkdwn", "text": "x" * count}


def section(count: int = 5) -> JSON:
    return {"type": "section", "text": words(count)}


def button(**changes: object) -> JSON:
    label = {"type": "plain_text", "text": "Approve", "emoji": True}
    return {"type": "button", "text": label, "action_id": "approve", "value": "v"} | changes


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "block_id": "b", "elements": [*elements]}


def table(rows: int = 1, columns: int = 1) -> JSON:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}] * columns] * rows}


def refusal(blocks: object) -> Refused:
    with pytest.raises(Refused) as caught:
        check_blocks(blocks)
    return caught.value


GOOD: list[JSON] = [
    section(3000),
    {"type": "section", "fields": [words(2000)], "accessory": button()},
    {"type": "header", "text": {"type": "plain_text", "text": "h" * 150}},
    {"type": "divider"},
    {"type": "alert", "text": words(10), "level": "warning"},
    {"type": "context", "elements": [words(10)] * 10},
    actions(*[button(action_id=f"a{index}") for index in range(25)]),
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
    {"type": "markdown", "text": "m" * 12_000},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{}]}]},
    table(100, 20) | {"column_settings": [{"align": "right", "is_wrapped": True}]},
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "useful",
                "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "1"},
                "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "0"},
            }
        ],
    },
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_a_block_at_its_limits_is_taken(block: JSON) -> None:
    assert check_blocks([block]) == [block]


BAD: list[tuple[JSON, str]] = [
    (section(3001), "/blocks/0/text/text"),
    (section(0), "/blocks/0/text/text"),
    ({"type": "section"}, "/blocks/0"),
    ({"type": "section", "fields": [words(2001)]}, "/blocks/0/fields/0/text"),
    ({"type": "section", "fields": [words(1)] * 11}, "/blocks/0/fields"),
    ({"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}, "/blocks/0/text/text"),
    ({"type": "header", "text": words(1)}, "/blocks/0/text/type"),
    ({"type": "header"}, "/blocks/0"),
    ({"type": "context", "elements": [words(1)] * 11}, "/blocks/0/elements"),
    ({"type": "context", "elements": []}, "/blocks/0/elements"),
    (actions(*[button(action_id=f"a{i}") for i in range(26)]), "/blocks/0/elements"),
    (actions(button(text=words(5))), "/blocks/0/elements/0/text/type"),
    (
        actions(button(text={"type": "plain_text", "text": "x" * 76})),
        "/blocks/0/elements/0/text/text",
    ),
    (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
    (actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id"),
    (actions(button(style="loud")), "/blocks/0/elements/0/style"),
    (actions(button(), button()), "/blocks/0/elements/1/action_id"),
    (section() | {"block_id": "x" * 256}, "/blocks/0/block_id"),
    (section() | {"colour": "red"}, "/blocks/0"),
    ({"type": "markdown", "text": "m" * 12_001}, "/blocks/0/text"),
    (table(101), "/blocks/0/rows"),
    (table(1, 21), "/blocks/0/rows/0"),
    ({"type": "table", "rows": [[{"type": "raw_text", "text": 1}]]}, "/blocks/0/rows/0/0/text"),
    ({"type": "marquee"}, "/blocks/0/type"),
    ({}, "/blocks/0/type"),
]


@pytest.mark.parametrize(("block", "pointer"), BAD, ids=[pointer for _, pointer in BAD])
def test_a_block_over_a_limit_is_refused_with_a_pointer(block: JSON, pointer: str) -> None:
    refused = refusal([block])

    assert refused.code == "invalid_blocks"
    assert any(f"[json-pointer:{pointer}]" in problem for problem in refused.problems)


def test_a_message_has_fifty_blocks_at_most() -> None:
    assert len(check_blocks([{"type": "divider"}] * 50)) == 50
    assert refusal([{"type": "divider"}] * 51).code == "invalid_blocks"


def test_a_message_has_one_table() -> None:
    refused = refusal([table(), table()])

    assert (refused.code, refused.problems) == ("invalid_attachments", ("only_one_table_allowed",))


def test_markdown_blocks_share_their_limit() -> None:
    half: JSON = {"type": "markdown", "text": "m" * 6_001}

    assert refusal([half, half]).code == "invalid_blocks"


def test_block_ids_are_unique_within_a_message() -> None:
    named = section() | {"block_id": "same"}

    assert refusal([named, named]).code == "invalid_blocks"


def test_all_text_of_a_message_together_is_limited() -> None:
    assert check_blocks([section(2640)] * 5)
    assert refusal([section(2641)] * 5).code == "msg_blocks_too_long"


@pytest.mark.parametrize("blocks", ["text", {"type": "divider"}, 7])
def test_blocks_that_are_no_list_are_refused(blocks: object) -> None:
    assert refusal(blocks).code == "invalid_blocks_format"


def test_the_answer_to_invalid_blocks_is_worded_as_slacks() -> None:
    body = refusal([section(3001)]).answer()

    problem = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert body == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [problem],
        "response_metadata": {"messages": [f"[ERROR] {problem}"]},
    }


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "rows", "fields", "accessory"])
            | st.text(max_size=3),
            inner | st.sampled_from(["section", "actions", "table", "button", "mrkdwn"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_anything_is_taken_or_refused_and_nothing_breaks_the_checks(value: object) -> None:
    with suppress(Refused):
        assert check_blocks(value) == (value or [])
    assert total_text(value) >= 0


@pytest.mark.parametrize(
    "payload", [{}, {"key": "k", "n": 1}, {"list": [1, "a"]}, {"object": {"a": 1}}]
)
def test_metadata_may_be_one_level_deep(payload: JSON) -> None:
    metadata = {"event_type": "neo_task", "event_payload": payload}

    assert check_metadata(metadata) == metadata


BAD_METADATA: list[tuple[object, str]] = [
    ("text", "invalid_metadata_format"),
    ({"event_type": "t"}, "invalid_metadata_format"),
    ({"event_payload": {}}, "invalid_metadata_format"),
    ({"event_type": "t", "event_payload": {"a": {"b": {}}}}, "invalid_metadata_schema"),
    ({"event_type": "t", "event_payload": {"a": [[]]}}, "invalid_metadata_schema"),
]


@pytest.mark.parametrize(("metadata", "code"), BAD_METADATA)
def test_other_metadata_is_refused(metadata: object, code: str) -> None:
    with pytest.raises(Refused, match=code):
        check_metadata(metadata)
