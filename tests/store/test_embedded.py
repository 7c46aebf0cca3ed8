import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import ConfigurationProblem, StoreUnavailable
from bot.store import EmbeddedValkey, open_store
from bot.store.embedded import server_command
from bot.store.flock import lock, write_note
from support import wait_until

BRIDGE = """
import asyncio, sys
from pathlib import Path
from bot.store import EmbeddedValkey, open_store

async def main():
    async with EmbeddedValkey(Path(sys.argv[1])) as valkey, open_store(valkey.url) as store:
        await store.call("SET", "acked", "yes")
        print("ready", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@contextmanager
def _bridge(data_dir: Path) -> Generator["subprocess.Popen[str]"]:
    """Another process that runs the embedded store in `data_dir`."""
    command = [sys.executable, "-c", BRIDGE, str(data_dir)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def _is_free(path: Path) -> bool:
    held = lock(path)
    if held is not None:
        os.close(held)
    return held is not None


@contextmanager
def _orphan(data_dir: Path) -> Generator["subprocess.Popen[bytes]"]:
    """A server whose bridge is dead, as one finds it where the kernel does not end it."""
    data_dir.mkdir()
    held = lock(data_dir / "server.lock")
    assert held is not None
    socket = data_dir / "valkey.sock"
    write_note(held, str(socket))
    with subprocess.Popen(  # noqa: S603 - our own command
        server_command(data_dir, socket), stdout=subprocess.DEVNULL, pass_fds=[held]
    ) as process:
        os.close(held)
        try:
            yield process
        finally:
            process.kill()


async def _get(url: str, key: str) -> object:
    async with open_store(url) as store:
        return await store.call("GET", key)


async def _set(url: str, key: str, value: str) -> None:
    async with open_store(url) as store:
        await store.call("SET", key, value)


async def _no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


async def test_data_outlives_the_server_and_only_its_owner_can_look_at_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "not" / "there yet"
    async with EmbeddedValkey(data_dir) as valkey:
        await _set(valkey.url, "key", "value")
    async with EmbeddedValkey(data_dir) as valkey:
        assert await _get(valkey.url, "key") == "value"
    assert data_dir.stat().st_mode & 0o777 == 0o700


async def test_a_second_bridge_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as first:
        with pytest.raises(ConfigurationProblem, match="another bridge is running"):
            await EmbeddedValkey(tmp_path).__aenter__()
        await _set(first.url, "key", "the first one lives on")


async def test_killing_the_bridge_ends_its_server_and_loses_nothing(tmp_path: Path) -> None:
    with _bridge(tmp_path) as process:
        with pytest.raises(ConfigurationProblem, match="another bridge is running"):
            await EmbeddedValkey(tmp_path).__aenter__()
        assert not _is_free(tmp_path / "server.lock")
        process.kill()
    await wait_until(lambda: _is_free(tmp_path / "server.lock"), "the server ended")
    async with EmbeddedValkey(tmp_path) as valkey:
        assert await _get(valkey.url, "acked") == "yes"


async def test_a_bridge_may_start_right_after_another_was_killed(tmp_path: Path) -> None:
    with _bridge(tmp_path) as process:
        process.kill()
    async with EmbeddedValkey(tmp_path) as valkey:
        assert await _get(valkey.url, "acked") == "yes"


def _listens(path: Path) -> bool:
    """Whether somebody can connect: the file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


async def test_an_orphan_is_shut_down_and_its_data_taken_over(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with _orphan(data_dir) as orphan:
        await wait_until(lambda: _listens(data_dir / "valkey.sock"), "the orphan listens")
        await _set(f"unix://{data_dir}/valkey.sock", "key", "written to the orphan")
        async with EmbeddedValkey(data_dir) as valkey:
            assert orphan.wait(timeout=5) == 0
            assert await _get(valkey.url, "key") == "written to the orphan"


async def test_an_orphan_that_does_not_end_is_told(tmp_path: Path) -> None:
    held = lock(tmp_path / "server.lock")
    assert held is not None
    write_note(held, str(tmp_path / "nobody listens"))
    with pytest.raises(ConfigurationProblem, match="does not end"):
        await EmbeddedValkey(tmp_path, sleep=_no_wait).__aenter__()
    os.close(held)
    async with EmbeddedValkey(tmp_path) as valkey:
        assert valkey.pid


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as valkey:
        await _set(valkey.url, "key", "value")
    (manifest,) = (tmp_path / "appendonlydir").glob("*.manifest")
    manifest.write_text("garbage\n")
    with pytest.raises(ConfigurationProblem, match=r"did not start: .*valkey\.log"):
        await EmbeddedValkey(tmp_path).__aenter__()
    assert _is_free(tmp_path / "bridge.lock")
    assert _is_free(tmp_path / "server.lock")


async def test_a_directory_that_cannot_be_made_is_a_configuration_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationProblem, match="NEO_SLACK_DATA_DIR"):
        await EmbeddedValkey(tmp_path / "file" / "data").__aenter__()


async def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / ("long" * 40))
    async with valkey:
        place = Path(valkey.url.removeprefix("unix://"))
        assert len(str(place)) < 100
        await _set(valkey.url, "key", "value")
    assert not place.parent.exists()


async def test_a_path_with_odd_characters_works(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path / "100% ü?#") as valkey:
        await _set(valkey.url, "key", "value")


async def test_a_killed_server_is_started_again_with_all_that_was_acked(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path, sleep=_no_wait) as valkey, open_store(valkey.url) as store:
        await store.call("SET", "key", "acked")
        first = valkey.pid
        os.kill(first, signal.SIGKILL)
        keeping = asyncio.create_task(valkey.keep())
        await wait_until(lambda: valkey.pid != first, "another server started")
        while True:
            try:
                assert await store.call("GET", "key") == "acked"
                break
            except StoreUnavailable:
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_the_server_does_not_hear_the_terminals_interrupt(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as valkey:
        assert os.getpgid(valkey.pid) != os.getpgid(0)


async def test_a_start_that_is_cancelled_leaves_no_server(tmp_path: Path) -> None:
    starting = asyncio.create_task(EmbeddedValkey(tmp_path).__aenter__())
    await wait_until((tmp_path / "valkey.log").exists, "the server is being started")
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert _is_free(tmp_path / "bridge.lock")
    await wait_until(lambda: _is_free(tmp_path / "server.lock"), "the server ended")
