"""Bytes of an event stream, in chunks as they come, to lines. Pure, with bounded memory.

A line ends at CR, LF or CRLF and nowhere else: U+2028, U+2029 and U+0085 are legal inside JSON.
Source: the HTML standard, "Server-sent events", section "Parsing an event stream".
"""

from collections.abc import Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineSplitter:
    """Splits one response's body; `limit` is the longest line kept, in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._held = 0
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """Yield the lines that `chunk` completes, without their ends; None for one too long.

        A comment is never too long: it has no content, so only its colon is kept.
        """
        if not chunk:
            return
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")
        self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield self._completed(end)
        self._hold(rest)

    def _hold(self, part: bytes) -> None:
        """Keep the start of an unfinished line, of an overlong one only what tells its field."""
        if not part:
            return
        self._held += len(part)
        self._parts.append(part)
        if self._held > self._limit:
            self._parts = [b"".join(self._parts)[: len(_BYTE_ORDER_MARK) + 1]]

    def _completed(self, end: bytes) -> bytes | None:
        length = self._held + len(end)
        line = b"".join((*self._parts, end)) if self._parts else end
        self._parts, self._held = [], 0
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if length <= self._limit:
            return line
        return b":" if line.startswith(b":") else None
