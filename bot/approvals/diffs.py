"""Diffs as Neo sends them, `{path: patch}`, in the forms in which people get them. Pure."""

from collections.abc import Iterator, Mapping

from bot.asked import Excerpt
from bot.slack.chars import clean, length, one_line

EXCERPT_LINES = 20
EXCERPT_LIMIT = 1500
"""Lines and characters of a diff that a card shows."""

LINE_LIMIT = 200
"""Characters of a line in an excerpt."""

PATH_LIMIT = 200

_HEADS = ("diff --git ", "--- ", "Index: ")


def excerpt(diff: Mapping[str, str]) -> Excerpt:
    """Return the beginning of a diff: each file's name, then its hunks."""
    lines = [line for path, patch in sorted(diff.items()) for line in _shown(path, patch)]
    kept: list[str] = []
    room = EXCERPT_LIMIT
    for line in lines[:EXCERPT_LINES]:
        short = _short(line)
        room -= length(short) + 1
        if room < 0:
            break
        kept.append(short)
    return Excerpt(text="\n".join(kept), left=len(lines) - len(kept))


def whole(diff: Mapping[str, str]) -> str:
    """Return a diff as one file, in which each patch says what it changes."""
    return "".join(f"{headed(path, patch)}\n" for path, patch in sorted(diff.items()))


def headed(path: str, patch: str) -> str:
    """Return a patch that names its file, without a line end behind it."""
    body, name = clean(patch).strip("\n"), named(path)
    return body if body.startswith(_HEADS) else f"--- a/{name}\n+++ b/{name}\n{body}"


def named(path: str) -> str:
    """Return a path as one line."""
    return one_line(path, PATH_LIMIT) or "(no name)"


def _shown(path: str, patch: str) -> Iterator[str]:
    """Yield a file's name and the lines of its hunks, without the lines that name it again."""
    yield named(path)
    lines = clean(patch).strip("\n").split("\n")
    first = next((i for i, line in enumerate(lines) if line.startswith("@@")), 0)
    yield from lines[first:]


def _short(line: str) -> str:
    """Return a line cut to `LINE_LIMIT`, its white space kept."""
    return line if length(line) <= LINE_LIMIT else line[: LINE_LIMIT - 2] + " …"
