"""Kill -9 of the whole process group at seeded random moments of talk and replies.

The longer run: `uv run pytest tests/crash -m long`. A failure names its seed; a seed repeats what
chance decided, as far as two real processes let themselves be repeated.
"""

import asyncio
from pathlib import Path

import pytest

from chaos import Life, Plan


@pytest.mark.timeout(180)
async def test_through_20_deaths_each_text_comes_once_in_order_and_each_reply_reaches_neo_once(
    tmp_path: Path,
) -> None:
    plans = [Plan(seed=seed, kills=5, longest_life=0.6) for seed in (11, 23, 37, 59)]

    await asyncio.gather(*(Life(plan, tmp_path / str(plan.seed)).live() for plan in plans))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 110))
async def test_through_many_deaths_nothing_is_lost_and_nothing_comes_twice(
    tmp_path: Path, seed: int
) -> None:
    await Life(Plan(seed=seed, kills=30), tmp_path).live()
