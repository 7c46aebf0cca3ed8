"""Reading answers: each function checks the shape that a command is documented to answer."""

from bot.errors import StoreError
from bot.store.wire import Reply


def text(reply: Reply) -> str:
    """Return a bulk string."""
    if not isinstance(reply, str):
        raise StoreError(f"expected text, got {type(reply).__name__}")
    return reply


def maybe_text(reply: Reply) -> str | None:
    """Return a bulk string, or None where there is none."""
    return None if reply is None else text(reply)


def number(reply: Reply) -> int:
    """Return an integer."""
    if not isinstance(reply, int):
        raise StoreError(f"expected a number, got {type(reply).__name__}")
    return reply


def items(reply: Reply) -> list[Reply]:
    """Return an array; nil is an empty one."""
    if reply is None:
        return []
    if not isinstance(reply, list):
        raise StoreError(f"expected a list, got {type(reply).__name__}")
    return reply


def texts(reply: Reply) -> list[str]:
    """Return an array of bulk strings."""
    return [text(item) for item in items(reply)]


def fields(reply: Reply) -> dict[str, str]:
    """Return a hash, which RESP2 answers as field, value, field, value."""
    flat = iter(texts(reply))
    return dict(zip(flat, flat, strict=True))


def stream_entries(reply: Reply) -> list[tuple[str, dict[str, str]]]:
    """Return a stream's entries, each with its id and fields."""
    pairs = [items(entry) for entry in items(reply)]
    return [(text(entry_id), fields(content)) for entry_id, content in pairs]
