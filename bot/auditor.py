"""`neo-slack audit`: whether the records of who decided what are as they were written, and these.

Both commands only read; they need no lease, and may run beside the bridge.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, ValidationError

from bot.audit import chain
from bot.documents import Model
from bot.errors import ConfigurationProblem
from bot.ids import Installation
from bot.settings import Settings
from bot.store import Audit, Store, open_store
from bot.store.embedded import at_home
from bot.store.everywhere import installations
from bot.store.keys import Kind

PAGE = 500
"""Records read at once."""


class _Dated(Model):
    """The time of a record, whatever else it says: also one of a later version."""

    at: AwareDatetime


async def verify(settings: Settings) -> tuple[list[str], bool]:
    """Walk the chain of every installation; return a line for each, and whether all are whole.

    Raises `ConfigurationProblem` and `StoreUnavailable`.
    """
    async with _store(settings) as store:
        walked = [(name, await _walk(Audit(store, name))) for name in await _audited(store)]
    lines = [_said(name, found) for name, found in walked]
    return lines or ["No audit records."], all(isinstance(how, chain.Head) for _, how in walked)


async def export(settings: Settings, since: datetime | None, write: Callable[[str], None]) -> None:
    """Write every record from `since` on as a JSON line, the oldest of each installation first.

    A record that cannot be read is written too: it is what an auditor looks for. Raises as
    `verify`.
    """
    async with _store(settings) as store:
        for name in await _audited(store):
            audit = Audit(store, name)
            _, length = await audit.look()
            async for first, page in _pages(audit, length):
                for n, entry in enumerate(page, first):
                    if since is None or _is_from(since, entry.record):
                        write(_line(name, n, entry))


def moment(text: str) -> datetime:
    """Read a time that somebody typed, in UTC where they name no zone.

    Raises `ConfigurationProblem`.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        why = "--since: must be a time such as 2026-05-01 or 2026-05-01T09:00:00Z"
        raise ConfigurationProblem([why]) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[Store]:
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    async with at_home(settings.data_dir, url) as address, open_store(address) as store:
        yield store


async def _audited(store: Store) -> list[Installation]:
    """Return who has records, or a head that says that there were some."""
    found = [await installations(store, kind) for kind in (Kind.AUDIT, Kind.AUDIT_HEAD)]
    return sorted({name for names in found for name in names})


async def _walk(audit: Audit) -> chain.Head | chain.Break:
    kept, length = await audit.look()
    walked: chain.Head | chain.Break = chain.Head()
    async for _, page in _pages(audit, length):
        walked = chain.follow(walked, page)
        if isinstance(walked, chain.Break):
            return walked
    return chain.end(walked, kept)


async def _pages(audit: Audit, length: int) -> AsyncIterator[tuple[int, list[chain.Entry]]]:
    """Yield `length` records in pages, each with the number of its first.

    As many as there were: the bridge may append meanwhile.
    """
    for first in range(1, length + 1, PAGE):
        yield first, await audit.entries(first, min(PAGE, length + 1 - first))


def _said(name: Installation, found: chain.Head | chain.Break) -> str:
    match found:
        case chain.Break(n, why):
            return f"{name}: BROKEN at record {n}: {why}."
        case chain.Head(n, last):
            return f"{name}: {n} record{'' if n == 1 else 's'}, the last hash is {last}"


def _is_from(since: datetime, record: str) -> bool:
    try:
        return _Dated.model_validate_json(record).at >= since
    except ValidationError:
        return True


def _line(name: Installation, n: int, entry: chain.Entry) -> str:
    try:
        record: Any = json.loads(entry.record)
    except (ValueError, RecursionError):
        record = entry.record
    return json.dumps({"installation": name, "n": n, "hash": entry.hash, "record": record})
