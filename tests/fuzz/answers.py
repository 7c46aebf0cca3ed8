"""A server that answers as it is told, byte for byte, also what no server should."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from fuzz.inputs import Inputs

STATUSES = (200, 200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503, 999)
JSON = "application/json"
TYPES = (JSON, JSON, JSON, "text/plain", "text/html", "application/json; charset=utf-7", "", "/")
WAITS = ("5", "0", "-1", "nan", "1e999", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 5000)
PLACES = ("/other", "//", "http://[::1", "https://a:99999999/", "\\\\a", "https://a.example/\u00e9")


@dataclass
class Answers:
    """What is answered, in order; when all was said, `otherwise`."""

    otherwise: bytes
    url: str = ""
    ahead: deque[bytes] = field(default_factory=deque[bytes])

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection: what was said is all that there is."""
        with suppress(OSError, asyncio.IncompleteReadError):
            await _request(reader)
            writer.write(self.ahead.popleft() if self.ahead else self.otherwise)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            await reader.readexactly(int(value))


@asynccontextmanager
async def answering(otherwise: bytes) -> AsyncGenerator[Answers]:
    """Serve on the loopback until the block ends."""
    answers = Answers(otherwise)
    server = await asyncio.start_server(answers.handle, "127.0.0.1", 0, limit=2**20)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answers.url = f"http://127.0.0.1:{port}/"
        yield answers


def plain(status: int, body: bytes = b"", content_type: str = JSON) -> bytes:
    """Return an answer as a server gives it."""
    head = (
        f"HTTP/1.1 {status} So",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def answer(inputs: Inputs, body: bytes, types: Sequence[str] = TYPES) -> bytes:
    """Return an answer, in most cases a sound one with `body`."""
    status = inputs.pick(STATUSES)
    if inputs.chance.random() < 0.5:
        return plain(inputs.pick((200, 200, 200, status)), body, types[0])
    lines = [f"HTTP/1.{inputs.pick('1110')} {status} {inputs.pick(('OK', '', 'So so'))}"]
    lines.append(f"Content-Type: {inputs.pick(types)}")
    lines += [f"Location: {inputs.pick(PLACES)}"] if status == 302 else []
    lines += _odd_lines(inputs)
    if inputs.once_in(3):
        lines.append("Transfer-Encoding: chunked")
        size = 1 + len(body) // inputs.pick((1, 1, 3))
        body = b"".join(_chunk(body[at : at + size]) for at in range(0, len(body), size))
        body += inputs.pick((b"0\r\n\r\n", b"0\r\n\r\n", b"", b"zz\r\n"))
    elif inputs.chance.random() < 0.7:
        lines.append(f"Content-Length: {len(body) + inputs.pick((0, 0, 0, 7, -1, 10**9))}")
    head = "\r\n".join((*lines, "", "")).encode()
    return (inputs.damaged(head) if inputs.once_in(5) else head) + body


def _odd_lines(inputs: Inputs) -> list[str]:
    some = (
        f"Retry-After: {inputs.pick(WAITS)}",
        f"Location: {inputs.pick(PLACES)}",
        f"Content-Encoding: {inputs.pick(('gzip', 'deflate', 'br', 'identity', 'x'))}",
        "Set-Cookie: a=b; Domain=.example.com",
        f"X-Slack-Req-Id: {'a' * inputs.pick((1, 9000))}",
        "Content-Length: 3",
    )
    return inputs.chance.sample(some, k=inputs.pick((0, 1, 1, 2, 3)))


def _chunk(part: bytes) -> bytes:
    return f"{len(part):x}\r\n".encode() + part + b"\r\n"
