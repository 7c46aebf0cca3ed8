"""The dead letters of every installation in a store, for the operator's command.

Not fenced: like intake, it only adds to the inbox, and a letter is taken out once.
"""

from dataclasses import dataclass

from bot.ids import Installation
from bot.store import replies
from bot.store.connection import Store
from bot.store.everywhere import installations
from bot.store.inbox import stored_at
from bot.store.keys import Keys, Kind
from bot.store.script import script

_RETRY = script("dead_retry")

_PAGE = 500
"""Letters read at once."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An input that was given up.

    `id` is its own, as the store gave it; `at` when it was given up, in seconds by the store's
    clock; `entry` is what its id in the inbox was.
    """

    installation: Installation
    id: str
    at: float
    entry: str
    json: str
    error: str


class DeadLetters:
    """What was given up. Every method raises `StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Letter]:
        """Return every letter, the oldest of each installation first."""
        return [
            letter
            for installation in await installations(self._store, Kind.DEAD)
            for letter in await self._of(installation)
        ]

    async def retry(self, letter: Letter, json: str) -> bool:
        """Put `json` into the inbox in place of the letter; False where it was gone already."""
        keys = Keys(letter.installation)
        answer = await self._store.run(
            _RETRY, [keys.of(Kind.DEAD), keys.of(Kind.INBOX)], letter.id, json
        )
        return replies.number(answer) == 1

    async def drop(self, letter: Letter) -> bool:
        """Forget a letter; False where it was gone already."""
        key = Keys(letter.installation).of(Kind.DEAD)
        return replies.number(await self._store.call("XDEL", key, letter.id)) == 1

    async def _of(self, installation: Installation) -> list[Letter]:
        key, after, letters = Keys(installation).of(Kind.DEAD), "-", list[Letter]()
        while True:
            answer = await self._store.call("XRANGE", key, after, "+", "COUNT", _PAGE)
            page = replies.stream_entries(answer)
            letters += [
                Letter(
                    installation,
                    letter,
                    stored_at(letter) or 0.0,
                    of["entry"],
                    of["json"],
                    of["error"],
                )
                for letter, of in page
            ]
            if len(page) < _PAGE:
                return letters
            after = f"({page[-1][0]}"
