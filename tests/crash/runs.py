"""One run: a world, the conversation in it, the end, the check."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from crash.check import check
from crash.gate import Boundary, Fate, Kill, Side
from crash.nursery import Nursery
from crash.observe import observe, over
from crash.people import People
from crash.plans import Once, Plan, Unfolding
from crash.violations import Kind, Violation
from crash.world import Setting, World

LOUD = ('"level": "error"', '"level": "critical"', "Traceback")
"""What in a bridge's log is worth a look, whatever came of it."""

DEATH = Kill()
USUAL = Setting()


@dataclass(frozen=True, slots=True)
class Case:
    """One run to make, by a name that can be given to make it again."""

    name: str
    setting: Setting
    policy: Once | Unfolding

    @classmethod
    def at(
        cls, boundary: Boundary, side: Side, fate: Fate = DEATH, setting: Setting = USUAL
    ) -> Self:
        """Return the case of one thing, usually a death, that happens at a boundary."""
        return cls(f"{side} {boundary}{setting}", setting, Once(boundary, side, fate))

    @classmethod
    def seeded(cls, seed: int, setting: Setting = USUAL) -> Self:
        """Return the case of a seed; what it does not decide is as in `setting`."""
        plan = Plan.of(seed)
        chosen = replace(setting, bridges=plan.bridges, retries=plan.retries)
        name = f"seed {seed}{replace(setting, bridges=1)}"  # how many, the seed decides
        return cls(name, chosen, Unfolding(plan.incidents))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run. Seconds."""

    name: str
    reached: bool
    """Whether everything happened that was to: a boundary may not come in every run."""
    violations: tuple[Violation, ...]
    seconds: float
    takeovers: tuple[float, ...] = ()
    """From each death to the next owner's lease."""
    loud: tuple[str, ...] = ()
    """Error lines of the bridges' logs."""

    @property
    def broken(self) -> list[Violation]:
        """What falls into no named window."""
        return [violation for violation in self.violations if not violation.window]

    def as_line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what `as_line` wrote."""
        told = json.loads(line)
        told["violations"] = tuple(
            Violation(Kind(v["kind"]), v["what"], v["window"]) for v in told["violations"]
        )
        return cls(**told | {"takeovers": tuple(told["takeovers"]), "loud": tuple(told["loud"])})


async def run(case: Case, nursery: Nursery, home: Path) -> tuple[Result, Sequence[str]]:
    """Make a run; return its result, and what had been crossed when it was over."""
    began = time.monotonic()
    async with World(nursery, home, case.policy, case.setting) as world:
        people, stuck = People(world), ""
        try:
            await people.play()
            stuck = await over(world, people)
        except AssertionError as error:
            stuck = str(error)
        crossed = [str(crossed.boundary) for crossed in world.gate.journal]
        exits = await world.stop()
        violations = check(await observe(world, people, stuck, exits))
        result = Result(
            name=case.name,
            reached=case.policy.happened,
            violations=tuple(violations),
            seconds=round(time.monotonic() - began, 3),
            takeovers=tuple(_takeovers(world)),
            loud=tuple(_loud(home)),
        )
        (home / "run.log").write_text("\n".join(_story(world, result)))
        return result, crossed


def _takeovers(world: World) -> list[float]:
    """Return how long after each death of an owner somebody was given the lease."""
    deaths = world.owners_killed
    next_owner = [(killed, [at for at in world.acquired if at > killed]) for killed in deaths]
    return [round(after[0] - killed, 3) for killed, after in next_owner if after]


def _loud(home: Path) -> list[str]:
    logs = [log.read_text(errors="replace") for log in sorted(home.glob("*/bridge.log"))]
    return [line for log in logs for line in log.splitlines() if any(w in line for w in LOUD)]


def _story(world: World, result: Result) -> list[str]:
    """Tell a run crossing by crossing, for whoever looks into it."""
    befallen = {(b.boundary, b.side): b for b in world.gate.befallen}
    lines = [f"{violation}" for violation in result.violations]
    for crossed in world.gate.journal:
        lines.append(f"{crossed.at:.3f} {crossed.who} {crossed.boundary}")
        lines += [
            f"      {befallen[crossed.boundary, side]}"
            for side in Side
            if (crossed.boundary, side) in befallen
        ]
    return lines
