"""Outgoing text is inert unless we made it live."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ids import UserId
from bot.slack.chars import JOINER, length
from bot.slack.mrkdwn import (
    code,
    code_block,
    escape,
    group_mention,
    joined,
    link,
    mention,
    mrkdwn,
    neutralise,
    shorten,
)

MARKUP = st.lists(
    st.sampled_from(["<!channel>", "<@U1>", "<", ">", "&", "&amp;", "```", "`", "|", "a b", "\n"]),
    max_size=30,
).map("".join)
LIVE = re.compile(
    r"<\\*[!@#]\\*\w"  # a mention
    rf"|<[^<>|\s{JOINER}]*:[^<>|]*\|[^<>]*>"  # an address with its scheme, and a label
    rf"|<[^<>|\s{JOINER}]*\.[^<>|\s]*\|[^<>]*>"  # a host, which holds no space, and a label
)


def test_escaped_text_cannot_mention_or_link() -> None:
    assert escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


def test_our_words_and_safe_parts_make_one_text() -> None:
    made = mrkdwn("*{title}* by {who}", title="a<b", who=mention(UserId("U1")))
    assert made == "*a&lt;b* by <@U1>"
    assert joined(", ", [made, made]) == f"{made}, {made}"


def test_a_mention_of_something_else_than_a_user_is_only_text() -> None:
    assert mention(UserId("!channel")) == "!channel"
    assert mention(UserId("U1> <!here")) == "U1&gt; &lt;!here"


def test_a_mention_of_a_group_is_one_only_for_the_id_of_a_group() -> None:
    assert group_mention("S1") == "<!subteam^S1>"
    assert group_mention("S1|@ops> <!here") == "S1|@ops&gt; &lt;!here"


def test_a_link_escapes_its_address_and_its_label() -> None:
    assert link("https://a.example/?x=1&y=2", "a > b\nc") == (
        "<https://a.example/?x=1&amp;y=2|a &gt; b c>"
    )


@pytest.mark.parametrize("url", ["javascript:x", "https://a|b", "https://a b", "https://a>b", ""])
def test_what_is_no_web_address_is_shown_as_its_label(url: str) -> None:
    assert link(url, "here") == "here"


def test_code_cannot_be_left_by_what_it_contains() -> None:
    assert code("a`b\n<c>") == "`a\u02cbb &lt;c&gt;`"
    assert code("  ") == ""
    assert code_block("a\n```\n<!here>").count("```") == 2
    assert code_block("\n") == ""


def test_shortening_never_leaves_half_an_entity_or_half_a_mention() -> None:
    assert shorten(escape("aaaa&bbbbbbbbbb"), 12) == "aaaa…"
    assert shorten(mrkdwn("aaaa {who} and more", who=mention(UserId("U123456"))), 15) == "aaaa…"


def test_a_code_block_that_is_cut_is_closed() -> None:
    assert shorten(code_block("line one\nline two\nline three"), 20) == "```\nline one\nli…\n```"


def test_a_cut_within_a_closing_fence_does_not_leave_half_of_it() -> None:
    assert shorten(mrkdwn("{code} and more", code=code_block("abc")), 15) == "```\nabc…\n```"


@given(MARKUP, st.integers(8, 80))
def test_no_shortened_text_breaks_its_limit_or_its_markup(text: str, limit: int) -> None:
    shown = shorten(escape(text), limit)
    assert length(shown) <= limit
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
    cut_inside_a_fence = shown != escape(text) and shown.count("```") % 2
    assert not cut_inside_a_fence


@pytest.mark.parametrize(
    "token",
    [
        "<!channel>",
        "<!here|here>",
        "<!everyone>",
        "<!subteam^S1|@ops>",
        "<!date^1^{date}|x>",
        "<@U1>",
        "<@W1|ann>",
        "<#C1|general>",
        "<\\!channel>",
        "<https://evil.example|https://good.example>",
        "<mailto:a@b.example|ann>",
        "<evil.example|good>",
        "<<!channel>>",
    ],
)
def test_a_token_of_slacks_is_made_inert(token: str) -> None:
    inert = neutralise(f"a {token} b ```{token}```")
    assert token not in inert
    assert inert.replace(JOINER, "") == f"a {token} b ```{token}```"
    assert not LIVE.search(inert)


@pytest.mark.parametrize(
    "text",
    [
        "List<int> and Map<str, List<int>>",
        "Output<string | undefined>",
        "Output<pulumi.Input | undefined>",
        "a < b && c > d",
        "<https://autolink.example/path>",
        "<!-- comment -->",
        "<!DOCTYPE html>",
        "<div class='x'>",
        "i<3",
        "# <# comment #>",
        "[label](https://a.example)",
    ],
)
def test_markdown_that_means_nothing_to_slack_is_kept(text: str) -> None:
    assert neutralise(text) == text


@given(st.text(alphabet=st.sampled_from("<>|!@#\\:/.aUC1 \n" + JOINER), max_size=40))
def test_no_input_is_live_after_neutralising_and_twice_is_as_once(text: str) -> None:
    once = neutralise(text)
    assert not LIVE.search(once)
    assert neutralise(once) == once
