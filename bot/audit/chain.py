"""The hash chain: whoever changes, removes, moves or inserts an entry breaks it at that place.

It has no key, so who can write the store can forge a whole chain. What they cannot forge is the
log, which has the hash of every entry that was appended.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

GENESIS = "0" * 64
"""What stands in for the hash before the first entry."""

_HEAD = re.compile(r"([1-9][0-9]{0,14}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: how many entries it has, and the hash of the last one."""

    n: int = 0
    hash: str = GENESIS

    def text(self) -> str:
        """Return the head as the store keeps it."""
        return f"{self.n} {self.hash}"

    @classmethod
    def read(cls, text: str) -> "Head | None":
        """Read `text()` back; nothing at all is the beginning, and None is returned for no head."""
        found = _HEAD.fullmatch(text)
        if not text:
            return cls()
        return cls(int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as canonical JSON, and the hash that chains it to the entry before."""

    record: str
    hash: str

    def text(self) -> str:
        """Return the entry as the store keeps it."""
        return f"{self.hash} {self.record}"

    @classmethod
    def read(cls, text: str) -> "Entry":
        """Read `text()` back; of anything else, something that follows no entry."""
        found, _, record = text.partition(" ")
        return cls(record, found)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is broken: the number of the first entry that is wrong, and what is wrong."""

    n: int
    why: str


def chained(head: Head, record: str) -> Entry:
    """Return `record` as the entry after `head`."""
    text = (head.hash + record).encode("utf-8", "replace")
    return Entry(record, hashlib.sha256(text).hexdigest())


def after(head: Head, entry: Entry) -> Head:
    """Return where the chain stands with one more entry."""
    return Head(head.n + 1, entry.hash)


def follow(head: Head, entries: Iterable[Entry]) -> Head | Break:
    """Return where the chain stands after these entries, or the first that does not follow."""
    for entry in entries:
        if chained(head, entry.record) != entry:
            n = head.n + 1
            return Break(n, f"record {n} does not follow {_named(head)}")
        head = after(head, entry)
    return head


def end(walked: Head, kept: Head | None) -> Head | Break:
    """Hold what the entries come to against the head that is kept beside them."""
    if kept is None:
        return Break(walked.n + 1, "the head that is kept beside the records cannot be read")
    if walked.n < kept.n:
        gone = f"records {walked.n + 1} to {kept.n} are" if kept.n > walked.n + 1 else None
        return Break(walked.n + 1, f"{gone or f'record {kept.n} is'} missing at the end")
    if walked.n > kept.n:
        return Break(kept.n + 1, f"record {kept.n + 1} was not appended by the bridge")
    if walked != kept:
        return Break(walked.n, f"record {walked.n} is not the one that was appended last")
    return walked


def _named(head: Head) -> str:
    return f"record {head.n}" if head.n else "the beginning of the chain"
