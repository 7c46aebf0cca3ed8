"""File locks that end with the process that holds them, however it ends (flock(2))."""

import fcntl
import os
from pathlib import Path


def lock(path: Path) -> int | None:
    """Lock a file, made if it is not there; return the descriptor that holds the lock.

    None while another process holds it. The lock lasts until every copy of the descriptor is
    closed, those that child processes inherited included. Raises `OSError`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_note(descriptor: int, note: str) -> None:
    """Put `note` in a locked file, for whoever finds it locked."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, os.fsencode(note), 0)


def note_of(path: Path) -> str:
    """Return the note of a locked file, empty if there is none yet."""
    return os.fsdecode(path.read_bytes())
