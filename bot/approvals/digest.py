"""What exactly somebody saw, as a short word that their click carries."""

import hashlib
import json

from bot.asked import FileChange
from bot.neo.events import ApprovalRequested

DIGEST_LENGTH = 32
"""Hex digits: 128 bits, far beyond what anyone could make collide."""


def digest_of(asked: ApprovalRequested) -> str:
    """Return the digest of everything the card of `asked` is drawn from."""
    shown: dict[str, object] = {
        "id": asked.request_id,
        "message": asked.message,
        "type": asked.approval_type,
        "sensitivity": asked.sensitivity,
        "tool": asked.tool_name,
        "plan": asked.plan,
        "diff": dict(asked.git_diff),
    }
    # Only where there is any: what was asked before these were shown keeps its digest.
    if asked.buttons:
        shown["buttons"] = list(asked.buttons)
    if asked.last_approval_diff:
        shown["since"] = dict(asked.last_approval_diff)
    canonical = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGEST_LENGTH]


def changes_in(diff: dict[str, str]) -> tuple[FileChange, ...]:
    """Return each file of `{path: patch}` with the lines it adds and removes."""
    return tuple(_count(path, patch) for path, patch in sorted(diff.items()))


def _count(path: str, patch: str) -> FileChange:
    # Only lines inside a hunk count: `---` and `+++` before the first `@@` name the file,
    # while a removed line that itself begins with `--` looks the same further down.
    added = removed = 0
    in_hunk = not any(line.startswith("@@") for line in patch.splitlines())
    for line in patch.splitlines():
        if line.startswith("@@"):
            in_hunk = True
        elif line.startswith("diff --git"):
            in_hunk = False
        elif in_hunk and line.startswith("+"):
            added += 1
        elif in_hunk and line.startswith("-"):
            removed += 1
    return FileChange(path=path, added=added, removed=removed)
