import asyncio

import pytest

from bot.ids import Installation
from bot.store import Memory, Store
from bot.store.keys import FEATURE_SECONDS, Keys, Kind


@pytest.fixture
def memory(store: Store, installation: Installation) -> Memory:
    return Memory(store, installation)


async def test_once_per_interval_is_once_for_all(memory: Memory) -> None:
    firsts = await asyncio.gather(*(memory.once_per("refusal U1", 3600) for _ in range(20)))
    assert sum(firsts) == 1
    assert await memory.once_per("refusal U2", 3600)


@pytest.mark.parametrize("seconds", [0, -1, 8 * 24 * 3600])
async def test_an_interval_that_the_table_does_not_allow_is_refused(
    memory: Memory, seconds: int
) -> None:
    with pytest.raises(ValueError, match="interval"):
        await memory.once_per("refusal", seconds)


async def test_the_pulse_of_intake_only_moves_forward(memory: Memory) -> None:
    assert await memory.intake_alive_until() is None
    assert await memory.intake_alive(1700000000.25) == 1700000000.25
    assert await memory.intake_alive(1600000000.0) == 1700000000.25
    assert await memory.intake_alive_until() == 1700000000.25


async def test_missing_features_are_remembered_for_a_week(
    memory: Memory, store: Store, installation: Installation
) -> None:
    assert await memory.missing_features() == set()
    await memory.remember_missing("agents.sessions.setStatus")
    await memory.remember_missing("reactions.add")
    assert await memory.missing_features() == {"agents.sessions.setStatus", "reactions.add"}

    key = Keys(installation).of(Kind.MISSING)
    await store.call("ZINCRBY", key, -FEATURE_SECONDS, "reactions.add")
    assert await memory.missing_features() == {"agents.sessions.setStatus"}
    await memory.remember_missing("files.upload")
    assert await store.call("ZCARD", key) == 2
