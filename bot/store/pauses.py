"""The brake of an installation: while it is on, nothing is approved.

Not fenced: whoever answers the command may set it, and what decides looks at it in its own script,
so that nothing is approved after `pause` has returned.
"""

from dataclasses import dataclass

from bot.audit.record import Fact
from bot.ids import Installation, UserId
from bot.store import replies
from bot.store.audit import Audit
from bot.store.connection import Store
from bot.store.keys import Keys, Kind
from bot.store.script import script

_PAUSE = script("clock", "audit", "pause")


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused all approvals, and when: seconds by the store's clock."""

    by: UserId
    at: float


class Pauses:
    """Pauses and resumes. Every method raises `StoreUnavailable`."""

    def __init__(self, store: Store, installation: Installation) -> None:
        self._store = store
        self._key = Keys(installation).of(Kind.PAUSED)
        self._audit = Audit(store, installation)

    async def pause(self, by: UserId, fact: Fact) -> tuple[Pause, bool]:
        """Pause all approvals; return the pause that stands, and whether it is new."""
        return await self._change(by, fact)

    async def resume(self, fact: Fact) -> Pause | None:
        """Let things be approved again; return the pause that ended, None where there was none."""
        ended, changed = await self._change("", fact)
        return ended if changed else None

    async def standing(self) -> Pause | None:
        """Return the pause that stands."""
        fields = replies.fields(await self._store.call("HGETALL", self._key))
        return Pause(UserId(fields["by"]), float(fields["at"])) if fields else None

    async def _change(self, by: str, fact: Fact) -> tuple[Pause, bool]:
        answer = await self._audit.run(_PAUSE, [self._key], by, facts={"done": fact})
        changed, who, at = replies.items(answer)
        since = float(replies.text(at) or 0)
        return Pause(UserId(replies.text(who)), since), replies.number(changed) == 1
