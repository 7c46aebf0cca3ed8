"""What a typed reply means while something waits for an answer. Pure."""

import re
from enum import StrEnum

AFFIRMATIVE = frozenset(
    {
        "yes", "y", "ok", "okay", "approve", "approved", "confirm", "confirmed", "proceed",
        "go ahead", "go for it", "do it", "ship it", "lgtm",
    }
)  # fmt: skip
"""Replies that approve when they are the whole text: the official clients' list."""

NEGATIVE = frozenset(
    {"no", "n", "nope", "deny", "denied", "reject", "rejected", "decline", "declined", "refuse"}
)
"""Replies that deny when they are the whole text."""


class Meaning(StrEnum):
    """What a reply says about the one open approval."""

    YES = "yes"
    NO = "no"
    OTHER = "other"


def meaning_of(text: str) -> Meaning:
    """Read a reply: case, spacing and closing punctuation do not matter, any further word does."""
    words = re.sub(r"\s+", " ", text).strip().rstrip(".!").strip().lower()
    if words in AFFIRMATIVE:
        return Meaning.YES
    if words in NEGATIVE:
        return Meaning.NO
    return Meaning.OTHER
