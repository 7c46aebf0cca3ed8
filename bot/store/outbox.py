"""Marks of calls that create messages: what is on its way, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.ids import Ts
from bot.store import replies
from bot.store.keys import SENT_SECONDS, Kind
from bot.store.lease import Lease
from bot.store.script import script

_LOOK = script("clock", "sent_look")
_SENT = script("fence", "clock", "sent_begin")
_DONE = script("fence", "sent_set")
_FORGET = script("fence", "sent_forget")


class MarkState(StrEnum):
    """Where a message that we create stands."""

    NEW = "new"
    """No call is known to have gone out."""
    SENT = "sent"
    """A call went out and its outcome is not known: read back before sending again."""
    DONE = "done"
    """The message is there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One key's mark. Times are seconds since the epoch by the server's clock.

    `at`: before the call; `deadline`: when that call has surely ended; `now`: when this was read.
    `ts` and `channel`: the message, once done. `file_id`: the upload that the call shares.
    """

    state: MarkState
    now: float
    at: float = 0.0
    deadline: float = 0.0
    ts: Ts = Ts("")
    channel: str = ""
    file_id: str = ""

    def settles_in(self, margin: float) -> float:
        """Return the seconds from `now` until the call can no longer take effect.

        `margin` is how long after its end a call may still show.
        """
        return max(0.0, self.deadline + margin - self.now)


class Outbox:
    """An installation's marks; each lives 7 days. Raises `LeaseLost` and `StoreUnavailable`."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    async def look(self, key: str) -> Mark:
        """Return how a message stands."""
        answer = await self._lease.store.run(_LOOK, [self._key(key)])
        fields = replies.fields(answer)
        return Mark(
            state=MarkState(fields.get("state", "new")),
            now=float(fields["now"]),
            at=float(fields.get("at", 0)),
            deadline=float(fields.get("deadline", 0)),
            ts=Ts(fields.get("ts", "")),
            channel=fields.get("channel", ""),
            file_id=fields.get("file_id", ""),
        )

    async def sent(self, key: str, *, seconds: float, file_id: str = "") -> None:
        """Record, right before a call, that it goes out; it takes at most `seconds`."""
        await self._lease.write(_SENT, [self._key(key)], seconds, SENT_SECONDS, "file_id", file_id)

    async def forget(self, key: str) -> None:
        """Take the record back: the call certainly did nothing."""
        await self._lease.write(_FORGET, [self._key(key)])

    async def done(self, key: str, *, ts: Ts, channel: str, root: str = "") -> None:
        """Record that the message is there, and in which thread, if it is in one."""
        fields = ("state", MarkState.DONE, "ts", ts, "channel", channel)
        keys, thread = [self._key(key)], f"{channel}:{root}"
        if root:
            keys.append(self._lease.keys.of(Kind.POSTED, channel, ts))
        await self._lease.write(_DONE, keys, SENT_SECONDS, thread, *fields)

    def _key(self, key: str) -> str:
        return self._lease.keys.of(Kind.SENT, key)
