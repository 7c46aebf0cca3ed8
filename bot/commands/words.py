"""Typed words: where they stand, what is code in them, how to quote them. Pure."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

CLOSE = 0.7
"""How alike (0 to 1, as `difflib` counts) a word must be to what it is taken for a typo of."""

QUOTE_LIMIT = 60
"""Characters of typed text that a sentence repeats."""

PUNCTUATION = ".,;:!?)"
"""What people write right behind a word."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)


class Word(NamedTuple):
    """A word and where it stands in its text; in `masked`, code is hidden behind backticks.

    A tuple, because a text may have tens of thousands of words, each read while others wait.
    """

    text: str
    masked: str
    start: int
    end: int

    def bare(self) -> "Word":
        """Return the word without the punctuation behind it."""
        masked = self.masked.rstrip(PUNCTUATION)
        return Word(self.text[: len(masked)], masked, self.start, self.start + len(masked))


def words_of(text: str) -> list[Word]:
    """Return the words of `text`; code and what touches it is one word."""
    masked = _CODE.sub(lambda code: "`" * len(code[0]), text)
    spans = (match.span() for match in re.finditer(r"\S+", masked))
    return [Word(text[start:end], masked[start:end], start, end) for start, end in spans]


def close_to(word: str, known: Sequence[str]) -> str:
    """Return which of `known` is the word, or what it seems a typo of; nothing if none."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=CLOSE)), "")


def quote(text: str) -> str:
    """Return typed text in code style, on one line, cut to `QUOTE_LIMIT`; not escaped."""
    line = " ".join(text.replace("`", "").split())
    return f"`{line if len(line) <= QUOTE_LIMIT else line[: QUOTE_LIMIT - 1] + '…'}`"
