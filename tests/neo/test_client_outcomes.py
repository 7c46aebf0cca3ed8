"""What is tried again, and what is known after a call that failed."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.errors import Accepted, NeoRateLimited, NeoUnavailable
from bot.ids import TaskId
from bot.neo.client import RETRY_BUDGET_SECONDS, NeoClient
from bot.neo.retry import ATTEMPTS
from bot.neo.wire import UpdateTaskRequest
from neo.scripted_neo import (
    SOMEONE,
    FakeTime,
    ScriptedNeo,
    client_of,
    drops_the_connection,
    says,
    says_json,
)

TASK = TaskId("task-1")
BODY = '{"event":{"type":"user_cancel"}}'

WRITES: dict[str, Callable[[NeoClient], Awaitable[object]]] = {
    "create": lambda client: client.create_task(SOMEONE, BODY),
    "respond": lambda client: client.respond(SOMEONE, TASK, BODY),
    "update": lambda client: client.update_task(SOMEONE, TASK, UpdateTaskRequest(name="x")),
    "force_cancel": lambda client: client.force_cancel(SOMEONE, TASK),
}
writes = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


async def test_a_safe_request_is_made_again_until_it_succeeds_and_each_wait_is_logged(
    neo: ScriptedNeo, client: NeoClient, time: FakeTime
) -> None:
    limited = says(429, headers={"Retry-After": "9"})
    neo.script.extend([says(502), limited, says_json(200, '{"id": "task-1"}')])

    with capture_logs() as logged:
        assert (await client.get_task(SOMEONE, TASK)).id == "task-1"
    assert 1 <= time.slept[0] <= 2
    assert time.slept[1] == 9
    waits = [line for line in logged if line["event"] == "neo_asked_again"]
    assert [wait["seconds"] for wait in waits] == [round(s, 1) for s in time.slept]


async def test_a_safe_request_is_given_up_after_some_attempts(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.append(says(503))

    with pytest.raises(NeoUnavailable):
        await client.get_task(SOMEONE, TASK)
    assert len(neo.asked) == ATTEMPTS


async def test_a_safe_request_never_waits_beyond_its_budget(
    neo: ScriptedNeo, client: NeoClient, time: FakeTime
) -> None:
    neo.script.append(says(429, headers={"Retry-After": str(RETRY_BUDGET_SECONDS + 1)}))

    with pytest.raises(NeoRateLimited):
        await client.get_task(SOMEONE, TASK)
    assert time.slept == []


@writes
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_write_is_never_made_twice(
    neo: ScriptedNeo,
    client: NeoClient,
    write: Callable[[NeoClient], Awaitable[object]],
    status: int,
) -> None:
    neo.script.append(says(status))

    with pytest.raises((NeoUnavailable, NeoRateLimited)):
        await write(client)
    assert len(neo.asked) == 1


@writes
async def test_a_write_whose_connection_drops_may_have_been_accepted(
    neo: ScriptedNeo, client: NeoClient, write: Callable[[NeoClient], Awaitable[object]]
) -> None:
    neo.script.append(drops_the_connection())

    with pytest.raises(NeoUnavailable) as caught:
        await write(client)
    assert caught.value.accepted is Accepted.UNKNOWN
    assert len(neo.asked) == 1


async def test_a_write_on_a_connection_that_went_stale_is_not_called_unsent(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.extend([says(200), drops_the_connection()])

    await client.respond(SOMEONE, TASK, BODY)
    with pytest.raises(NeoUnavailable) as caught:
        await client.respond(SOMEONE, TASK, BODY)
    assert caught.value.accepted is Accepted.UNKNOWN


async def test_a_refused_connection_means_that_nothing_was_accepted() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with client_of(f"http://127.0.0.1:{port}") as client:
            with pytest.raises(NeoUnavailable) as caught:
                await client.respond(SOMEONE, TASK, BODY)
    assert caught.value.accepted is Accepted.NO


async def test_an_unknown_host_means_that_nothing_was_accepted() -> None:
    async with client_of("http://neo.invalid") as client:
        with pytest.raises(NeoUnavailable) as caught:
            await client.respond(SOMEONE, TASK, BODY)
    assert caught.value.accepted is Accepted.NO


async def test_the_time_out_covers_an_answer_that_trickles(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.02)

    neo.script.append(trickle)

    with pytest.raises(NeoUnavailable) as caught:
        await client.respond(SOMEONE, TASK, BODY, timeout=0.2)
    assert caught.value.accepted is Accepted.UNKNOWN
