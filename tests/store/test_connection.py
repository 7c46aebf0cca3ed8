import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Accepted, ConfigurationProblem, StoreError, StoreUnavailable
from bot.ids import Installation
from bot.store import EmbeddedValkey, Store, check_server, open_store
from bot.store.keys import Keys, Kind
from bot.store.script import script
from bot.store.wire import Line
from support import wait_until


@pytest.fixture
async def silent_url(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a server that listens and never says a word."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    path = tmp_path / "silent.sock"
    async with await asyncio.start_unix_server(listen, path):
        yield f"unix://{path}"


async def _reads(store: Store) -> int:
    stats = str(await store.call("INFO", "stats"))
    found = re.search(r"total_reads_processed:(\d+)", stats)
    assert found
    return int(found[1])


async def test_calls_of_one_loop_turn_share_a_round_trip(own_server: EmbeddedValkey) -> None:
    async with open_store(own_server.url) as store:
        before = await _reads(store)
        await asyncio.gather(*(store.ping() for _ in range(200)))
        assert await _reads(store) - before <= 3


async def test_each_caller_gets_its_own_answer_though_one_is_refused(
    store: Store, installation: Installation
) -> None:
    key = Keys(installation).of(Kind.INTAKE)
    await store.call("SET", key, "a string")
    echoes = [store.call("ECHO", f"word {number}") for number in range(1000)]
    answers = await asyncio.gather(
        *echoes[:500], store.call("HGETALL", key), *echoes[500:], return_exceptions=True
    )
    refusal = answers.pop(500)
    assert isinstance(refusal, StoreError)
    assert not isinstance(refusal, StoreUnavailable)
    assert answers == [f"word {number}" for number in range(1000)]


async def test_a_server_that_says_nothing_is_given_up_in_time(silent_url: str) -> None:
    async with open_store(silent_url, timeout=0.05) as store:
        with pytest.raises(StoreUnavailable, match=r"no answer within 0\.05 s") as silence:
            await store.ping()
    assert silence.value.accepted is Accepted.UNKNOWN


async def test_one_cancel_ends_every_waiting_task(silent_url: str) -> None:
    async with open_store(silent_url, timeout=30) as store:
        tasks = [asyncio.create_task(store.ping()) for _ in range(200)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        _, pending = await asyncio.wait(tasks, timeout=1)
        assert not pending
        assert all(task.cancelled() for task in tasks)


async def test_a_connection_whose_start_was_cancelled_is_not_used_again(tmp_path: Path) -> None:
    greetings: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greetings.append(await reader.read(100))
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(listen, tmp_path / "silent.sock"):
        line = Line(f"unix://:fake@{tmp_path}/silent.sock")
        for count in (1, 2):
            asking = asyncio.create_task(line.ask([b"PING"], seconds=30))
            await wait_until(lambda count=count: len(greetings) == count, "a new connection")
            asking.cancel()
            await asyncio.wait({asking})
        await line.close()


async def test_a_cancelled_call_leaves_the_others_alone(store: Store) -> None:
    tasks = [asyncio.create_task(store.call("ECHO", number)) for number in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, str)] == list("012456789")


async def test_closing_the_store_fails_who_still_waits(silent_url: str) -> None:
    async with open_store(silent_url, timeout=30) as store:
        waiting = asyncio.create_task(store.ping())
        await asyncio.sleep(0.01)
    with pytest.raises(StoreUnavailable, match="closed"):
        await waiting
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.ping()


async def test_a_store_that_is_gone_is_told_and_comes_back_by_itself(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    async with open_store(server.url) as store:
        async with server:
            await store.call("SET", "kept", "yes")
        with pytest.raises(StoreUnavailable):
            await (
                store.ping()
            )  # may be written to the old connection: nobody knows what became of it
        with pytest.raises(StoreUnavailable) as gone:
            await store.ping()
        assert gone.value.accepted is Accepted.NO
        async with server:
            assert await store.call("GET", "kept") == "yes"


async def test_a_restart_between_two_calls_costs_no_call(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    async with open_store(server.url) as store:
        async with server:
            await store.ping()
        async with server:
            await store.ping()


async def test_a_script_that_the_server_forgot_is_sent_again(own_server: EmbeddedValkey) -> None:
    step = script("intake_alive")
    async with open_store(own_server.url) as store:
        assert await store.run(step, ["ns:{T1}:intake"], 5) == "5"
        await store.call("SCRIPT", "FLUSH")
        assert await store.run(step, ["ns:{T1}:intake"], 6) == "6"


async def test_text_that_is_not_unicode_harms_no_other_call(store: Store) -> None:
    broken, whole = await asyncio.gather(
        store.call("ECHO", "half an emoji: \ud83d"), store.call("ECHO", "ü")
    )
    assert (broken, whole) == ("half an emoji: ?", "ü")


async def test_writes_that_the_server_refuses_for_now_count_as_away(
    own_server: EmbeddedValkey,
) -> None:
    async with open_store(own_server.url) as store:
        await store.call("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(StoreUnavailable, match="refuses writes") as refused:
            await store.call("SET", "key", "value")
        assert refused.value.accepted is Accepted.NO


@pytest.mark.parametrize(
    "url", ["http://store", "redis://:s3/cr3t@store:6379", "redis://store?no_such_option=1"]
)
async def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationProblem, match="REDIS_URL") as refused:
        async with open_store(url):
            pass
    assert "cr3t" not in str(refused.value)


async def test_the_servers_clock_is_told_in_seconds(store: Store) -> None:
    first = await store.time()
    assert first > 1.7e9
    assert 0 <= await store.time() - first < 10


async def test_a_wrong_password_is_a_configuration_problem(own_server: EmbeddedValkey) -> None:
    async with open_store(own_server.url) as store:
        await store.call("CONFIG", "SET", "requirepass", "right")
    for url in (own_server.url, own_server.url.replace("unix://", "unix://:wr0ng@")):
        async with open_store(url) as store:
            with pytest.raises(ConfigurationProblem, match="turned us away") as refused:
                await check_server(store)
            assert "wr0ng" not in str(refused.value)
