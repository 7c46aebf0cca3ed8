"""Event streams resume, stay open, keep alive, and break in every way that a test orders."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import aiohttp
import pytest

from bot.sandbox import NeoSandbox
from bot.sandbox.faults import DropBefore, RateLimited
from bot.sandbox.neo import events
from neo_caller import Frame, NeoCaller, calling
from support import wait_until


@pytest.fixture
async def neo() -> AsyncGenerator[NeoSandbox]:
    async with NeoSandbox(pace=0) as sandbox:
        sandbox.manual = True
        yield sandbox


@pytest.fixture
async def ada(neo: NeoSandbox) -> AsyncGenerator[NeoCaller]:
    async with calling(neo) as caller:
        yield caller


async def read(
    ada: NeoCaller, task_id: str, count: int, last_event_id: str | None = None
) -> list[Frame]:
    """Read `count` events and leave."""
    frames: list[Frame] = []
    async with asyncio.timeout(5), aclosing(ada.frames(task_id, last_event_id)) as stream:
        async for frame in stream:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


async def test_past_events_come_at_once_and_later_ones_as_they_happen(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    async with asyncio.timeout(5), aclosing(ada.frames(task_id)) as stream:
        assert (await anext(stream)).type == "user_message"
        emitted = await neo.emit(task_id, events.warning("careful"))
        live = await anext(stream)
    assert (live.type, live.id, live.event["id"]) == ("warning", emitted, emitted)


async def test_last_event_id_resumes_after_that_event(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    ids = [await neo.emit(task_id, events.warning(str(n))) for n in range(4)]
    assert [f.id for f in await read(ada, task_id, 2, ids[1])] == ids[2:]
    assert (await read(ada, task_id, 1, "an-unknown-id"))[0].type == "user_message"


async def test_a_forgetful_server_replays_everything(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    last = await neo.emit(task_id, events.warning("careful"))
    neo.forget_last_event_id = True
    assert [f.type for f in await read(ada, task_id, 2, last)] == ["user_message", "warning"]


async def test_without_sse_ids_the_events_own_id_resumes_too(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.warning("careful"))
    neo.omit_sse_ids = True
    first, second = await read(ada, task_id, 2)
    assert (first.id, second.id) == ("", "")
    (resumed,) = await read(ada, task_id, 1, first.event["id"])
    assert resumed.event == second.event


async def test_a_stream_stays_open_across_turns(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    async with asyncio.timeout(5), aclosing(ada.frames(task_id)) as stream:
        await anext(stream)
        await neo.emit(task_id, events.assistant_message("done", is_final=True))
        await anext(stream)
        await ada.say(task_id, "again")
        assert (await anext(stream)).event["eventBody"]["content"] == "again"


async def test_a_quiet_stream_sends_comments_to_keep_alive() -> None:
    async with NeoSandbox(keep_alive=0.02) as neo, calling(neo) as ada:
        neo.manual = True
        task_id = await ada.create("hello")
        async with asyncio.timeout(5), aclosing(ada.lines(task_id)) as lines:
            comments = 0
            async for line in lines:
                comments += line.startswith(b":")
                if comments == 3:
                    break


async def test_a_silent_stream_sends_nothing_and_catches_up_later() -> None:
    async with NeoSandbox(keep_alive=0.01) as neo, calling(neo) as ada:
        neo.manual = True
        neo.silent_streams = True
        task_id = await ada.create("hello")
        async with aclosing(ada.lines(task_id)) as lines:
            first_line = asyncio.ensure_future(anext(lines))
            await wait_until(lambda: neo.open_streams(task_id), "the stream opens")
            done, _ = await asyncio.wait([first_line], timeout=0.1)
            assert not done
            neo.silent_streams = False
            line = await first_line
            while line.strip() in {b"", b": keep-alive"}:
                line = await anext(lines)
            assert line.startswith(b"id: ")


@pytest.mark.parametrize("cleanly", [True, False])
async def test_streams_can_be_cut_and_opened_again(
    neo: NeoSandbox, ada: NeoCaller, *, cleanly: bool
) -> None:
    task_id = await ada.create("hello")
    async with asyncio.timeout(5), aclosing(ada.frames(task_id)) as stream:
        first = await anext(stream)
        assert neo.cut_streams(cleanly=cleanly) == 1
        with pytest.raises(StopAsyncIteration if cleanly else aiohttp.ClientError):
            await anext(stream)
    await wait_until(lambda: neo.open_streams() == 0, "the stream is forgotten")
    await neo.emit(task_id, events.warning("careful"))
    assert [f.type for f in await read(ada, task_id, 1, first.id)] == ["warning"]


async def test_a_client_that_leaves_is_forgotten(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    await read(ada, task_id, 1)
    await wait_until(lambda: neo.open_streams() == 0, "the stream is forgotten")
    assert not neo.tasks[task_id].watchers


async def test_raw_bytes_arrive_unchanged_between_events_live_and_replayed(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    raw = "data: {malformed\u2028\n\n".encode()
    task_id = await ada.create("hello")
    await neo.emit_raw(task_id, raw)
    await neo.emit(task_id, events.warning("careful"))
    lines: list[bytes] = []
    async with asyncio.timeout(5), aclosing(ada.lines(task_id)) as stream:
        async for line in stream:
            lines.append(line)
            if b"careful" in line:
                break
    assert raw in b"".join(lines)
    assert len(neo.tasks[task_id].events) == 2


async def test_odd_text_reaches_the_stream_as_valid_utf_8(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.warning("line\u2028separator, lone \ud800, \x00"))
    warning = (await read(ada, task_id, 2))[1]
    assert warning.event["eventBody"]["message"] == "line\u2028separator, lone ?, \x00"


async def test_an_event_of_megabytes_arrives_whole(neo: NeoSandbox) -> None:
    size = 3 * 2**20
    async with aiohttp.ClientSession(read_bufsize=2 * size) as session:
        ada = NeoCaller(neo, session, neo.token)
        task_id = await ada.create("hello")
        await neo.emit(task_id, events.tool_response("t1", "pulumi__preview", "x" * size))
        response = (await read(ada, task_id, 2))[1]
    assert len(response.event["eventBody"]["content"]) == size


async def test_new_streams_are_refused_on_order(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    path = ada.tasks(f"{task_id}/events/stream")
    neo.refuse_streams(503)
    assert (await ada.call("GET", path)).status == 503
    neo.refuse_streams(None)
    assert len(await read(ada, task_id, 1)) == 1


async def test_faults_befall_streams_too(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    path = ada.tasks(f"{task_id}/events/stream")
    neo.faults.add("stream_events", RateLimited(3))
    assert (await ada.call("GET", path)).headers["Retry-After"] == "3"
    neo.faults.add("stream_events", DropBefore(), times=2)  # aiohttp repeats a GET once by itself
    with pytest.raises(aiohttp.ClientError):
        await ada.call("GET", path)
    assert len(await read(ada, task_id, 1)) == 1


async def test_leaving_the_sandbox_ends_open_streams() -> None:
    async with aiohttp.ClientSession() as session:
        async with NeoSandbox() as neo:
            neo.manual = True
            ada = NeoCaller(neo, session, neo.token)
            stream = ada.frames(await ada.create("hello"))
            await anext(stream)
        with pytest.raises(aiohttp.ClientError):
            await anext(stream)
