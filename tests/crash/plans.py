"""What goes wrong in a run: one death at a boundary, or whatever a seed makes of many crossings."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from crash.gate import Boundary, Disturb, Fate, Freeze, Kill, Late, Lose, Side
from crash.world import DISTURBANCES, LEASE_SECONDS

FROZEN_SECONDS = 2.5 * LEASE_SECONDS
"""Long enough for another bridge to take the lease and to read back what was on the wire."""

LATEST_SECONDS = 0.25
"""The latest answer is still within the time that the bridge gives every call."""

RETRIES = ((0, 60, 300), (0, 0.5, 1))
"""When Slack delivers again: as it does, and as it would in a hurry."""


class Once:
    """Lets one thing happen at one boundary, once."""

    def __init__(self, boundary: Boundary, side: Side, fate: Fate) -> None:
        self.happened = False
        self._at = (boundary, side)
        self._fate = fate

    def __call__(self, boundary: Boundary, side: Side) -> Fate | None:
        """Return the fate when its boundary is met for the first time."""
        if self.happened or (boundary, side) != self._at:
            return None
        self.happened = True
        return self._fate


@dataclass(frozen=True, slots=True)
class Incident:
    """What happens so many crossings after the last incident."""

    after: int
    side: Side
    fate: Fate


class Unfolding:
    """Lets incidents happen one after the other."""

    def __init__(self, incidents: Sequence[Incident]) -> None:
        self._incidents = list(incidents)
        self._passed = 0

    @property
    def happened(self) -> bool:
        """Whether there is nothing more to come."""
        return not self._incidents

    def __call__(self, boundary: Boundary, side: Side) -> Fate | None:  # noqa: ARG002 -- any will do
        """Return the next incident's fate when enough has passed."""
        if not self._incidents:
            return None
        first = self._incidents[0]
        self._passed += side is Side.BEFORE
        if self._passed < first.after or side is not first.side:
            return None
        del self._incidents[0]
        self._passed = 0
        return first.fate


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed decides."""

    seed: int
    bridges: int
    retries: tuple[float, ...]
    incidents: tuple[Incident, ...]

    @classmethod
    def of(cls, seed: int) -> Self:
        """Return the plan of a seed, always the same."""
        chance = random.Random(seed)
        bridges, retries = chance.choice((1, 1, 2, 2, 3)), chance.choice(RETRIES)
        count = chance.randint(3, 8)
        incidents = tuple(_incident(chance, bridges) for _ in range(count))
        return cls(seed, bridges, retries, incidents)


def _incident(chance: random.Random, bridges: int) -> Incident:
    after = round(chance.expovariate(1 / 60)) + 1
    return Incident(after, chance.choice(tuple(Side)), _fate(chance, bridges))


def _fate(chance: random.Random, bridges: int) -> Fate:
    kind = chance.choices(("kill", "lose", "late", "freeze", "disturb"), (4, 2, 1, 1, 3))[0]
    match kind:
        case "kill":
            return Kill()
        case "lose":
            return Lose()
        case "freeze" if bridges > 1:  # a lone one has nobody to lose its lease to
            return Freeze(FROZEN_SECONDS)
        case "disturb":
            return Disturb(chance.choice(tuple(DISTURBANCES)))
        case _:
            return Late(round(chance.uniform(0.05, LATEST_SECONDS), 3))
