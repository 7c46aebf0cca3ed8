"""Bytes to frames, against the standard's grammar."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from bot.neo.http import Frame, FrameReader
from bot.neo.lines import LineSplitter

SEPARATORS = ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"]
"""What `str.splitlines` takes for the end of a line and the standard does not."""

pieces = st.lists(
    st.sampled_from(
        [
            *(b"data", b":", b" ", b"id", b"\n", b"\r", b"\r\n", b"\n\n", b"x", b"{}", b"event"),
            *(b"data: a\r\n", b"data: b\r\n", b"id: 1\r\n"),
            *(b"\xef\xbb\xbf", b"\xff", b"retry: 1"),
            *(s.encode() for s in SEPARATORS),
        ]
    ),
    max_size=40,
).map(b"".join)


def frames(*chunks: bytes, limit: int = 1000) -> list[Frame]:
    reader = FrameReader(limit)
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


def by_the_standard(body: bytes) -> list[Frame]:
    """Read a whole body at once, as the standard's grammar says."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    found: list[Frame] = []
    own_id, data = "", list[str]()
    *lines, _unfinished = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "id" and "\0" not in value:
            own_id = value
        elif not line:
            if own_id or "\n".join(data):
                found.append(Frame(own_id, "\n".join(data)))
            own_id, data = "", []
    return found


@given(pieces, st.lists(st.integers(0, 200), max_size=8))
def test_frames_are_the_standards_wherever_the_chunks_are_cut(body: bytes, cuts: list[int]) -> None:
    ends = [*sorted(cuts), len(body)]
    chunks = [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    assert frames(*chunks) == by_the_standard(body)
    assert frames(*(bytes([byte]) for byte in body)) == by_the_standard(body)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_no_bytes_break_the_reader(chunks: list[bytes]) -> None:
    frames(*chunks, limit=20)


def test_only_cr_lf_and_crlf_end_a_line() -> None:
    odd = "".join(SEPARATORS)
    body = f"data: a{odd}b\r\ndata: c\rdata: d\n\n".encode()

    assert frames(body) == [Frame("", f"a{odd}b\nc\nd")]


def test_a_crlf_that_is_cut_in_two_is_one_line_end() -> None:
    assert frames(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [Frame("", "a\nb")]


def test_a_byte_order_mark_does_not_cost_the_first_event() -> None:
    assert frames(b"\xef", b"\xbb\xbfdata: a\n\n") == [Frame("", "a")]


def test_broken_utf_8_is_replaced() -> None:
    assert frames(b"data: a\xffb\n\n") == [Frame("", "a\ufffdb")]


def test_comments_make_no_frames_even_after_an_id() -> None:
    body = b": hi\n\nid: 1\ndata: a\n\n: keep-alive\n\n:\n\n"

    assert frames(body) == [Frame("1", "a")]


def test_an_event_beyond_the_limit_is_reported_by_id_and_the_next_is_read() -> None:
    body = b"id: 1\ndata: 123456789\n\ndata: ok\n\n"

    assert frames(body, limit=8) == [Frame("1", None), Frame("", "ok")]
    assert frames(*(bytes([byte]) for byte in body), limit=8) == frames(body, limit=8)


def test_an_event_of_many_lines_has_the_same_limit() -> None:
    assert frames(b"data: 1234\ndata: 5678\n\n", limit=8) == [Frame("", None)]


def test_comments_count_towards_no_limit() -> None:
    body = b": " + b"x" * 100 + b"\n" + b": keep-alive\n" * 100 + b"data: ok\n\n"

    assert frames(body, limit=20) == [Frame("", "ok")]
    assert frames(*(bytes([byte]) for byte in body), limit=20) == [Frame("", "ok")]


def test_an_endless_line_is_not_kept() -> None:
    splitter = LineSplitter(limit=100_000)
    tracemalloc.start()
    try:
        for _ in range(1_000):
            assert list(splitter.feed(bytes(10_000))) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000
    assert list(splitter.feed(b"\n")) == [None]
