"""The store of a run: the Valkey that comes with the bridge, or another server of one's choice."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.errors import StoreUnavailable
from bot.store import EmbeddedValkey, open_store
from bot.store.embedded import server_command

ANSWERS_WITHIN = 500
"""Tries of 20 ms."""


@asynccontextmanager
async def running_store(home: Path, binary: str = "") -> AsyncGenerator[str]:
    """Run a store of its own in `home`; yield its address, of a Unix socket."""
    if not binary:
        async with EmbeddedValkey(home / "store") as valkey:
            yield valkey.url
        return
    data, socket = home / "store", home / "store.sock"
    data.mkdir()
    command = [binary, *server_command(data, socket)[1:]]
    with (home / "store.log").open("ab") as log:
        server = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        await _until_it_answers(f"unix://{socket}")
        yield f"unix://{socket}"
    finally:
        server.kill()
        await server.wait()


async def _until_it_answers(url: str) -> None:
    async with open_store(url) as store:
        for _ in range(ANSWERS_WITHIN):
            try:
                return await store.ping()
            except StoreUnavailable:
                await asyncio.sleep(0.02)
    raise AssertionError("the store server does not answer; see store.log")
