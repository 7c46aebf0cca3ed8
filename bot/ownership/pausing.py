"""Notices when an admin pauses or resumes approvals, so that every card that waits says so.

What decides does not rely on it: that looks at the pause itself, in its own script.
"""

from collections.abc import Awaitable, Callable

from bot.clock import Sleep
from bot.store.pauses import Pauses

LOOK_SECONDS = 1.0
"""Between two looks: one small read of the store."""


class PauseWatch:
    """Knows who has paused approvals, at most a second late."""

    def __init__(
        self, pauses: Pauses, *, changed: Callable[[], Awaitable[None]], sleep: Sleep
    ) -> None:
        """Take what is to be done after each change."""
        self._pauses = pauses
        self._changed = changed
        self._sleep = sleep
        self.by = ""
        """The admin who has paused; empty while nothing is paused."""

    async def look(self) -> bool:
        """Look now; say whether it is not as it was."""
        standing, before = await self._pauses.standing(), self.by
        self.by = standing.by if standing else ""
        return self.by != before

    async def run(self) -> None:
        """Look for ever. Raises `StoreUnavailable`."""
        while True:
            await self._sleep(LOOK_SECONDS)
            if await self.look():
                await self._changed()
