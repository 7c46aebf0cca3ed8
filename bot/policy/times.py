"""Durations such as `1h30m` and times of day such as `16:00`, read and written. Pure."""

import re

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""In seconds."""

DAY_MINUTES = 1_440
"""The end of a day, `24:00`."""

_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,6}}){unit})?" for unit in _UNITS))
_TIME_OF_DAY = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9]))|24:00")


def seconds_in(text: str) -> int | None:
    """Return the seconds of a duration, its largest unit first; None for any other text."""
    found = _DURATION.fullmatch(text)
    if not found or not text:
        return None
    return sum(int(found[unit] or 0) * seconds for unit, seconds in _UNITS.items())


def duration(seconds: int) -> str:
    """Return the shortest text that `seconds_in` reads as `seconds`, such as `4h`; `0s` for 0."""
    parts: list[str] = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def minutes_in(text: str) -> int | None:
    """Return the minutes since midnight of `00:00` to `24:00`; None for any other text."""
    found = _TIME_OF_DAY.fullmatch(text)
    if not found:
        return None
    return int(found[1]) * 60 + int(found[2]) if found[1] else DAY_MINUTES


def time_of_day(minutes: int) -> str:
    """Return minutes since midnight, 0 to 1440, as `16:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
