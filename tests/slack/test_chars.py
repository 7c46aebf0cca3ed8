"""Counting, cutting and cleaning plain text."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.chars import clean, cut, length, one_line, truncate

TEXTS = st.text(alphabet=st.sampled_from("ab <&\n\t`é😀\u202e\ud800\x1b\r"), max_size=60)


def test_a_character_beyond_the_basic_plane_counts_twice() -> None:
    assert length("a😀é") == 4


def test_what_cannot_be_sent_is_dropped_and_line_ends_are_unified() -> None:
    assert clean("a\r\nb\rc\x00\x1b[31m\ud800d\u202e") == "a\nb\nc[31m\ufffdd"


def test_a_cut_never_halves_a_character() -> None:
    assert cut("a😀b", 2) == "a"
    assert cut("a😀b", 3) == "a😀"
    assert cut("😀😀😀", 5) == "😀😀"
    assert cut("abc", -1) == ""


def test_what_is_cut_ends_with_an_ellipsis_and_what_fits_does_not() -> None:
    assert truncate("hello world", 7) == "hello…"
    assert truncate("hello", 5) == "hello"


def test_one_line_joins_lines() -> None:
    assert one_line("  a\n\n b\tc ", 100) == "a b c"


@given(TEXTS, st.integers(0, 70))
def test_no_text_is_longer_than_its_limit_and_all_can_be_encoded(text: str, limit: int) -> None:
    for shown in (truncate(text, limit), one_line(text, limit)):
        assert len(shown.encode("utf-16-le")) // 2 <= limit


@given(TEXTS, st.integers(0, 70))
def test_a_cut_is_the_longest_beginning_that_fits(text: str, limit: int) -> None:
    tidy = clean(text)
    head = cut(tidy, limit)
    assert tidy.startswith(head)
    assert head == tidy or length(tidy[: len(head) + 1]) > limit
