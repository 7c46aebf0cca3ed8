from collections.abc import AsyncGenerator

import pytest

from bot.ids import Installation
from bot.store import Store
from delivery.harbour import Harbour, open_harbour


@pytest.fixture
async def harbour(store: Store, installation: Installation) -> AsyncGenerator[Harbour]:
    """A workspace, a store with the lease held, and the way out between them."""
    async with open_harbour(store, installation) as opened:
        yield opened
