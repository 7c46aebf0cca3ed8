"""Which ids mean the same channel: Slack may give it a new one, and who names it knows one."""

from collections.abc import Awaitable, Callable, Mapping

Ids = frozenset[str]
"""Every id that one channel has, or had: whatever is said of any of them is said of the channel."""


class ChannelIds:
    """Knows the ids of every channel, and learns as channels get new ones."""

    def __init__(self, stored: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        """Begin without any; `stored` returns the new ids in the store, each with the one before.

        It may raise `StoreUnavailable`.
        """
        self._stored = stored
        self._same: dict[str, Ids] = {}

    def of(self, channel: str) -> Ids:
        """Return every id that a channel has, or had."""
        return self._same.get(channel, frozenset({channel}))

    def moved(self, old: str, new: str) -> None:
        """Take note that the channel `old` is called `new` now."""
        same = self.of(old) | self.of(new)
        self._same |= dict.fromkeys(same, same)

    async def learn(self) -> None:
        """Take note of what any process has heard so far. Raises `StoreUnavailable`."""
        for new, old in (await self._stored()).items():
            self.moved(old, new)
