"""Until when a rule lets nothing be approved. Pure.

Denials are possible at any time: a freeze never keeps anybody from saying no.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from bot.policy.rules import Rule, Window

_WEEK = timedelta(days=7)

_NOW_OR_AGAIN = range(-1, 9)
"""Days from today in which each window begins and ends, whatever day it is for."""

_MONDAYS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))
"""One in winter and one in summer: windows of two zones may touch in one of them alone."""


def frozen_until(rule: Rule, now: float) -> datetime | None:
    """Return when approving is possible again, in that window's time zone; None: it is now.

    `now` is in seconds since the epoch. Windows that touch are one freeze.
    """
    end, limit = None, now + 2 * _WEEK.total_seconds()
    while later := _end_at(rule, end.timestamp() if end else now):
        end = later
        if end.timestamp() > limit:  # no policy file can say so: `is_frozen_always` refuses it
            break
    return end


def next_change(rule: Rule, now: float) -> float | None:
    """Return when the next window begins or ends, in seconds since the epoch; None: never."""
    edges = (
        edge.timestamp()
        for window in rule.freeze
        for freeze in _around(window, now, _NOW_OR_AGAIN)
        for edge in freeze
    )
    return min((edge for edge in edges if edge > now), default=None)


def is_frozen_always(rule: Rule) -> bool:
    """Whether the windows of a rule leave no minute of a week between them, at least for months."""
    ends = [(monday, frozen_until(rule, monday.timestamp())) for monday in _MONDAYS]
    return any(end is not None and end > monday + _WEEK for monday, end in ends)


def _end_at(rule: Rule, now: float) -> datetime | None:
    """Return the latest end of the windows that `now` is in; None where it is in none."""
    ends = [
        end
        for window in rule.freeze
        for start, end in _around(window, now)
        if start.timestamp() <= now < end.timestamp()
    ]
    return max(ends, key=datetime.timestamp, default=None)


def _around(
    window: Window, now: float, days: Iterable[int] = (-1, 0)
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the freezes of a window that begin on these days, counted from today in its zone."""
    today = datetime.fromtimestamp(now, window.time_zone).date()
    for day in (today + timedelta(days=number) for number in days):
        if day.weekday() in window.days:
            ends_on = day if window.end > window.start else day + timedelta(days=1)
            yield _instant(day, window.start, window), _instant(ends_on, window.end, window)


def _instant(day: date, minutes: int, window: Window) -> datetime:
    days, minutes = divmod(minutes, 24 * 60)
    at = time(minutes // 60, minutes % 60, tzinfo=window.time_zone)
    return datetime.combine(day + timedelta(days=days), at)
