"""Durations and times of day: what is written is read back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.times import DAY_MINUTES, duration, minutes_in, seconds_in, time_of_day


@given(st.integers(0, 10**9))
def test_a_duration_that_is_written_is_read_back(seconds: int) -> None:
    assert seconds_in(duration(seconds)) == seconds


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_units(days: int, hours: int, minutes: int, more: int) -> None:
    text = f"{days}d{hours}h{minutes}m{more}s"

    assert seconds_in(text) == ((days * 24 + hours) * 60 + minutes) * 60 + more


@given(st.integers(0, DAY_MINUTES))
def test_a_time_of_day_that_is_written_is_read_back(minutes: int) -> None:
    assert minutes_in(time_of_day(minutes)) == minutes


@given(st.text() | st.text(alphabet="0123456789dhms: -.٣²"))
def test_any_text_is_a_duration_or_is_not(text: str) -> None:
    seconds = seconds_in(text)

    if seconds is not None:
        assert seconds_in(duration(seconds)) == seconds
    minutes = minutes_in(text)
    assert minutes is None or time_of_day(minutes) == text


def test_what_only_looks_like_a_time_is_none() -> None:
    assert [seconds_in(t) for t in ("", "30", "m", "1.5h", "-1h", "1m1h", "1 h", "1h\n", "٣h")] == [
        None
    ] * 9
    assert [minutes_in(t) for t in ("", "7:30", "24:01", "12:60", "12:00\n", "noon")] == [None] * 6
