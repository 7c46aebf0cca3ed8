"""Kill -9 at exactly known boundaries, and seeded misfortune: a sample, and the whole.

The whole, with a table and the means to look into one case: `tests/crash/matrix.py`.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from crash.campaign import Campaign, deaths
from crash.gate import Boundary, Side
from crash.matrix import main
from crash.nursery import Nursery
from crash.runs import USUAL, Case, Result
from crash.violations import Kind, Violation

SEED = 4
DEATHS = 4
SEEDS = range(1001, 1003)


def wrong(results: Sequence[Result]) -> dict[str, list[str]]:
    return {result.name: [*map(str, result.broken)] for result in results if result.broken}


def ignore(_result: Result) -> None:
    """Tell nobody of progress."""


def sample(boundaries: Sequence[Boundary]) -> list[Case]:
    """Return deaths at a few kinds of boundary, chosen by the seed."""
    chance = random.Random(SEED)
    names = chance.sample(sorted({boundary.name for boundary in boundaries}), DEATHS)
    return [Case.at(Boundary(name, 1), chance.choice(tuple(Side))) for name in names]


@pytest.mark.timeout(240)
async def test_through_a_sample_of_deaths_and_seeds_nothing_is_lost_or_comes_twice(
    tmp_path: Path,
) -> None:
    campaign = Campaign(tmp_path, jobs=2)
    async with Nursery(tmp_path / "mother.log") as nursery:
        deadly = sample(await campaign.boundaries(nursery))
        seeded = [Case.seeded(seed) for seed in SEEDS]
        results = await campaign.run([*deadly, *seeded], nursery, ignore)

    assert wrong(results) == {}
    assert all(result.reached for result in results[:DEATHS])


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
async def test_through_a_death_at_every_boundary_nothing_is_lost_or_comes_twice(
    tmp_path: Path,
) -> None:
    campaign = Campaign(tmp_path, jobs=3)
    async with Nursery(tmp_path / "mother.log") as nursery:
        cases = deaths(await campaign.boundaries(nursery), USUAL)
        results = await campaign.run(cases, nursery, ignore)

    assert wrong(results) == {}


@pytest.mark.long
@pytest.mark.timeout(2 * 3600)
async def test_through_200_seeds_nothing_is_lost_or_comes_twice(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, jobs=3)
    async with Nursery(tmp_path / "mother.log") as nursery:
        cases = [Case.seeded(seed) for seed in range(1, 201)]
        results = await campaign.run(cases, nursery, ignore)

    assert wrong(results) == {}


@pytest.mark.parametrize(("violations", "code"), [((), 0), ((Violation(Kind.LOST, "all"),), 1)])
async def test_the_command_ends_with_1_where_something_is_wrong_and_goes_on_where_it_was(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    violations: tuple[Violation, ...],
    code: int,
) -> None:
    known = [
        Result("seed 1", reached=True, violations=(), seconds=1.0),
        Result("seed 2", reached=True, violations=violations, seconds=1.0),
    ]
    (tmp_path / "results.jsonl").write_text("".join(f"{r.as_line()}\n" for r in known))

    assert await main(["--random", "2", "--state", str(tmp_path)]) == code
    assert "seeds: 1 to 2" in capsys.readouterr().out


async def test_a_finished_run_is_not_made_again(tmp_path: Path) -> None:
    case = Case.at(Boundary("neo create_task", 1), Side.AFTER)
    known = Result(case.name, reached=True, violations=(), seconds=1.0)
    (tmp_path / "results.jsonl").write_text(known.as_line() + "\n")

    async with Nursery(tmp_path / "mother.log") as nursery:
        results = await Campaign(tmp_path).run([case], nursery, ignore)

    assert results == [known]
