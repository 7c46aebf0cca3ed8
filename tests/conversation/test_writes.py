"""One write to Neo, attempt by attempt, with the real lease of a real store."""

import pytest

from bot.conversation.looking import Bookmark
from bot.conversation.patience import Patience
from bot.conversation.pending import PendingStop
from bot.conversation.writes import Call, Writer
from bot.errors import LeaseLost
from bot.ids import Installation
from bot.store import Lease, Store
from slack_caller import SleepingClock


async def test_who_loses_the_lease_while_a_write_is_recorded_does_not_make_the_call(
    store: Store, installation: Installation
) -> None:
    clock = SleepingClock()
    lease = Lease(store, installation, seconds=1.0, clock=clock)
    assert await lease.acquire()
    writer = Writer(store, lease, hold_seconds=0.5, patience=Patience(), clock=clock)
    posted: list[str] = []

    async def post() -> None:
        posted.append("stop")

    async def find(_mark: Bookmark) -> bool:
        return False

    async def stopped_for_long(_write: PendingStop) -> None:
        clock.time += 60.0
        assert await Lease(store, installation).acquire(exclusive=True)

    write = PendingStop.model_validate(
        {"body": "{}", "instant": 1.0, "turn": 1, "user": "U0ANN", "asked_at": 1.0}
    )
    with pytest.raises(LeaseLost):
        await writer.attempt(write, Call(post, find, timeout=0.4, settle=0.1), stopped_for_long)
    assert posted == []
