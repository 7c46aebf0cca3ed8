"""Who may write: the lease of an installation and the fence that every write carries."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress

from bot.clock import Clock, Sleep, SystemClock, sleep
from bot.errors import LeaseLost, StoreUnavailable
from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Argument, Store
from bot.store.keys import LEASE_LIMIT, Keys, Kind
from bot.store.script import Script, script
from bot.store.wire import Reply

LEASE_SECONDS = 10.0
"""How long a lease outlives its owner."""

_ACQUIRE = script("clock", "lease_acquire")
_RENEW = script("fence", "lease_renew")
_RELEASE = script("fence", "lease_release")


class Lease:
    """One process's hold on an installation.

    The lease says who owns it *now*; the fence (a number that rises with every owner) is what
    protects the data when a process that was asleep goes on writing. `fence` is 0 while not held.
    """

    def __init__(
        self,
        store: Store,
        installation: Installation,
        *,
        seconds: float = LEASE_SECONDS,
        holder: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.store = store
        self.installation = installation
        self.keys = Keys(installation)
        self.seconds = seconds
        self.holder = holder or uuid.uuid4().hex
        self.fence = 0
        self._clock = clock or SystemClock()
        self._until = 0.0
        self._renewing = asyncio.Lock()

    async def acquire(self, *, exclusive: bool = False) -> bool:
        """Take the lease if nobody has it, and raise the fence; say whether it is ours.

        `exclusive`: take it in any case. For whoever holds the lock of the embedded store: nobody
        else can be alive there, so a lease found is that of a dead process.
        """
        start = self._clock.monotonic()
        keys = [self.keys.of(Kind.LEASE), self.keys.of(Kind.FENCE)]
        answer = await self.store.run(
            _ACQUIRE, keys, self.holder, _millis(self.seconds), int(exclusive)
        )
        if answer is None:
            return False
        self.fence = int(replies.text(answer))
        self._until = start + self.seconds
        return True

    async def renew(self) -> None:
        """Make the lease last its full time again. Raises `LeaseLost` when another took it."""
        await self._renew(self.seconds)

    async def release(self) -> None:
        """Give the lease up, so that the next owner need not wait for its end.

        A lost one is nothing to give up. Raises `StoreUnavailable`: then it ends by itself.
        """
        try:
            with suppress(LeaseLost):
                await self.write(_RELEASE, [self.keys.of(Kind.LEASE)])
        finally:
            self.fence, self._until = 0, 0.0

    def remaining(self) -> float:
        """Return for how many seconds the lease is surely ours; 0 when it may be another's.

        Counted from before the last renewal was sent, so the server's own count is never shorter.
        """
        return max(0.0, self._until - self._clock.monotonic())

    async def hold(self, seconds: float) -> None:
        """Return when at least `seconds` of the lease remain, as before an outside call so long.

        A call longer than the lease makes the lease longer, for once. Raises `LeaseLost`, and
        `StoreUnavailable` when the store cannot be asked. At most 290 seconds at the usual length.
        """
        if self.remaining() >= seconds:
            return
        async with self._renewing:
            if self.remaining() < seconds:
                # Half a lease more than needed: the round trip counts against us.
                await self._renew(max(self.seconds, seconds + self.seconds / 2))
        if self.remaining() < seconds:
            raise LeaseLost("the store took too long to renew the lease")

    async def keep(self, sleep: Sleep = sleep) -> None:
        """Renew the lease until it is lost, which raises `LeaseLost`; run it as a task.

        While the store is away this goes on until the lease has ended by our own clock.
        """
        while True:
            await sleep(self.seconds / 4)
            try:
                await self.renew()
            except StoreUnavailable as error:
                if not self.remaining():
                    raise LeaseLost("the lease ended while the store was away") from error

    async def write(self, step: Script, keys: Sequence[str], *arguments: Argument) -> Reply:
        """Run a script that begins with `fence.lua`: nothing is written unless we are the owner.

        Raises `LeaseLost`, `StoreUnavailable`.
        """
        if not self.fence:
            raise LeaseLost("this process does not own the installation")
        fence_key = self.keys.of(Kind.FENCE)
        return await self.store.run(step, [fence_key, *keys], self.fence, *arguments)

    async def _renew(self, seconds: float) -> None:
        if seconds > LEASE_LIMIT:
            raise ValueError(f"a lease lasts {LEASE_LIMIT} s at most")
        start = self._clock.monotonic()
        try:
            await self.write(_RENEW, [self.keys.of(Kind.LEASE)], self.holder, _millis(seconds))
        except LeaseLost:
            self.fence, self._until = 0, 0.0
            raise
        self._until = max(self._until, start + seconds)


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
