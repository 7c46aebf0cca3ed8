"""Cursors, and the time window of history reads."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.slack.wire import JSON, Args, Refused

EntryT = TypeVar("EntryT")


def page(
    entries: Sequence[EntryT], args: Args, *, default: int, at_most: int = 1000
) -> tuple[Sequence[EntryT], JSON]:
    """Return the entries of one page, and `response_metadata` with the next cursor ("" at the end).

    Raises `Refused` with `invalid_cursor`.
    """
    start = _position(args.text("cursor"))
    end = start + args.number("limit", default, at_most=at_most)
    following = _cursor(end) if end < len(entries) else ""
    return entries[start:end], {"response_metadata": {"next_cursor": following}}


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise Refused("invalid_cursor")


class Window:
    """`oldest`, `latest` and `inclusive`; both ends are open unless `inclusive`.

    Raises `Refused` with `invalid_ts_oldest` or `invalid_ts_latest`.
    """

    def __init__(self, args: Args) -> None:
        self._oldest = _bound(args, "oldest", 0.0)
        self._latest = _bound(args, "latest", float("inf"))
        self._inclusive = args.flag("inclusive")

    def __contains__(self, ts: str) -> bool:
        at = float(ts)
        if self._inclusive:
            return self._oldest <= at <= self._latest
        return self._oldest < at < self._latest


def _bound(args: Args, name: str, default: float) -> float:
    try:
        return float(args.text(name) or default)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None
