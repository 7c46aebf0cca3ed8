"""Everything that crosses between the bridges and the world: counted, and what befalls it there.

A crossing is one request with its answer, or one thing that is told (an event, an ack). It can be
met twice: *before* the other side has it, and *after* that, before the answer is back.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeVar

T = TypeVar("T")

_WRITTEN = re.compile(r"(?P<name>.+) #(?P<number>[0-9]+)")


class Side(StrEnum):
    """Where a crossing is met."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Boundary:
    """The `number`th crossing called `name` in a run, counted from 1."""

    name: str
    number: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read what `str` wrote."""
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ValueError(f"a boundary is written as `name #number`, not {written!r}")
        return cls(found["name"], int(found["number"]))

    def __str__(self) -> str:
        return f"{self.name} #{self.number}"


@dataclass(frozen=True, slots=True)
class Kill:
    """The bridge that asks, or is told, dies here by SIGKILL."""


@dataclass(frozen=True, slots=True)
class Lose:
    """The connection breaks here."""


@dataclass(frozen=True, slots=True)
class Late:
    """It waits here for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Freeze:
    """The bridge is stopped here (SIGSTOP) and goes on after so many seconds; the call goes on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Disturb:
    """Something goes wrong elsewhere at this moment, by the name the world has for it."""

    what: str


Fate = Kill | Lose | Late | Freeze | Disturb


Policy = Callable[[Boundary, Side], Fate | None]
"""Decides what befalls a crossing, None for nothing; asked on both sides of each."""


class Harm(Protocol):
    """Carries fates out that concern more than one connection."""

    def kill(self, who: str) -> None:
        """Kill a bridge at once."""
        ...

    def freeze(self, who: str, seconds: float) -> None:
        """Stop a bridge at once, and let it go on later."""
        ...

    def disturb(self, what: str) -> None:
        """Let something go wrong at once."""
        ...


class Severed(Exception):
    """Nothing more crosses on this connection: whoever has it in hand closes it."""


def nothing(_boundary: Boundary, _side: Side) -> Fate | None:
    """Let everything pass."""
    return None


@dataclass(frozen=True, slots=True)
class Befallen:
    """A fate that was carried out."""

    boundary: Boundary
    side: Side
    fate: Fate

    def __str__(self) -> str:
        return f"{self.side} {self.boundary}: {self.fate}"


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossing that began, for which bridge, and when (epoch seconds)."""

    boundary: Boundary
    who: str
    at: float


class Gate:
    """The one place that all proxies of a run let everything through."""

    def __init__(self, policy: Policy, harm: Harm) -> None:
        self.journal: list[Crossed] = []
        """Every crossing, in the order in which they came."""
        self.befallen: list[Befallen] = []
        self._policy = policy
        self._harm = harm
        self._numbers: Counter[str] = Counter()

    async def cross(self, who: str, name: str, act: Callable[[], Awaitable[T]]) -> T:
        """Let one thing cross for the bridge `who`: `act` is the other side.

        Raises `Severed`, and whatever `act` raises.
        """
        self._numbers[name] += 1
        boundary = Boundary(name, self._numbers[name])
        self.journal.append(Crossed(boundary, who, time.time()))
        await self._meet(who, boundary, Side.BEFORE)
        answer = await act()
        await self._meet(who, boundary, Side.AFTER)
        return answer

    async def _meet(self, who: str, boundary: Boundary, side: Side) -> None:
        fate = self._policy(boundary, side)
        if fate is None:
            return
        self.befallen.append(Befallen(boundary, side, fate))
        match fate:
            case Kill():
                self._harm.kill(who)
                raise Severed
            case Lose():
                raise Severed
            case Late(seconds):
                await asyncio.sleep(seconds)
            case Freeze(seconds):
                self._harm.freeze(who, seconds)
            case Disturb(what):
                self._harm.disturb(what)
