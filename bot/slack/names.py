"""A bounded memory of the names of people and channels."""

from collections import OrderedDict

from bot.clock import Clock

KEPT = 2_000
"""Names; the least recently used go first."""

FRESH = 3_600.0
"""Seconds after which a name is asked for again."""


class Names:
    """Names by id, for an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def get(self, subject: str) -> str | None:
        """Return the name of `subject`, or None when it is unknown or old."""
        entry = self._names.get(subject)
        if entry is None or self._clock.monotonic() - entry[0] > FRESH:
            return None
        self._names.move_to_end(subject)
        return entry[1]

    def put(self, subject: str, name: str) -> None:
        """Remember a name."""
        self._names[subject] = (self._clock.monotonic(), name)
        self._names.move_to_end(subject)
        if len(self._names) > KEPT:
            self._names.popitem(last=False)
