"""The inbox: what Slack sent, from before the ack until somebody finished it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Store
from bot.store.keys import MARK_SECONDS, MEMORY_SECONDS, STARTING_SECONDS, Keys, Kind
from bot.store.lease import Lease
from bot.store.script import script
from bot.store.wire import Line, Reply

_TAKE_IN = script("resolve", "take_in")
_BURY = script("fence", "bury")
_ATTEMPT = script("fence", "attempt")

START = "0"
"""Before the first entry; a new owner reads from here."""


def stored_at(entry_id: str) -> float | None:
    """Return when an entry was stored, in seconds by the store's clock; None for no entry's id."""
    millis = entry_id.partition("-")[0]
    return int(millis) / 1000 if millis.isdecimal() else None


class Taken(StrEnum):
    """What became of an input; each of them may be acked."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    NOT_ADDRESSED = "not_addressed"


@dataclass(frozen=True, slots=True)
class Entry:
    """An input in the inbox: the id that Redis gave it (they rise), and the input as JSON."""

    id: str
    json: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An input that was given up: its id in the inbox, the input, and the error that did it."""

    entry: Entry
    error: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """What went wrong with an entry: errors that time does not heal, and deaths of the process."""

    errors: int
    deaths: int


class Inbox:
    """An installation's inbox. Any replica takes in; only the owner reads and finishes."""

    def __init__(self, store: Store, installation: Installation) -> None:
        self._store = store
        self._keys = Keys(installation)
        self._line: Line | None = None

    async def take_in(  # noqa: PLR0913 -- what comes in, each named
        self,
        json: str,
        marks: Sequence[str],
        *,
        thread_key: str | None,
        addressed: bool,
        seals: Sequence[str] = (),
        moved: tuple[str, str] | None = None,
    ) -> Taken:
        """Store an input unless one of its `marks` is known, or it is nobody's business here.

        One script, so the input and its marks are stored together. An input that is not
        `addressed` is stored only in a thread that has a conversation or whose first message is
        being handled. `seals` are marks of other inputs that come too late from now on, also where
        this one is not stored.
        `moved`: the old and the new id of a channel, which mean the same from now on.
        Raises `StoreUnavailable`; repeating it is harmless.
        """
        kinds = (Kind.CONVERSATION, Kind.ALIAS, Kind.POSTED, Kind.STARTING)
        stems = [self._keys.stem(kind) for kind in kinds]
        mark_keys = [self._keys.of(Kind.MARK, mark) for mark in (*marks, *seals)]
        old, new = moved or ("", "")
        answer = await self._store.run(
            _TAKE_IN,
            [self._keys.of(Kind.INBOX), *stems, self._keys.of(Kind.MOVED), *mark_keys],
            *(json, thread_key or "", int(addressed)),
            *(MARK_SECONDS, STARTING_SECONDS, MEMORY_SECONDS, len(seals), new, old),
        )
        return Taken(replies.text(answer))

    async def read(self, after: str = START, count: int = 100) -> list[Entry]:
        """Return up to `count` entries later than the id `after`, oldest first."""
        key = self._keys.of(Kind.INBOX)
        return _entries(await self._store.call("XRANGE", key, f"({after}", "+", "COUNT", count))

    async def wait(self, after: str, seconds: float, count: int = 100) -> list[Entry]:
        """Return entries later than `after` as soon as there are any, none after `seconds`.

        Waits on a connection of its own; for one caller at a time.
        """
        if self._line is None:
            self._line = self._store.line()
        block = max(1, round(seconds * 1000))  # 0 would mean for ever
        key = self._keys.of(Kind.INBOX)
        command = ("XREAD", "COUNT", str(count), "BLOCK", str(block), "STREAMS", key, after)
        answer = await self._line.ask(
            [word.encode() for word in command], seconds + self._store.timeout
        )
        streams = [replies.items(stream) for stream in replies.items(answer)]
        return [entry for _, entries in streams for entry in _entries(entries)]

    async def length(self) -> int:
        """Return how many entries nobody has finished."""
        return replies.number(await self._store.call("XLEN", self._keys.of(Kind.INBOX)))

    async def begin_attempt(self, lease: Lease, entry_id: str) -> Attempts:
        """Note that work on an entry begins; return what went wrong with it before.

        If neither `end_attempt` nor the commit that finishes the entry follows, and another
        process begins, this one has died in the middle. Beginning again itself is no death.
        """
        return await self._note(lease, entry_id, by=lease.holder, errors=0)

    async def end_attempt(self, lease: Lease, entry_id: str, *, failed: bool) -> Attempts:
        """Note that work on an entry ended without finishing it, and not by a death.

        `failed`: by an error that time does not heal; not by waiting or by being handed over.
        """
        return await self._note(lease, entry_id, by="", errors=int(failed))

    async def bury(self, lease: Lease, entry: Entry, error: str) -> bool:
        """Move an entry to the dead letters; False if it is no longer in the inbox."""
        kinds = (Kind.INBOX, Kind.DEAD, Kind.ATTEMPTS)
        keys = [self._keys.of(kind) for kind in kinds]
        answer = await lease.write(_BURY, keys, entry.id, entry.json, error)
        return replies.number(answer) == 1

    async def dead_letters(self, count: int = 100) -> list[DeadLetter]:
        """Return up to `count` entries that were given up, the newest first."""
        key = self._keys.of(Kind.DEAD)
        answer = await self._store.call("XREVRANGE", key, "+", "-", "COUNT", count)
        letters = [content for _, content in replies.stream_entries(answer)]
        return [DeadLetter(Entry(of["entry"], of["json"]), of["error"]) for of in letters]

    async def _note(self, lease: Lease, entry_id: str, *, by: str, errors: int) -> Attempts:
        key = self._keys.of(Kind.ATTEMPTS)
        answer = await lease.write(_ATTEMPT, [key], entry_id, by, errors)
        return Attempts(*(replies.number(part) for part in replies.items(answer)))


def _entries(answer: Reply) -> list[Entry]:
    return [Entry(entry_id, of["json"]) for entry_id, of in replies.stream_entries(answer)]
