"""Over real sockets: who sends a request's headers slowly does not hold a connection for long."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot import health
from bot.metrics import Metrics
from support import wait_until

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BEGUN = b"GET /healthz HTTP/1.1\r\nX-Slow: "
SOON = 0.2

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(header_seconds: float = SOON) -> AsyncGenerator[Ends]:
    app = health.build(stuck=list, ready={}, metrics=Metrics())
    async with health.serving(app, 0, header_seconds=header_seconds) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def answered(ends: Ends) -> None:
    """Send a whole request, and read its answer."""
    reader, writer = ends
    writer.write(WHOLE)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    await reader.readuntil(b"}")


async def cut_off(ends: Ends) -> None:
    """Send headers byte by byte until the other side has had enough."""
    reader, writer = ends

    def is_over() -> bool:
        if reader.at_eof() or writer.is_closing():
            return True
        writer.write(b"a")
        return False

    writer.write(BEGUN)
    await wait_until(is_over, "the connection ends", timeout=5.0)


async def test_headers_that_come_drop_by_drop_are_not_waited_for() -> None:
    async with connected() as ends:
        await cut_off(ends)


async def test_nor_are_they_after_a_request_that_came_at_once() -> None:
    async with connected() as ends:
        await answered(ends)
        await cut_off(ends)


async def test_who_says_nothing_between_two_requests_keeps_the_connection() -> None:
    async with connected() as ends:
        await answered(ends)
        await asyncio.sleep(2 * SOON)  # the time in question
        await answered(ends)


async def test_a_request_in_pieces_that_is_whole_in_time_is_answered() -> None:
    async with connected(header_seconds=30) as (reader, writer):
        for byte in WHOLE:
            writer.write(bytes([byte]))
            await writer.drain()
        assert await reader.readuntil(b"}")
