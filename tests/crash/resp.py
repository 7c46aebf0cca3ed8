"""Redis's wire protocol, version 2, as far as a proxy has to know it."""

from asyncio import StreamReader

END = b"\r\n"
NIL = b"$-1\r\n"


async def read_command(reader: StreamReader) -> tuple[bytes, list[bytes]]:
    """Return one command as it came, and its words. Raises `IncompleteReadError` at the end."""
    head = await reader.readuntil(END)
    raw, words = [head], list[bytes]()
    for _ in range(int(head[1:])):
        size = await reader.readuntil(END)
        word = await reader.readexactly(int(size[1:]) + len(END))
        raw += [size, word]
        words.append(word[: -len(END)])
    return b"".join(raw), words


async def read_answer(reader: StreamReader) -> bytes:
    """Return one answer as it came. Raises `IncompleteReadError` at the end."""
    head = await reader.readuntil(END)
    size = int(head[1:]) if head[:1] in b"$*" else 0
    if head[:1] == b"$" and size >= 0:
        return head + await reader.readexactly(size + len(END))
    if head[:1] == b"*":
        return head + b"".join([await read_answer(reader) for _ in range(size)])
    return head
