"""What every installation in a store has, for the operator's commands."""

from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Store
from bot.store.keys import Kind

_PAGE = 500
"""Keys scanned at once."""


async def installations(store: Store, kind: Kind) -> list[Installation]:
    """Return the installations that have a key of `kind` with nothing behind that word."""
    cursor, found = "0", set[Installation]()
    while True:
        answer = await store.call("SCAN", cursor, "MATCH", f"ns:{{*}}:{kind}", "COUNT", _PAGE)
        at, keys = replies.items(answer)
        cursor, names = replies.text(at), replies.texts(keys)
        found |= {Installation(name[len("ns:{") : name.index("}")]) for name in names}
        if cursor == "0":
            return sorted(found)
