"""Incoming text as a person, or an agent, reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ids import UserId
from bot.slack.mrkdwn import escape
from bot.slack.text import (
    mentioned_channels,
    mentioned_users,
    readable,
    starts_with_mention_of,
)

BOT = UserId("UBOT")


def read(text: str) -> str:
    return readable(text, bot=BOT, users={"U1": "Ann Lee"}, channels={"C1": "infra"})


def test_mentions_are_listed_once_in_order() -> None:
    text = "<@U2> and <@U1|ann> and <@U2> in <#C1|infra> or <#C2>"
    assert mentioned_users(text) == ("U2", "U1")
    assert mentioned_channels(text) == ("C1", "C2")


def test_typed_text_that_only_looks_like_a_mention_is_none() -> None:
    assert mentioned_users("&lt;@U1&gt; @U1 <@u1>") == ()


@pytest.mark.parametrize(
    ("text", "user"),
    [(" \n<@U1|ann>, hi", "U1"), ("hi <@U1>", None), ("", None), ("<#C1>", None)],
)
def test_who_is_addressed_first(text: str, user: str | None) -> None:
    assert starts_with_mention_of(text) == user


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@UBOT> deploy it", "deploy it"),
        ("<@UBOT|neo>: deploy it", "deploy it"),
        ("  <@UBOT>, deploy it ", "deploy it"),
        ("ask <@UBOT> to deploy", "ask to deploy"),
        ("thanks <@UBOT>!", "thanks!"),
        ("a\n<@UBOT> b", "a\nb"),
        ("<@UBOT>", ""),
        ("<@UBOT> :tada:", ":tada:"),
        ("<@UBOT2> hi", "@UBOT2 hi"),
    ],
)
def test_the_bots_own_mention_leaves_no_trace(text: str, said: str) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U1> and <@U2|bob> and <@U3>", "@Ann Lee and @bob and @U3"),
        ("<#C1> <#C2|dev> <#C3>", "#infra #dev #C3"),
        ("<!subteam^S1|@ops> <!subteam^S2>", "@ops @S2"),
        ("<!here> <!channel|channel>", "@here channel"),
        ("<!date^1700000000^{date}|Nov 14>", "Nov 14"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<https://a.example|the docs>", "the docs (https://a.example)"),
        ("<http://a.example|a.example>", "a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("`&lt;div&gt;`\n```\n  x  y\n```", "`<div>`\n```\n  x  y\n```"),
        ("a < b <> c", "a < b <> c"),
    ],
)
def test_tokens_read_as_words(text: str, said: str) -> None:
    assert read(text) == said


def test_an_escape_is_undone_once_only() -> None:
    assert read("&amp;lt;@U1&amp;gt;") == "&lt;@U1&gt;"


@given(st.text(alphabet=st.sampled_from("<>&;amp ltg`\n@U1"), max_size=50))
def test_what_a_person_types_arrives_as_typed(text: str) -> None:
    assert read(escape(text)) == text.strip()


@given(st.text(alphabet=st.sampled_from("<>@#!|^&;UCBOTampltg \n"), max_size=40))
def test_no_text_raises(text: str) -> None:
    assert read(text) == read(text).strip()
    assert isinstance(mentioned_users(text), tuple)
