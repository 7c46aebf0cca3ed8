"""Holds the lease of an installation when nobody else does, and does its duty while it has it."""

import asyncio

import structlog

from bot.errors import StoreError
from bot.ownership.duty import Duty
from bot.ownership.edges import Edges

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0


class Owner:
    """Stands by for the lease, for ever."""

    def __init__(self, edges: Edges, *, alone: bool) -> None:
        """Take the edges; `alone` says that nobody else can be alive at this store."""
        self._edges = edges
        self._alone = alone
        self._duty: Duty | None = None

    @property
    def is_owner(self) -> bool:
        """Whether this process owns the installation now."""
        return self._edges.lease.remaining() > 0

    @property
    def followed(self) -> int:
        """How many tasks are followed now."""
        return self._duty.followed if self._duty else 0

    async def run(self) -> None:
        """Acquire, do the duty, and again after the lease or the store was lost."""
        lease = self._edges.lease
        while True:
            try:
                if await lease.acquire(exclusive=self._alone):
                    log.info("lease_acquired", fence=lease.fence)
                    await self._own()
            except StoreError as error:
                log.warning("store_unavailable", why=str(error))
            await self._edges.sleep(min(RETRY_SECONDS, lease.seconds / 4))

    async def hand_over(self) -> None:
        """Release the lease, so that the next owner need not wait for its end."""
        try:
            await self._edges.lease.release()
        except StoreError as error:
            log.info("lease_not_released", why=str(error))

    async def _own(self) -> None:
        """Do the duty until the lease or the store is lost, which ends all of it at once."""
        duty = self._duty = Duty(self._edges)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._edges.lease.keep(self._edges.sleep))
                group.create_task(duty.run())
        except* StoreError as lost:
            log.warning("ownership_ended", why=str(lost.exceptions[0]))
        finally:
            self._duty = None
