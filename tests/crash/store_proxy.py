"""Stands between one bridge and its store; commands of a pipeline cross one after the other."""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from typing import Self

from crash.gate import Gate, Severed
from crash.names import is_owners, of_command
from crash.resp import NIL, read_answer, read_command

LEASE_TAKEN = "store lease_acquire"


class StoreProxy:
    """Listens on the loopback while the context is open; the store has a Unix socket."""

    def __init__(self, who: str, gate: Gate, socket: str) -> None:
        self.acquired: list[float] = []
        """When this bridge was given the lease, by `time.monotonic`."""
        self.wrote: list[float] = []
        """When its writes went out that only the lease's holder may make, and that were made."""
        self._who = who
        self._gate = gate
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The address for the bridge's settings."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"redis://{host}:{port}/0"

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        store_reader, store = await asyncio.open_unix_connection(self._socket)
        try:
            while True:
                raw, words = await read_command(reader)
                answer = await self._pass(words, raw, store_reader, store)
                if writer.transport.is_closing():  # the bridge died meanwhile; uvloop would raise
                    return
                writer.write(answer)
                await writer.drain()
        except (Severed, asyncio.IncompleteReadError, ConnectionError):
            return  # the bridge is gone, or its connection shall break
        finally:
            writer.transport.abort()
            store.close()

    async def _pass(
        self, words: list[bytes], raw: bytes, reader: StreamReader, store: StreamWriter
    ) -> bytes:
        name = of_command(words)

        async def ask() -> bytes:
            sent = time.monotonic()
            store.write(raw)
            answer = await read_answer(reader)
            self._note(name, words, answer, sent)
            return answer

        return await self._gate.cross(self._who, name, ask)

    def _note(self, name: str, words: list[bytes], answer: bytes, sent: float) -> None:
        if name == LEASE_TAKEN and answer.startswith(b"$") and answer != NIL:
            self.acquired.append(time.monotonic())
        if is_owners(words) and not answer.startswith(b"-"):
            self.wrote.append(sent)
