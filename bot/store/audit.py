"""The audit of an installation: one hash chain, appended to in the very script that decides.

The server's scripts know no SHA-256, so entries are chained here, to the head as it was read, and
the script appends only if that is still the head. If it is not, nothing was done, and the same is
chained anew to the head that the script found.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Self

import structlog

from bot.audit import chain
from bot.audit.record import AuditRecord, Fact
from bot.errors import Accepted, StoreUnavailable
from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Argument, Store
from bot.store.keys import SENT_SECONDS, Keys, Kind
from bot.store.lease import Lease
from bot.store.script import Script, script
from bot.store.wire import Reply

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_APPEND = script("clock", "audit", "audit_append")
_APPEND_FENCED = script("fence", "clock", "audit", "audit_append")
_LOOK = script("clock", "audit_look")

NOTHING: Mapping[str, Fact] = MappingProxyType({})
"""For what is not recorded."""

TRIES = 64
"""Of as many writers at once, each gets its entry in: every round, one of them does."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The head of a chain (None: unreadable), as stored, and the time by the store's clock."""

    head: chain.Head | None
    text: str
    at: datetime

    @classmethod
    def read(cls, text: str, at: str) -> Self:
        """Read what a script answers."""
        return cls(chain.Head.read(text), text, datetime.fromtimestamp(float(at), UTC))


class Audit:
    """An installation's audit. With a lease, all that it writes is fenced.

    Every method raises `StoreUnavailable`, a fenced one `LeaseLost`.
    """

    def __init__(
        self, store: Store, installation: Installation, *, lease: Lease | None = None
    ) -> None:
        self._store = store
        self._keys = Keys(installation)
        self._lease = lease

    async def append(self, fact: Fact, *, once: str = "") -> None:
        """Record what no script of its own makes true.

        `once` names the occasion, such as an inbox entry: for 7 days, it has one record.
        """
        step = _APPEND_FENCED if self._lease else _APPEND
        await self.run(step, [], facts={"done": fact}, once=once)

    async def run(
        self,
        step: Script,
        keys: Sequence[str],
        *arguments: Argument,
        facts: Mapping[str, Fact] = NOTHING,
        once: str = "",
    ) -> Reply:
        """Run a script that is built on `audit.lua`, and return its answer.

        `facts`: what to record, by the script's word for what happened; nothing for other words.
        `once` as for `append`.
        """
        all_keys = [*keys, *self._chain_keys, self._keys.of(Kind.AUDITED, once)]
        standing = await self._standing() if facts else _NOWHERE
        for _ in range(TRIES):
            plan = _plan(standing, facts, marked=bool(once))
            answer = replies.items(await self._write(step, all_keys, *arguments, plan))
            word, *rest = answer
            if word != "moved":
                _log(replies.text(word))
                return rest[0]
            standing = Standing.read(*replies.texts(rest))
        raise StoreUnavailable("too many processes write to the audit", accepted=Accepted.NO)

    async def look(self) -> tuple[chain.Head | None, int]:
        """Return the head, None if it cannot be read, and how many entries there are now."""
        text, _, length = replies.items(await self._store.run(_LOOK, self._chain_keys))
        return chain.Head.read(replies.text(text)), replies.number(length)

    async def entries(self, first: int, count: int) -> list[chain.Entry]:
        """Return up to `count` entries from the number `first` on; the oldest is 1."""
        start, end = first - 1, first + count - 2
        answer = await self._store.call("LRANGE", self._keys.of(Kind.AUDIT), start, end)
        return [chain.Entry.read(text) for text in replies.texts(answer)]

    async def _standing(self) -> Standing:
        text, at, _ = replies.items(await self._store.run(_LOOK, self._chain_keys))
        standing = Standing.read(replies.text(text), replies.text(at))
        if standing.head is None:
            # Nobody is kept from deciding; `audit verify` names the place.
            log.error("audit_head_unreadable")
        return standing

    async def _write(self, step: Script, keys: Sequence[str], *arguments: Argument) -> Reply:
        if self._lease:
            return await self._lease.write(step, keys, *arguments)
        return await self._store.run(step, keys, *arguments)

    @property
    def _chain_keys(self) -> list[str]:
        return [self._keys.of(Kind.AUDIT_HEAD), self._keys.of(Kind.AUDIT)]


_NOWHERE = Standing.read("", "0")


def _plan(standing: Standing, facts: Mapping[str, Fact], *, marked: bool) -> str:
    """Return what `audit.lua` is told."""
    head = standing.head or chain.Head()
    chosen = {word: _chained(head, fact, standing.at) for word, fact in facts.items()}
    plan = {"head": standing.text, "facts": chosen, "marked": marked, "ttl": SENT_SECONDS}
    return json.dumps(plan)


def _chained(head: chain.Head, fact: Fact, at: datetime) -> dict[str, str]:
    record = AuditRecord(**fact.model_dump(), at=at)
    entry = chain.chained(head, record.canonical())
    return {"entry": entry.text(), "head": chain.after(head, entry).text()}


def _log(appended: str) -> None:
    """Log where the chain stands: a forged one does not come by the hashes in the log."""
    if (head := chain.Head.read(appended)) and head.n:
        log.info("audit_appended", n=head.n, hash=head.hash)
