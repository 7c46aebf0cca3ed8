"""Block Kit that Slack takes, whatever goes in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack.blockkit import check_blocks
from bot.slack import blocks, limits
from bot.slack.fitting import text_length
from bot.slack.mrkdwn import Mrkdwn, code_block, escape, mrkdwn
from bot.slack.ops import Block, Content

LONG = st.tuples(st.text(max_size=30), st.integers(0, 3000)).map(lambda pair: pair[0] * pair[1])
SAFE = LONG.map(escape)
BUTTON = st.builds(blocks.button, LONG, st.integers().map("act{}".format), st.just("v"))
BLOCKS = st.one_of(
    st.builds(blocks.section, SAFE),
    st.lists(SAFE, min_size=1, max_size=12).map(lambda texts: blocks.fields(*texts)),
    st.lists(SAFE, min_size=1, max_size=12).map(lambda texts: blocks.context(*texts)),
    st.builds(blocks.header, LONG),
    st.builds(blocks.markdown, LONG),
    st.builds(blocks.divider),
    st.lists(BUTTON, min_size=1, max_size=30, unique_by=lambda built: built["action_id"]).map(
        lambda buttons: blocks.actions(*buttons)
    ),
)


def sent(content: Content) -> list[dict[str, Any]]:
    """Return the blocks as Slack would store them; raises where it would refuse them."""
    return check_blocks(json.loads(json.dumps(list(content.blocks))))


@settings(max_examples=40, deadline=None)
@given(SAFE, st.lists(BLOCKS, max_size=60))
def test_no_input_breaks_a_limit(text: Mrkdwn, given_blocks: list[Block]) -> None:
    made = blocks.content(text, *given_blocks)
    assert len(made.text) <= limits.UPDATE_TEXT
    assert sum(map(text_length, sent(made))) <= limits.MESSAGE_TEXT


@given(st.lists(st.lists(LONG, max_size=25), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_no_table_breaks_a_limit_and_every_row_is_as_wide(rows: list[list[str]]) -> None:
    rows = [["head"], *rows]
    [block] = sent(blocks.content(Mrkdwn("t"), blocks.table(rows, ("right",))))
    assert len({len(row) for row in block["rows"]}) == 1
    assert text_length(block) <= limits.TABLE_CHARACTERS
    assert block["column_settings"][0]["align"] == "right"


def test_empty_texts_are_shown_as_a_dash_because_slack_refuses_them() -> None:
    made = blocks.content(
        Mrkdwn("t"),
        blocks.section(Mrkdwn(" ")),
        blocks.header(""),
        blocks.markdown("\n"),
        blocks.actions(blocks.button("", "a", "")),
    )
    [section, header, markdown, actions] = sent(made)
    assert section["text"]["text"] == header["text"]["text"] == markdown["text"] == "-"
    assert "value" not in actions["elements"][0]


def test_a_list_that_is_too_long_says_how_much_is_missing() -> None:
    built: Any = blocks.fields(*(escape(f"f{i}") for i in range(14)))
    assert [field["text"] for field in built["fields"]][8:] == ["f8", "… and 5 more"]


def test_untrusted_markdown_is_neutralised_and_table_cells_are_too() -> None:
    assert "<!channel>" not in str(blocks.markdown("<!channel>"))
    assert "<!channel>" not in str(blocks.table([["<!channel>"]]))


def test_a_button_carries_its_question_and_its_style() -> None:
    question = blocks.confirmation(
        "Deny\nit?" * 50, "Sure?" * 100, confirm="Deny", deny="Back", style="danger"
    )
    built = blocks.button("Deny", "deny", "v", style="danger", confirm=question)
    [block] = sent(blocks.content(Mrkdwn("t"), blocks.actions(built)))
    assert block["elements"][0]["confirm"]["style"] == "danger"
    assert "\n" not in block["elements"][0]["confirm"]["title"]["text"]
    assert "style" not in blocks.confirmation("a", "b", confirm="c", deny="d")


@pytest.mark.parametrize(("action", "value"), [("a" * 256, "v"), ("a", "v" * 2001)])
def test_an_id_is_refused_rather_than_cut(action: str, value: str) -> None:
    with pytest.raises(ValueError, match="too long an id"):
        blocks.button("Approve", action, value)


def test_a_link_button_opens_a_web_address_and_nothing_else() -> None:
    opens = blocks.link_button("Open", "open", "https://a.example/x")
    [block] = sent(blocks.content(Mrkdwn("t"), blocks.actions(opens)))
    assert block["elements"][0]["url"] == "https://a.example/x"
    with pytest.raises(ValueError, match="no such link"):
        blocks.link_button("Open", "open", "javascript:alert(1)")


def test_the_buttons_of_a_card_survive_any_number_of_blocks_before_them() -> None:
    row = blocks.actions(blocks.button("Approve", "approve", "v"))
    made = blocks.content(Mrkdwn("t"), *[blocks.divider()] * 80, row)
    assert len(made.blocks) == limits.BLOCKS_PER_MESSAGE
    assert made.blocks[-1] == row


def test_where_texts_are_too_long_together_only_the_long_ones_are_cut() -> None:
    short = blocks.section(escape("short"))
    made = blocks.content(Mrkdwn("t"), short, *[blocks.section(escape("&" * 3000))] * 6)
    assert made.blocks[0] == short
    assert str(sent(made)[1]["text"]["text"]).endswith("&amp;…")


def test_code_that_is_cut_in_a_section_is_closed() -> None:
    built: Any = blocks.section(mrkdwn("Command:\n{code}", code=code_block("x\n" * 3000)))
    assert built["text"]["text"].endswith("…\n```")


def test_a_second_table_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="one table"):
        blocks.content(Mrkdwn("t"), blocks.table([["a"]]), blocks.table([["b"]]))
