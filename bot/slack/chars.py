"""Plain text: counting as Slack counts, cutting, and dropping what must not be sent. Pure."""

import re

JOINER = "\u2060"
"""WORD JOINER: invisible, without width, and enough to break a token apart."""

ELLIPSIS = "…"

_SURROGATES = re.compile("[\ud800-\udfff]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f"  # control characters
    "\u202a-\u202e\u2066-\u2069]"  # bidirectional overrides
)


def clean(text: str) -> str:
    r"""Return `text` as it can be sent: `\n` line ends, no control characters.

    Bidirectional overrides go too: with them a command can read differently from what it does.
    A lone surrogate, which JSON allows and UTF-8 does not, becomes U+FFFD.
    """
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", unix))


def length(text: str) -> int:
    """Return the characters of `text` as UTF-16 units.

    Slack does not say what it counts. Of the two candidates this one is never the smaller.
    """
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Return the longest beginning of clean `text` that has at most `limit` characters."""
    room = max(limit, 0)
    head = text[:room]
    while (excess := length(head) - room) > 0:
        head = head[: len(head) - (excess + 1) // 2]
    return head


def truncate(text: str, limit: int) -> str:
    """Return clean `text`, cut to `limit` characters with an ellipsis where it is longer."""
    tidy = clean(text)
    if length(tidy) <= limit:
        return tidy
    return cut(cut(tidy, limit - 1).rstrip() + ELLIPSIS, limit)


def one_line(text: str, limit: int) -> str:
    """Return `text` on one line, runs of white space made one space, cut to `limit`."""
    return truncate(" ".join(clean(text).split()), limit)
