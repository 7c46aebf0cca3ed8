"""A typed reply decides only when it says nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.replies import AFFIRMATIVE, NEGATIVE, Meaning, meaning_of

SPACES = st.text(alphabet=" \t\n", max_size=3)


@st.composite
def dressed(draw: st.DrawFn, words: frozenset[str]) -> str:
    """Return one of the words as people type it: any case, spacing, closing punctuation."""
    word = draw(st.sampled_from(sorted(words)))
    cased = "".join(c.upper() if draw(st.booleans()) else c for c in word)
    spaced = cased.replace(" ", draw(st.sampled_from([" ", "  ", "\n", " \t "])))
    end = draw(st.sampled_from(["", ".", "!", "!!", "..", " !"]))
    return draw(SPACES) + spaced + end + draw(SPACES)


@given(dressed(AFFIRMATIVE))
def test_a_wholly_affirmative_reply_approves_however_it_is_typed(reply: str) -> None:
    assert meaning_of(reply) is Meaning.YES


@given(dressed(NEGATIVE))
def test_a_wholly_negative_reply_denies_however_it_is_typed(reply: str) -> None:
    assert meaning_of(reply) is Meaning.NO


@given(dressed(AFFIRMATIVE | NEGATIVE), st.text(alphabet="abcdefgh0123", min_size=1))
def test_one_further_word_makes_it_neither(reply: str, more: str) -> None:
    joined = f"{reply.strip()} {more}"
    assert meaning_of(joined) is Meaning.OTHER
    assert meaning_of(f"{more} {reply.strip()}") is Meaning.OTHER


@given(st.text())
def test_any_text_has_a_meaning(reply: str) -> None:
    assert meaning_of(reply) in Meaning


@pytest.mark.parametrize(
    "reply",
    ["", "yes?", "yes but only on dev", "no problem, go ahead", "not yes", "yess", "👍", "on"],
)
def test_what_only_sounds_like_an_answer_is_none(reply: str) -> None:
    assert meaning_of(reply) is Meaning.OTHER


def test_no_word_says_both() -> None:
    assert not AFFIRMATIVE & NEGATIVE
