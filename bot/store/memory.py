"""Small things an installation remembers: what was done lately, intake's pulse, missing features.

None of it is fenced: a replica that takes in needs it too, and no harm comes from two writers.
"""

from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Store
from bot.store.keys import FEATURE_SECONDS, ONCE_LIMIT, Keys, Kind
from bot.store.script import script

_REMEMBER = script("clock", "missing_remember")
_LIST = script("clock", "missing_list")
_ALIVE = script("intake_alive")


class Memory:
    """An installation's small memory. Every method raises `StoreUnavailable`."""

    def __init__(self, store: Store, installation: Installation) -> None:
        self._store = store
        self._keys = Keys(installation)

    async def once_per(self, name: str, seconds: int) -> bool:
        """Say whether `name` happens for the first time in `seconds` (at most 7 days)."""
        if not 0 < seconds <= ONCE_LIMIT:
            raise ValueError(f"an interval is between 1 and {ONCE_LIMIT} seconds")
        key = self._keys.of(Kind.ONCE, name)
        return await self._store.call("SET", key, 1, "NX", "EX", seconds) is not None

    async def intake_alive(self, at: float) -> float:
        """Record that intake worked at `at` (server time, seconds); return the latest such time."""
        answer = await self._store.run(_ALIVE, [self._keys.of(Kind.INTAKE)], f"{at:.6f}")
        return float(replies.text(answer))

    async def intake_alive_until(self) -> float | None:
        """Return when intake was last known to work (server time), None if it never was."""
        answer = await self._store.call("GET", self._keys.of(Kind.INTAKE))
        found = replies.maybe_text(answer)
        return None if found is None else float(found)

    async def set_quiet(self, channel: str, *, quiet: bool) -> None:
        """Let new threads of a channel begin as hearing mentions only, or every reply."""
        await self._store.call("SADD" if quiet else "SREM", self._keys.of(Kind.QUIET), channel)

    async def is_quiet(self, channel: str) -> bool:
        """Say whether new threads of a channel begin as hearing mentions only."""
        answer = await self._store.call("SISMEMBER", self._keys.of(Kind.QUIET), channel)
        return replies.number(answer) == 1

    async def remember_missing(self, feature: str) -> None:
        """Remember for 7 days that the workspace lacks a feature."""
        key = self._keys.of(Kind.MISSING)
        await self._store.run(_REMEMBER, [key], feature, FEATURE_SECONDS)

    async def missing_features(self) -> set[str]:
        """Return the features that the workspace is known to lack."""
        return set(replies.texts(await self._store.run(_LIST, [self._keys.of(Kind.MISSING)])))
