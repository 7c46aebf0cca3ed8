"""Holds the lease of an installation when nobody else does, and does its duty while it has it."""

import asyncio

import structlog

from bot.errors import StoreError
from bot.ownership.duty import Duty
from bot.ownership.edges import Edges

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
"""Between two tries to get the lease; shorter with a short lease."""

RELEASE_SECONDS = 2.0
"""The longest that handing over may take: a lease that is not released ends by itself."""

FAILED_SECONDS = 5.0
"""After a fault that nobody foresaw."""


class Owner:
    """Stands by for the lease, for ever."""

    def __init__(self, edges: Edges, *, alone: bool) -> None:
        """Take the edges; `alone` says that nobody else can be alive at this store."""
        self._edges = edges
        self._alone = alone
        self._duty: Duty | None = None

    @property
    def is_owner(self) -> bool:
        """Whether this process does the installation's work now."""
        return self._duty is not None

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
            async with asyncio.timeout(RELEASE_SECONDS):
                await self._edges.lease.release()
        except (StoreError, TimeoutError) as error:
            log.info("lease_not_released", why=str(error) or "no answer")

    async def _own(self) -> None:
        """Do the duty until the lease or the store is lost, which ends all of it at once.

        A fault nobody foresaw ends it too, and it begins again after a while: what Slack sent is
        in the inbox, and dying would not make it better.
        """
        duty = self._duty = Duty(self._edges)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._edges.lease.keep(self._edges.sleep))
                group.create_task(duty.run())
        except* StoreError as lost:
            log.warning("ownership_ended", why=_first(lost))
        except* Exception:
            log.exception("duty_failed")
            await self._edges.sleep(FAILED_SECONDS)
        finally:
            self._duty = None


def _first(group: ExceptionGroup[StoreError]) -> str:
    """Return the sentence of the first error in a group of groups."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else str(first)
