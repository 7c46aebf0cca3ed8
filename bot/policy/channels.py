"""Which channel ids mean the same channel: Slack may give one a new id."""


class ChannelIds:
    """Grows as channels get new ids: whatever a policy calls a channel, its rules hold there."""

    def __init__(self) -> None:
        self._same: dict[str, frozenset[str]] = {}

    def moved(self, old: str, new: str) -> None:
        """Take note that the channel `old` is called `new` now."""
        same = self.of(old) | self.of(new)
        self._same |= dict.fromkeys(same, same)

    def of(self, channel: str) -> frozenset[str]:
        """Return every id that a channel has, or had."""
        return self._same.get(channel, frozenset({channel}))
