"""A bounded memory of what Slack said not long ago: names of people and channels, and the like."""

from collections import OrderedDict
from typing import Generic, TypeVar

from bot.clock import Clock

KEPT = 2_000
"""Entries; the least recently used go first."""

FRESH = 3_600.0
"""Seconds after which a name is asked for again."""

_T = TypeVar("_T")


class Recent(Generic[_T]):
    """Facts by id, each for `seconds`."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._facts: OrderedDict[str, tuple[float, _T]] = OrderedDict()

    def get(self, subject: str) -> _T | None:
        """Return what is known of `subject`, or None when it is unknown or old."""
        entry = self._facts.get(subject)
        if entry is None or self._clock.monotonic() - entry[0] > self._seconds:
            return None
        self._facts.move_to_end(subject)
        return entry[1]

    def put(self, subject: str, fact: _T) -> None:
        """Remember a fact."""
        self._facts[subject] = (self._clock.monotonic(), fact)
        self._facts.move_to_end(subject)
        if len(self._facts) > KEPT:
            self._facts.popitem(last=False)


class Names(Recent[str]):
    """Names by id, for an hour."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, FRESH)
