import asyncio
import itertools

import pytest

from bot.errors import LeaseLost, StoreUnavailable
from bot.ids import Installation
from bot.store import Commit, Lease, Records, Store, open_store
from bot.store.keys import Kind
from support import wait_until


class HandClock:
    """A clock that a test moves; `step` seconds pass at every look."""

    def __init__(self, step: float = 0.0) -> None:
        self.at = 100.0
        self.step = step

    def now(self) -> float:
        return self.monotonic()

    def monotonic(self) -> float:
        self.at += self.step
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


async def _milliseconds_left(lease: Lease) -> int:
    left = await lease.store.call("PTTL", lease.keys.of(Kind.LEASE))
    assert isinstance(left, int)
    return left


async def test_only_one_holds_the_lease(store: Store, installation: Installation) -> None:
    leases = [Lease(store, installation) for _ in range(20)]
    taken = await asyncio.gather(*(lease.acquire() for lease in leases))
    assert sum(taken) == 1


async def test_whoever_does_not_hold_the_lease_cannot_write(
    store: Store, installation: Installation
) -> None:
    with pytest.raises(LeaseLost):
        await Records(Lease(store, installation)).commit(Commit("C1:1.1", talk="{}"))
    assert await Records(Lease(store, installation)).load("C1:1.1") == {}


async def test_a_released_lease_is_free_at_once(lease: Lease) -> None:
    await lease.release()
    assert lease.remaining() == 0
    assert await Lease(lease.store, lease.installation).acquire()


async def test_releasing_a_lost_lease_leaves_the_new_owner_alone(lease: Lease) -> None:
    new = Lease(lease.store, lease.installation)
    assert await new.acquire(exclusive=True)
    await lease.release()
    await new.renew()
    assert not await Lease(lease.store, lease.installation).acquire()


async def test_every_owner_has_a_higher_fence(store: Store, installation: Installation) -> None:
    fences: list[int] = []
    for _ in range(5):
        lease = Lease(store, installation)
        assert await lease.acquire(exclusive=True)
        fences.append(lease.fence)
    assert all(low < high for low, high in itertools.pairwise(fences))


async def test_a_fence_is_not_given_again_after_the_server_lost_its_data(lease: Lease) -> None:
    await lease.store.call("DEL", lease.keys.of(Kind.LEASE), lease.keys.of(Kind.FENCE))
    new = Lease(lease.store, lease.installation)
    assert await new.acquire()
    assert new.fence > lease.fence
    with pytest.raises(LeaseLost):
        await lease.renew()


async def test_an_ended_lease_is_taken_over_and_its_owner_shut_out(
    store: Store, installation: Installation
) -> None:
    old = Lease(store, installation, seconds=0.02)
    assert await old.acquire()
    await store.call("BLPOP", "nothing ever comes here", 0.1)  # the server's own clock passes
    new = Lease(store, installation)
    assert await new.acquire()
    with pytest.raises(LeaseLost):
        await old.renew()
    assert old.fence == 0
    assert old.remaining() == 0


async def test_an_ended_lease_that_nobody_took_goes_on(lease: Lease) -> None:
    await lease.store.call("DEL", lease.keys.of(Kind.LEASE))
    await lease.renew()
    assert not await Lease(lease.store, lease.installation).acquire()


async def test_the_lock_of_the_embedded_store_takes_a_dead_ones_lease(lease: Lease) -> None:
    assert await Lease(lease.store, lease.installation).acquire(exclusive=True)
    with pytest.raises(LeaseLost):
        await lease.renew()


async def test_what_remains_is_counted_from_before_the_call(
    store: Store, installation: Installation
) -> None:
    clock = HandClock()
    lease = Lease(store, installation, clock=clock)
    for call in (lease.acquire, lease.renew):
        calling = asyncio.create_task(call())
        await asyncio.sleep(0)
        clock.at += 3
        await calling
        assert lease.remaining() == 7.0
    clock.at += 100
    assert lease.remaining() == 0.0


async def test_holding_what_is_there_asks_nobody(
    store_url: str, installation: Installation
) -> None:
    async with open_store(store_url) as store:
        lease = Lease(store, installation)
        await lease.acquire()
    await lease.hold(5)
    with pytest.raises(StoreUnavailable):
        await lease.hold(9.9999)


async def test_a_call_longer_than_the_lease_makes_it_longer_and_renewals_keep_it_so(
    lease: Lease,
) -> None:
    await lease.hold(130)
    await lease.renew()
    assert lease.remaining() >= 130
    assert await _milliseconds_left(lease) >= 130_000
    with pytest.raises(ValueError, match="300 s"):
        await lease.hold(300)


async def test_holding_fails_when_the_answer_took_too_long(
    store: Store, installation: Installation
) -> None:
    clock = HandClock()
    lease = Lease(store, installation, clock=clock)
    await lease.acquire()
    clock.step = 6.0
    with pytest.raises(LeaseLost):
        await lease.hold(10)


async def test_a_kept_lease_lives_until_another_takes_it(lease: Lease) -> None:
    clock = HandClock()
    keeping = asyncio.create_task(lease.keep(clock.sleep))
    await wait_until(lambda: clock.at > 200, "many renewals")
    assert await _milliseconds_left(lease) > 9_000
    assert await Lease(lease.store, lease.installation).acquire(exclusive=True)
    with pytest.raises(LeaseLost):
        await keeping


async def test_keeping_outlasts_a_store_that_is_away_until_the_lease_has_ended(
    store_url: str, installation: Installation
) -> None:
    clock = HandClock()
    async with open_store(store_url) as store:
        lease = Lease(store, installation, clock=clock)
        await lease.acquire()
    with pytest.raises(LeaseLost, match="away"):
        await lease.keep(clock.sleep)
    assert clock.at == 110.0
