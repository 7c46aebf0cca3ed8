"""Many runs, some at a time; what is finished is on disk and is not done again."""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from crash.gate import Boundary, Side
from crash.names import OF_THE_BOT
from crash.nursery import Nursery
from crash.plans import Unfolding
from crash.runs import USUAL, Case, Result, run
from crash.world import Setting

BY_THE_CLOCK = frozenset(
    {"store lease_renew", "store intake_alive", "store XLEN", "neo list_tasks"}
)
"""Crossings that come again and again whatever is said: the first few stand for the rest.

So they do for what Slack tells the bot of its own messages."""

FIRST_FEW = 3

Progress = Callable[[Result], None]


class Campaign:
    """A state directory, and the runs that have their results in it."""

    def __init__(self, state: Path, *, jobs: int = 1) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._state = state
        self._jobs = jobs
        self._file = state / "results.jsonl"

    def finished(self) -> dict[str, Result]:
        """Return the results so far, by the names of their cases."""
        if not self._file.exists():
            return {}
        lines = self._file.read_text().splitlines()
        return {result.name: result for result in map(Result.from_line, lines)}

    async def boundaries(self, nursery: Nursery, setting: Setting = USUAL) -> list[Boundary]:
        """Return every boundary of the conversation in order; a run finds them the first time.

        Raises `AssertionError` when even a run without any death is not as it should be.
        """
        listed = self._state / f"boundaries-{setting.bridges}.txt"
        if not listed.exists():
            case = Case(f"no death{setting}", setting, Unfolding(()))
            result, crossed = await run(case, nursery, self._home(case))
            assert not result.violations, f"without any death: {[*map(str, result.violations)]}"
            listed.write_text("\n".join(crossed))
        return [*telling(map(Boundary.parse, listed.read_text().splitlines()))]

    async def run(
        self, cases: Iterable[Case], nursery: Nursery, progress: Progress
    ) -> list[Result]:
        """Make the runs that have no result yet; return the results of all of them."""
        wanted, known = list(cases), self.finished()
        waiting = iter([case for case in wanted if case.name not in known])

        async def work() -> None:
            for case in waiting:
                known[case.name] = await self._finish(case, nursery)
                progress(known[case.name])

        async with asyncio.TaskGroup() as group:
            for _ in range(self._jobs):
                group.create_task(work())
        return [known[case.name] for case in wanted]

    async def _finish(self, case: Case, nursery: Nursery) -> Result:
        """Make one run and write its result down; the home of a good one is not kept."""
        home = self._home(case)
        result, _ = await run(case, nursery, home)
        with self._file.open("a") as lines:
            lines.write(result.as_line() + "\n")
            lines.flush()
            os.fsync(lines.fileno())
        if not result.violations:
            shutil.rmtree(home)
        return result

    def _home(self, case: Case) -> Path:
        home = self._state / "homes" / case.name.replace(" ", "-").replace("/", "-")
        shutil.rmtree(home, ignore_errors=True)  # of a run that was cut off
        return home


def deaths(boundaries: Sequence[Boundary], setting: Setting) -> list[Case]:
    """Return a death before and one after each boundary."""
    return [Case.at(b, side, setting=setting) for b in boundaries for side in Side]


def telling(boundaries: Iterable[Boundary]) -> Iterator[Boundary]:
    """Yield the boundaries that are worth a death of their own."""
    seen = Counter[str]()
    for boundary in boundaries:
        seen[boundary.name] += 1
        recurs = boundary.name in BY_THE_CLOCK or boundary.name.endswith(OF_THE_BOT)
        if not recurs or seen[boundary.name] <= FIRST_FEW:
            yield boundary
