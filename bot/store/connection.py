"""The store: every call of one loop turn goes out in one write, over one connection."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.errors import Accepted, StoreError, StoreUnavailable
from bot.store import replies
from bot.store.script import Script
from bot.store.wire import Line, Reply, ScriptMissing

Argument = str | int | float
"""What a command takes; text goes out as UTF-8."""

CALL_TIMEOUT = 5.0
"""Seconds after which a call to the store is given up."""

_BATCH = 500
"""Commands in one write: more would only make the first one's answer wait."""


@dataclass(slots=True)
class _Call:
    command: list[bytes]
    answer: "asyncio.Future[Reply | StoreError]"


class Store:
    """A connection that repairs itself. Nothing is sent twice: who called decides about that.

    A caller only ever waits for a future, so cancelling it ends it at once, whatever the client
    library does. Made by `open_store`.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._line = Line(url)
        self._more_lines: list[Line] = []
        self._queue: list[_Call] = []
        self._wake = asyncio.Event()
        self._closed = False

    async def call(self, *command: Argument) -> Reply:
        """Carry out one command.

        Raises `StoreUnavailable` (`accepted`: whether it was carried out), `StoreError` for a
        refusal.
        """
        return await self._submit([_encode(argument) for argument in command])

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Reply:
        """Run a script. Raises as `call`, and `LeaseLost` where the script found another owner."""
        rest = [_encode(len(keys)), *map(_encode, keys), *map(_encode, arguments)]
        try:
            return await self._submit([b"EVALSHA", script.sha, *rest])
        except ScriptMissing:
            return await self._submit([b"EVAL", script.source, *rest])

    async def ping(self) -> None:
        """Return when the server answers. Raises `StoreUnavailable`."""
        await self.call("PING")

    async def time(self) -> float:
        """Return the server's clock, in seconds since the epoch."""
        seconds, micros = replies.texts(await self.call("TIME"))
        return int(seconds) + int(micros) / 1e6

    def line(self) -> Line:
        """Return a connection of its own, for reads that block; it is closed with the store.

        Raises `StoreUnavailable` when the store is closed already.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        line = Line(self._url)
        self._more_lines.append(line)
        return line

    @property
    def timeout(self) -> float:
        """Seconds after which a call is given up."""
        return self._timeout

    async def _submit(self, command: list[bytes]) -> Reply:
        if self._closed:
            raise StoreUnavailable("the store is closed", accepted=Accepted.NO)
        call = _Call(command, asyncio.get_running_loop().create_future())
        self._queue.append(call)
        self._wake.set()
        answer = await call.answer
        if isinstance(answer, StoreError):
            raise answer
        return answer

    async def pump(self) -> None:
        """Send what is queued, for ever. `open_store` runs this."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    await self._exchange(self._next_batch())
        finally:
            self._closed = True
            _fail(self._queue, "the store was closed")

    def _next_batch(self) -> list[_Call]:
        batch, self._queue = self._queue[:_BATCH], self._queue[_BATCH:]
        return [call for call in batch if not call.answer.done()]

    async def _exchange(self, batch: list[_Call]) -> None:
        try:
            answers = await self._line.exchange([call.command for call in batch], self._timeout)
            for call, answer in zip(batch, answers, strict=True):
                _answer(call, answer)
        except StoreUnavailable as error:
            for call in batch:
                _answer(call, type(error)(str(error), accepted=error.accepted))
        finally:
            _fail(batch, "the store was closed")

    async def close(self) -> None:
        """Close every connection. `open_store` does this."""
        self._closed = True  # a pump that never ran has not said so
        for line in (self._line, *self._more_lines):
            await line.close()


@asynccontextmanager
async def open_store(
    url: str,
    *,
    timeout: float = CALL_TIMEOUT,  # noqa: ASYNC109 - that of each call, not of this one
) -> AsyncGenerator[Store]:
    """Open the store at `redis://`, `rediss://` or `unix://`; `timeout` is seconds for a call.

    The first call connects. Raises `ConfigurationProblem` for a URL that cannot be used.
    """
    store = Store(url, timeout=timeout)
    pump = asyncio.create_task(store.pump(), name="store pump")
    try:
        yield store
    finally:
        pump.cancel()
        await asyncio.wait({pump})
        await store.close()
        if not pump.cancelled():
            pump.result()


def _answer(call: _Call, answer: Reply | StoreError) -> None:
    if not call.answer.done():
        call.answer.set_result(answer)


def _fail(calls: Sequence[_Call], why: str) -> None:
    for call in calls:
        _answer(call, StoreUnavailable(why))


def _encode(argument: Argument) -> bytes:
    # A lone surrogate (text cut in the middle of an emoji) must not fail a whole batch.
    return str(argument).encode("utf-8", "replace")
