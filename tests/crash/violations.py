"""What can be wrong after a run, how often something came, and the windows that are named. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

STOPPED_ON_THE_WIRE = "a call on the wire when its process was stopped"
"""The README's first named window. The other two do not occur here: the sandbox's reads never lag,
and the store loses nothing."""

WIRE_SECONDS = 0.5
"""How long after a stale call its effect may still be seen."""


class Kind(StrEnum):
    """What is wrong, in the words of the table."""

    LOST = "lost"
    TWICE = "twice"
    ORDER = "out of order"
    CARD = "card"
    KEY = "key"
    LEFT = "left over"
    STALE = "stale write"
    RIGHTS = "without the right"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong; `window` names the README's window that it falls into, if any."""

    kind: Kind
    what: str
    window: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}" + (f" [{self.window}]" if self.window else "")


def times(what: str, count: int, *, at_least: bool, window: str = "") -> Iterator[Violation]:
    """Yield what is wrong where something came `count` times, and once is the most."""
    if count == 0 and at_least:
        yield Violation(Kind.LOST, what)
    if count > 1:
        yield Violation(Kind.TWICE, f"{what}: {count} times", window)


def window(moments: Iterable[float], stale_calls: Sequence[float]) -> str:
    """Name the window that everything at these moments falls into, empty if there is none."""

    def stale(at: float) -> bool:
        return any(call <= at <= call + WIRE_SECONDS for call in stale_calls)

    found = list(moments)
    return STOPPED_ON_THE_WIRE if found and all(map(stale, found)) else ""
