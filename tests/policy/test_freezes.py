"""Freezes: against a model that looks at the wall clock of each minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.freezes import frozen_until, is_frozen_always, next_change
from bot.policy.rules import Rule, Window
from policy.examples import windows

BERLIN = ZoneInfo("Europe/Berlin")
FRI, SAT, SUN, MON = 4, 5, 6, 0
WEEKEND = Rule(
    freeze=(
        Window(days=frozenset({FRI}), start=16 * 60, time_zone=BERLIN),
        Window(days=frozenset({SAT, SUN}), time_zone=BERLIN),
        Window(days=frozenset({MON}), end=8 * 60, time_zone=BERLIN),
    )
)

quiet_weeks = st.datetimes(datetime(2026, 6, 1), datetime(2026, 6, 30)).map(  # noqa: DTZ001
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)
"""Minutes of a month in which no clock is changed."""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def is_frozen(rule: Rule, minute: datetime) -> bool:
    """Say in another way than the code whether nothing may be approved in a minute."""

    def holds(window: Window) -> bool:
        local = minute.astimezone(window.time_zone)
        now, today = local.hour * 60 + local.minute, local.weekday() in window.days
        if window.start < window.end:
            return today and window.start <= now < window.end
        yesterday = (local.weekday() - 1) % 7 in window.days
        return (today and now >= window.start) or (yesterday and now < window.end)

    return any(map(holds, rule.freeze))


@settings(max_examples=50)
@given(st.lists(windows, max_size=3), quiet_weeks)
def test_until_the_next_change_it_is_as_it_is_now(drawn: list[Window], now: datetime) -> None:
    rule = Rule(freeze=tuple(drawn))

    change = next_change(rule, now.timestamp())

    assert (change is None) == (not drawn)
    if change is not None:
        assert change > now.timestamp()
        minutes = int((change - now.timestamp()) / 60)
        later = {is_frozen(rule, now + timedelta(minutes=n)) for n in range(minutes)}
        assert later <= {is_frozen(rule, now)}


@settings(max_examples=50)
@given(st.lists(windows, max_size=3), quiet_weeks)
def test_it_is_frozen_as_the_model_says_and_until_the_first_minute_that_is_not(
    drawn: list[Window], now: datetime
) -> None:
    rule = Rule(freeze=tuple(drawn))

    until = frozen_until(rule, now.timestamp())

    if until is None:
        assert not is_frozen(rule, now)
    elif not is_frozen_always(rule):
        assert not is_frozen(rule, until)
        minutes = int((until - now) / timedelta(minutes=1))
        assert all(is_frozen(rule, now + timedelta(minutes=n)) for n in range(0, minutes, 7))
        assert is_frozen(rule, until - timedelta(minutes=1))


def test_a_weekend_of_several_windows_is_one_freeze() -> None:
    monday = datetime(2026, 6, 8, 8, tzinfo=BERLIN)

    assert frozen_until(WEEKEND, at("2026-06-05T15:59:59")) is None
    assert frozen_until(WEEKEND, at("2026-06-05T16:00")) == monday
    assert frozen_until(WEEKEND, at("2026-06-07T03:00")) == monday
    assert frozen_until(WEEKEND, at("2026-06-08T07:59:59")) == monday
    assert frozen_until(WEEKEND, at("2026-06-08T08:00")) is None


def test_a_night_goes_on_after_midnight_and_ends_by_the_clock_of_its_zone() -> None:
    nightly = Rule(freeze=(Window(start=22 * 60, end=6 * 60, time_zone=BERLIN),))

    # In this night the clock is put forward: it is an hour shorter.
    until = frozen_until(nightly, at("2026-03-28T22:00"))

    assert until is not None
    assert until.isoformat() == "2026-03-29T06:00:00+02:00"
    assert until.timestamp() - at("2026-03-28T22:00") == 7 * 3600


def test_without_windows_nothing_is_ever_frozen() -> None:
    assert frozen_until(Rule(), at("2026-06-06T12:00")) is None


def test_a_rule_that_never_thaws_is_known_and_ends_the_search() -> None:
    always = Rule(freeze=(Window(),))
    halves = Rule(freeze=(Window(end=720), Window(start=720, end=1440)))
    nearly = Rule(freeze=(Window(end=1439),))
    # In summer, the first two hours of Berlin are the last two of UTC.
    summer = Rule(freeze=(Window(end=1320), Window(end=120, time_zone=BERLIN)))

    assert [is_frozen_always(rule) for rule in (always, halves, summer)] == [True] * 3
    assert [is_frozen_always(rule) for rule in (nearly, WEEKEND)] == [False] * 2
    assert frozen_until(always, at("2026-06-06T12:00")) is not None
