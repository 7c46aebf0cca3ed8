from collections.abc import AsyncGenerator

import pytest

from bot.neo.client import NeoClient
from neo.scripted_neo import FakeTime, ScriptedNeo, client_of, scripted_neo
from neo.watching import Watch


@pytest.fixture
async def neo() -> AsyncGenerator[ScriptedNeo]:
    async with scripted_neo() as server:
        yield server


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def client(neo: ScriptedNeo, time: FakeTime) -> AsyncGenerator[NeoClient]:
    async with client_of(neo.url, time) as opened:
        yield opened


@pytest.fixture
def watch(client: NeoClient, time: FakeTime) -> Watch:
    return Watch(client, time)
