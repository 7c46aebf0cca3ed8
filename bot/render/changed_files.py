"""The files that an approval would change, with their counts of lines. Pure."""

from typing import LiteralString

from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, escape, joined, mrkdwn
from bot.view import FileChange, FilesLeft

FILES_KEPT = 25
"""Files that a card names, and so a view keeps; of the others it keeps the sums."""

PATH_LIMIT = 90
"""Characters of a path that are kept."""


def kept_files(
    changes: tuple[FileChange, ...], most: int = FILES_KEPT
) -> tuple[tuple[FileChange, ...], FilesLeft]:
    """Return the changes that a view keeps, `most` of them, and what it keeps of the others."""
    rest = changes[most:]
    left = FilesLeft(
        count=len(rest), added=sum(c.added for c in rest), removed=sum(c.removed for c in rest)
    )
    return tuple(_kept(change) for change in changes[:most]), left


def file_list(
    files: tuple[FileChange, ...], left: FilesLeft, what: LiteralString = "changed"
) -> Mrkdwn:
    """Return a line with the sums, and one for each file that was kept."""
    number = len(files) + left.count
    count = "1 file" if number == 1 else f"{number} files"
    added = sum(f.added for f in files) + left.added
    removed = sum(f.removed for f in files) + left.removed
    total = f"+{added} -{removed}"
    lines = [mrkdwn("*{count} {what}*  {total}", count=count, what=what, total=total)]
    lines += [escape(f"• {f.path}  +{f.added} -{f.removed}") for f in files]
    if left.count:
        lines.append(escape(f"… and {left.count} more"))
    return joined("\n", lines)


def _kept(change: FileChange) -> FileChange:
    return change.model_copy(update={"path": one_line(change.path, PATH_LIMIT)})
