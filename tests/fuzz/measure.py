"""How long an input keeps the process busy, in its own processor time: others use this machine."""

import gc
import io
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

import structlog

from bot import logs
from bot.cli import GC_THRESHOLDS

SLOW = 0.1
"""Seconds of processor time that one input may take."""

ATTEMPTS = 10
"""What seems slow is done again, and the shortest time counts: a full garbage collection, or
neighbours who take the cache away, are not the input's fault."""

SHOWN = 3000
"""Characters of an input that a failure shows."""

LONGEST_LINE = 16 * 1024
"""Characters of a line of the log: nobody fills it with what they send."""

FIGURE = "figure"
"""The name under which a test tells what a run came to."""


class Run:
    """The inputs of one run, each measured; a failure names the one that it is about."""

    def __init__(self, what: str, seed: int) -> None:
        self._what = what
        self._seed = seed
        self._count = 0
        self._slowest = 0.0
        self._largest = 0
        self._began = time.monotonic()

    def read(self, read: Callable[[Any], object], given: Any) -> None:
        """Read an input. Raises what reading raises, and where it takes too long."""
        with self._about(given):
            best = float("inf")
            for _ in range(ATTEMPTS):
                began = time.process_time()
                read(given)
                best = min(best, time.process_time() - began)
                if best <= SLOW / 2:
                    break
            self._note(best, given)

    async def wait_for(self, read: Callable[[Any], Awaitable[object]], given: Any) -> None:
        """Do the same where reading is a matter of input and output."""
        with self._about(given):
            best = float("inf")
            for _ in range(ATTEMPTS):
                began = time.process_time()
                await read(given)
                best = min(best, time.process_time() - began)
                if best <= SLOW / 2:
                    break
            self._note(best, given)

    def figure(self) -> str:
        """Return what it came to."""
        seconds = time.monotonic() - self._began
        largest = f", largest {self._largest:>9,} bytes" if self._largest else ""
        return (
            f"{self._what + ':':34}{self._count:>8,} inputs in {seconds:4.0f} s, "
            f"slowest {self._slowest * 1000:5.1f} ms of CPU{largest}"
        )

    @contextmanager
    def _about(self, given: Any) -> Generator[None]:
        try:
            yield
        except Exception as error:
            case = f"{self._what}, input {self._count} of seed {self._seed}: {given!r}"
            error.add_note(case[:SHOWN])
            raise

    def _note(self, seconds: float, given: Any) -> None:
        assert seconds <= SLOW, f"{seconds:.3f} s"
        self._count += 1
        self._slowest = max(self._slowest, seconds)
        self._largest = max(self._largest, _size(given))


def _size(given: Any) -> int:
    """Return the bytes or characters of an input; what is no text counts for nothing."""
    if isinstance(given, bytes | str):
        return len(given)
    return sum(map(_size, cast("list[Any]", given))) if isinstance(given, list | tuple) else 0


@contextmanager
def as_in_the_process() -> Generator[None]:
    """Collect garbage as the bridge does, not as a test run does."""
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Log:
    """What was logged: no mistake of ours, and no line as long as an input."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def check(self) -> None:
        """Fail for a line that no input may cause, and forget what was logged."""
        lines = self.stream.getvalue().splitlines()
        self.stream.seek(0)
        self.stream.truncate()
        for line in lines:
            if not _is_the_sandboxes(line):
                assert '"level": "error"' not in line, line
                assert '"level": "critical"' not in line, line
                assert len(line) <= LONGEST_LINE, line[:SHOWN]


def _is_the_sandboxes(line: str) -> bool:
    """Whether the other side complains, of a name of thousands of characters in an address."""
    return '"logger": "aiohttp.server"' in line and "/api/" in line


@contextmanager
def logged() -> Generator[Log]:
    """Log as the bridge does, which takes its time too; the loggers are as before afterwards."""
    log, root = Log(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("info", stream=log.stream)
    try:
        yield log
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in logs.CHATTY:
            logging.getLogger(name).setLevel(logging.NOTSET)
        structlog.reset_defaults()
