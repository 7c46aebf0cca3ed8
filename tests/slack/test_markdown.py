"""The agent's Markdown as messages: complete, in order, within every limit, and inert."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.sandbox.slack.blockkit import check_blocks, total_text
from bot.slack import limits
from bot.slack.chars import clean, length
from bot.slack.markdown import Layout, layout
from bot.slack.mrkdwn import neutralise
from bot.slack.ops import Content
from bot.slack.split import Prose, pieces
from bot.slack.tables import Table

PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
LINES = st.sampled_from(
    [
        "words of prose",
        "",
        "# Headline",
        "---",
        "- item",
        "  - nested",
        "> quoted",
        "```py",
        "```",
        "~~~~",
        "  ```js",
        "> ```",
        "- ```",
        "1. ~~~ x",
        "    indented",
        "x = List<int>",
        "| a | b |",
        "|---|:-:|",
        "| 1 | `2` |",
        "> | a |",
        "> |---|",
        "<!channel> <@U1> <https://e.example|x>",
        "<**!channel**>",
        "| <\\!channel> | [x](https://a.example) |",
        "é😀 " * 7,
        "`" * 9,
        "a ``` b ~~~ " * 6,
        "long " * 30,
        "unbroken" * 20,
    ]
)
DEFINITION = "[ref]: https://a.example"
DOCUMENTS = st.lists(LINES, max_size=25).map("\n".join)
LARGE = st.tuples(
    st.lists(LINES | st.just(DEFINITION), max_size=25).map("\n".join), st.integers(1, 40)
).map(lambda pair: (pair[0] + "\n") * pair[1])
LIVE = re.compile(r'<\\*[!@#]\w|<https?:[^<>|"]*\|')


def sent(content: Content) -> list[dict[str, Any]]:
    """Return the blocks as Slack would store them; raises where it would refuse them."""
    return check_blocks(json.loads(json.dumps(list(content.blocks))))


def kinds(content: Content) -> list[object]:
    return [block["type"] for block in content.blocks]


def markdown_of(content: Content) -> str:
    return "\n".join(str(block["text"]) for block in content.blocks if block["type"] == "markdown")


def letters(text: str) -> str:
    """Return what a reader reads: no white space, no invisible joiners, no marks.

    Fences go because code that continues in the next message opens them again, the marks of
    quotations and lists because code that does leaves those, the others because cells lose them.
    """
    bare = re.sub(r"[`~]{3,} ?(py|js|x)?", "", text.replace("\u2060", ""))
    return re.sub(r"[\s`~|:>+*\[\]()\\-]", "", bare)


def open_fences(text: str) -> list[str]:
    """Return the fences of a text that only its end closes, by the parser's own account."""
    lines = text.split("\n")
    found = [token for token in PARSER.parse(text) if token.type == "fence" and token.map]
    ends = ((token.markup, lines[(token.map or [0, 0])[1] - 1]) for token in found)
    return [line for markup, line in ends if not line.strip(" >").startswith(markup)]


def test_prose_is_one_markdown_block_with_its_text_for_notifications() -> None:
    laid = layout("\n# Done & dusted\n\n**All** good.\n")
    [part] = laid.parts
    assert part.text == "# Done &amp; dusted\n\n**All** good."
    assert part.blocks == ({"type": "markdown", "text": "# Done & dusted\n\n**All** good."},)
    assert laid.overflow is None


@pytest.mark.parametrize("text", ["", " \n\t\n", "\x1b\r\n"])
def test_white_space_makes_no_message(text: str) -> None:
    assert layout(text) == Layout()


def test_a_table_becomes_a_native_table_in_its_place() -> None:
    [part] = layout(
        "before\n\n| a | b |\n|:-:|--:|\n| **x** `y` | [z](https://a.example) |\n"
        "| | <!here> ![i](https://a.example/i.png) <https://b.example> |\n\nafter"
    ).parts
    assert kinds(part) == ["markdown", "table", "markdown"]
    table = sent(part)[1]
    assert [[cell["text"] for cell in row] for row in table["rows"]] == [
        ["a", "b"],
        ["x y", "z (https://a.example)"],
        [" ", "<\u2060!here> i (https://a.example/i.png) https://b.example"],
    ]
    assert [side["align"] for side in table["column_settings"]] == ["center", "right"]
    assert "x y | z (https://a.example)" in part.text


def test_the_text_of_a_cell_is_measured_as_it_is_sent() -> None:
    [table] = pieces("| <**!here**> |\n|---|", 100)
    assert isinstance(table, Table)
    assert table.rows == (("<\u2060!here>",),)


def test_a_second_table_goes_into_a_message_of_its_own() -> None:
    table = "| a |\n|---|\n| 1 |\n"
    first, second = layout(f"one\n\n{table}\ntwo\n\n{table}\nthree").parts
    assert kinds(first) == ["markdown", "table", "markdown"]
    assert kinds(second) == ["table", "markdown"]
    assert markdown_of(second) == "three"


@pytest.mark.parametrize(
    "table",
    [
        "| a | b |\n|---|--:|\n" + "| 1 | 22 |\n" * 100,
        "|a" * 21 + "|\n" + "|-" * 21 + "|\n" + "|1" * 21 + "|\n",
        "| a | b |\n|---|---|\n| " + "x" * 3001 + " | y |\n",
    ],
)
def test_a_table_beyond_slacks_limits_is_shown_as_code(table: str) -> None:
    [part] = layout(f"before\n\n{table}\nafter").parts
    assert kinds(part) == ["markdown"]
    assert "\n```\na" in markdown_of(part)
    assert letters(markdown_of(part)) == letters(f"before{table}after")


def test_columns_of_a_table_shown_as_code_are_aligned() -> None:
    rows = "| 日本 | 7 |\n| b | 22 |\n" * 60
    [part] = layout(f"| name | n |\n|---|--:|\n{rows}").parts
    assert markdown_of(part).split("\n")[1:5] == [
        "name |  n",
        "-----+---",
        "日本 |  7",
        "b    | 22",
    ]


def test_a_table_that_padding_would_make_huge_is_shown_as_it_was_written() -> None:
    head = "| " + "x" * 40 + " |" + "a|" * 60 + "\n|" + "-|" * 61 + "\n"
    [part] = layout(head + "| y |\n" * 300).parts
    assert "| y |\n| y |" in markdown_of(part)


def test_a_table_inside_a_list_stays_text_and_is_no_second_table() -> None:
    [part] = layout("- | a | b |\n  |---|---|\n  | 1 | 2 |").parts
    tokens = PARSER.parse(markdown_of(part))
    assert not [token for token in tokens if token.type == "table_open"]


def test_a_row_with_more_cells_than_the_header_is_not_cut_short() -> None:
    for row in ("| 1 | extra |", "| | extra", "1 | 2 | 3"):
        [part] = layout(f"| a |\n|---|\n{row}").parts
        assert markdown_of(part) == f"```\n| a |\n|---|\n{row}\n```"
    [part] = layout("| a |\n|---|\n| 1 \\| 2 | |").parts
    assert kinds(part) == ["table"]


def test_long_code_continues_in_the_next_piece_with_its_language() -> None:
    code = "\n".join(f"line {i}" for i in range(20))
    cut = [piece for piece in pieces(f"```py\n{code}\n```", 80) if isinstance(piece, Prose)]
    assert len(cut) > 1
    assert all(p.text.startswith("```py\n") and p.text.endswith("\n```\n") for p in cut)
    bodies = (p.text.removeprefix("```py\n").removesuffix("```\n") for p in cut)
    assert "".join(bodies) == code + "\n"


def test_code_in_a_list_that_is_too_long_leaves_the_list() -> None:
    code = "\n".join(f"  line {i}" for i in range(20))
    cut = [p.text for p in pieces(f"- ```js\n{code}\n  ```\n- b", 80) if isinstance(p, Prose)]
    assert cut[0] == "-\n"
    assert cut[1].startswith("```js\nline 0\n")
    assert cut[-1] == "- b\n"


def test_code_that_the_agent_left_open_is_closed() -> None:
    [part] = layout("see\n\n```py\nx = 1").parts
    assert markdown_of(part) == "see\n\n```py\nx = 1\n```"


def test_a_word_cut_to_the_start_of_a_line_does_not_open_a_fence() -> None:
    cut = list(pieces("word " * 15 + "``` rest " * 9, 80))
    assert len(cut) > 1
    assert all(isinstance(p, Prose) and not open_fences(p.text) for p in cut)


def test_many_headlines_are_spread_because_slack_may_count_each_as_a_block() -> None:
    laid = layout("# a\n\nb\n\n" * 60)
    assert [markdown_of(part).count("#") for part in laid.parts] == [24, 24, 12]


def test_a_long_text_becomes_a_preview_and_a_file() -> None:
    text = "A first paragraph.\n\n" + "more words " * 2000
    laid = layout(text)
    [part] = laid.parts
    assert laid.overflow == text
    assert kinds(part) == ["markdown", "context"]
    assert text.startswith(markdown_of(part))
    assert limits.PREVIEW_TEXT // 2 < len(markdown_of(part)) <= limits.PREVIEW_TEXT
    assert "whole text follows as a file" in str(part.blocks[-1])
    assert part.text.endswith("The whole text follows as a file.")


def test_a_preview_prefers_to_end_with_a_paragraph_and_closes_its_code() -> None:
    [prose] = layout("a" * 2000 + "\n\n" + "b " * 9000).parts
    assert markdown_of(prose) == "a" * 2000
    [code] = layout("```py\n" + "x = 1\n" * 5000).parts
    assert markdown_of(code).endswith("\nx = 1\n```")


def test_a_text_of_more_messages_than_anyone_reads_becomes_a_file_too() -> None:
    text = "| a |\n|---|\n| 1 |\n\n" * 9
    laid = layout(text)
    assert (len(laid.parts), laid.overflow) == (1, text)


def test_a_text_just_short_enough_is_shown_whole() -> None:
    laid = layout("x " * 6000)
    assert laid.overflow is None
    assert layout("x " * 6000 + "y").overflow


@settings(max_examples=80, deadline=None)
@given(LARGE)
@example("<" * 12_000)
@example("<@" * 6_000)
@example("😀" * 6_000)
@example("```\n" + "`" * 11_000)
@example("|" * 11_000)
@example("# h\n" * 2_900)
def test_no_text_breaks_a_limit_or_can_ping(text: str) -> None:
    laid = layout(text)
    for part in laid.parts:
        assert part.text
        assert length(part.text) <= limits.UPDATE_TEXT
        assert total_text(sent(part)) <= limits.MESSAGE_TEXT
        assert not open_fences(markdown_of(part))
        assert not LIVE.search(part.text)
        assert not LIVE.search(json.dumps(sent(part), ensure_ascii=False))
    assert bool(laid.parts) == bool(clean(text).strip())


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.integers(60, 300))
def test_no_word_is_lost_or_moved_by_cutting(text: str, limit: int) -> None:
    source = neutralise(text)
    cut = list(pieces(source, limit))
    for piece in cut:
        if isinstance(piece, Prose):
            assert length(piece.text) <= limit
            assert not open_fences(piece.text)
    shown = (p.text if isinstance(p, Prose) else "".join(map("".join, p.rows)) for p in cut)
    assert letters("".join(shown)) == letters(source)
