"""What the store's tests share."""

import pytest

from bot.ids import Installation
from bot.store import Inbox, Lease, Store


@pytest.fixture
async def lease(store: Store, installation: Installation) -> Lease:
    """A lease that is held."""
    held = Lease(store, installation)
    assert await held.acquire()
    return held


@pytest.fixture
def inbox(store: Store, installation: Installation) -> Inbox:
    return Inbox(store, installation)
