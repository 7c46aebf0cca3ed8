"""Following a task over a real connection to a scripted server."""

import asyncio
from contextlib import aclosing

import pytest

from bot.errors import NeoError, NeoForbidden, NeoUnauthorized, TaskGone
from neo.scripted_neo import ScriptedNeo, says, says_json, streams
from neo.watching import Watch, cursors_sent, frame, names
from support import wait_until


async def test_events_arrive_in_order_with_the_headers_neo_wants(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.append(streams(frame("a"), frame("b"), then="hang"))

    assert names(await watch.first(2)) == ["a", "b"]
    asked = neo.asked[0]
    assert asked.path == "/api/preview/agents/acme/tasks/task-1/events/stream"
    assert asked.headers["accept"] == "text/event-stream"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["authorization"] == "token pul-not-a-real-token"
    assert "last-event-id" not in asked.headers


async def test_a_stored_cursor_is_where_the_first_connection_begins(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.append(streams(frame("b"), then="hang"))

    await watch.first(1, "cursor-a")

    assert cursors_sent(neo) == ["cursor-a"]


async def test_a_dropped_stream_goes_on_after_the_last_event(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.extend(
        [
            streams(frame("a", sse_id="s1"), "data: half an ev", then="drop"),
            streams(frame("b"), then="close"),
            streams(frame("c"), then="hang"),
        ]
    )

    assert names(await watch.first(3)) == ["a", "b", "c"]
    assert cursors_sent(neo) == [None, "s1", "b"]
    assert watch.stats.reconnects == {"NeoUnavailable": 1, "closed": 1}
    assert watch.stats.opened == 3


async def test_an_id_line_alone_moves_the_cursor_and_makes_no_event(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.extend([streams(frame("a"), "id: later\n\n"), streams(frame("b"), then="hang")])

    assert names(await watch.first(2)) == ["a", "b"]
    assert cursors_sent(neo) == [None, "later"]
    assert not watch.stats.skipped


async def test_an_event_without_any_id_leaves_the_cursor_where_it_was(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.extend(
        [streams(frame("a"), frame("b", json_id="")), streams(frame("c"), then="hang")]
    )

    events = await watch.first(3)

    assert events[1].cursor == "a"
    assert cursors_sent(neo) == [None, "a"]


async def test_an_id_that_would_inject_a_header_is_no_cursor(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.extend(
        [
            streams(frame("a"), frame("b", json_id=r"x\r\nX-Evil: 1")),
            streams(frame("c"), then="hang"),
        ]
    )

    assert names(await watch.first(3)) == ["a", "b", "c"]
    assert cursors_sent(neo) == [None, "a"]


async def test_silence_reopens_the_stream(neo: ScriptedNeo, watch: Watch) -> None:
    neo.script.extend([streams(frame("a"), then="hang"), streams(frame("b"), then="hang")])

    assert names(await watch.first(2, silence=0.1)) == ["a", "b"]
    assert watch.stats.reconnects == {"NeoUnavailable": 1}


async def test_keep_alives_are_life_and_reset_the_back_off(neo: ScriptedNeo, watch: Watch) -> None:
    neo.script.extend([says(503)] * 6)
    neo.script.extend([streams(": keep-alive\n\n"), streams(frame("a"), then="hang")])

    await watch.first(1)

    assert watch.lives == 2
    assert watch.stats.last_life == watch.time.monotonic()
    assert watch.time.slept[5] >= 15
    assert 1 <= watch.time.slept[6] <= 2
    assert not watch.stats.skipped


async def test_back_off_grows_from_one_second_to_thirty(neo: ScriptedNeo, watch: Watch) -> None:
    neo.script.extend([says(500)] * 9)
    neo.script.append(streams(frame("a"), then="hang"))

    await watch.first(1)

    slept = watch.time.slept
    assert len(slept) == 9
    assert 1 <= slept[0] <= 2
    assert slept[:4] == sorted(slept[:4])
    assert all(15 <= seconds <= 30 for seconds in slept[4:])


@pytest.mark.parametrize(("asked_for", "least", "most"), [("40", 40, 40), ("86400", 300, 300)])
async def test_a_rate_limited_stream_waits_as_told_within_reason(
    neo: ScriptedNeo, watch: Watch, asked_for: str, least: float, most: float
) -> None:
    neo.script.extend([says(429, headers={"Retry-After": asked_for}), streams(frame("a"))])

    await watch.first(1)

    assert least <= watch.time.slept[0] <= most


async def test_a_proxys_page_in_place_of_a_stream_is_waited_out(
    neo: ScriptedNeo, watch: Watch
) -> None:
    page = says(200, "<html>busy</html>", headers={"Content-Type": "text/html"})
    neo.script.extend([page, streams(frame("a"), then="hang")])

    assert names(await watch.first(1)) == ["a"]
    assert watch.stats.reconnects == {"NeoProtocolError": 1}


@pytest.mark.parametrize(
    ("status", "error"), [(401, NeoUnauthorized), (403, NeoForbidden), (404, TaskGone)]
)
async def test_what_waiting_does_not_heal_ends_the_following_at_once(
    neo: ScriptedNeo, watch: Watch, status: int, error: type[NeoError]
) -> None:
    neo.script.append(says_json(status, f'{{"code": {status}, "message": "no"}}'))

    with pytest.raises(error, match="no"):
        await watch.first(1)
    assert watch.time.slept == []


async def test_one_cancel_ends_every_follower(neo: ScriptedNeo, watch: Watch) -> None:
    neo.script.append(streams(frame("a"), then="hang"))
    seen: list[str] = []

    async def read() -> None:
        async for event in watch.events(silence=60):
            seen.append(event.id)  # noqa: PERF401  the stream has no end

    tasks = [asyncio.create_task(read()) for _ in range(100)]
    await wait_until(lambda: len(seen) == 100, "every follower reads its first event")
    for task in tasks:
        task.cancel()
    _, alive = await asyncio.wait(tasks, timeout=2)

    assert not alive
    assert all(task.cancelled() for task in tasks)


async def test_more_streams_than_a_default_pool_holds_stay_open_at_once(
    neo: ScriptedNeo, watch: Watch
) -> None:
    neo.script.append(streams(frame("a"), then="hang"))
    seen: list[str] = []

    async def read() -> None:
        async with aclosing(watch.events(silence=60)) as events:
            async for event in events:
                seen.append(event.id)  # noqa: PERF401  the stream has no end

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read()) for _ in range(130)]
        await wait_until(lambda: len(seen) == 130, "130 streams are open together")
        for task in tasks:
            task.cancel()
