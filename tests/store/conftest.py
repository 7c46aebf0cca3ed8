"""What the store's tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ids import Installation
from bot.store import EmbeddedValkey, Inbox, Lease, Store


@pytest.fixture
async def lease(store: Store, installation: Installation) -> Lease:
    """A lease that is held."""
    held = Lease(store, installation)
    assert await held.acquire()
    return held


@pytest.fixture
def inbox(store: Store, installation: Installation) -> Inbox:
    return Inbox(store, installation)


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A server that a test may reconfigure or kill."""
    async with EmbeddedValkey(tmp_path / "own") as valkey:
        yield valkey
