"""What a thread shows when Neo's stream is cut, repeats itself, or sends what nobody can read."""

import json

from bot.conversation.patience import Patience
from bot.ids import Installation
from bot.sandbox.faults import ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from bot.store import Store
from bot.store.keys import Keys, Kind
from bot.view import View
from relay.scene import at_work, started
from stage import INFRA, Stage
from support import wait_until


async def test_each_text_comes_once_and_in_order_over_cut_streams_and_replays(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        stage.neo.forget_last_event_id = True
        await scene.say("one")
        stage.neo.cut_streams()
        stage.neo.omit_sse_ids = True
        await scene.say("two")
        await scene.finish("three")
        await scene.sees("three")
        stage.neo.cut_streams(cleanly=True)
        await scene.emit(events.warning("four"))
        await scene.sees("four")

    assert scene.texts() == ["one", "two", "three", "⚠️ four"]
    assert len(scene.messages) == 5  # and one card: the replayed beginning began nothing


async def test_what_cannot_be_read_or_was_sent_twice_stops_nothing(stage: Stage) -> None:
    same = {
        "id": "e-twice",
        "type": "agentResponse",
        "eventBody": {"type": "assistant_message", "content": "once"},
    }
    unreadable = {"type": "assistant_message", "content": {"a": 1}, "tool_calls": "x"}
    frames = (
        b"data: {not json\n\n",
        b"data: []\n\n",
        b"event: odd\ndata: {}\n\n",
        b'data: {"id": "e-new", "type": "agentResponse", "eventBody": {"type": "of_tomorrow"}}\n\n',
        b"data: " + json.dumps({"id": "e-bad", "eventBody": unreadable}).encode() + b"\n\n",
        b"data: " + json.dumps(same).encode() + b"\n\n",
        b"id: other\ndata: " + json.dumps(same).encode() + b"\n\n",
    )
    async with at_work(stage) as scene:
        for frame in frames:
            await stage.neo.emit_raw(scene.task.id, frame)
        await scene.finish("fine")
        await scene.sees("fine")

    assert scene.texts() == ["once", "fine"]


async def test_a_bridge_that_starts_again_shows_what_it_missed_and_nothing_twice(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        scene = await started(stage)
        await scene.say("one")
        await scene.emit(events.user_approval_request("Go?", request_id="r1"))
        card = await scene.sees("Go?")
    await scene.stage.neo.type_in_console(
        scene.task.id, {"type": "user_confirmation", "approval_request_id": "r1", "ok": True}
    )
    stage.neo.forget_last_event_id = True
    async with stage.bridging():
        await wait_until(lambda: "*Approved* by ada" in plain_text(card), "closed", timeout=5)
        await scene.finish("two")
        await scene.sees("two")

    assert scene.texts() == ["one", "two"]
    assert stage.count(scene.root, "Go?") == 1


async def test_a_history_that_neo_cannot_give_now_is_asked_for_again_and_nothing_else_is_said(
    stage: Stage, store: Store, installation: Installation
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        scene = await started(stage)
        await scene.say("one")
        await wait_until(lambda: scene.texts() == ["one"], "shown")
    # Long ago: by now the stream may have forgotten it, and the list is read.
    key = Keys(installation).of(Kind.CONVERSATION, f"{INFRA}:{scene.root}")
    view = View.model_validate_json(str(await store.call("HGET", key, "view")))
    old = view.model_copy(update={"last_event_at": 1.0})
    await store.call("HSET", key, "view", old.model_dump_json())
    stage.neo.faults.add("list_events", ServerError(200, "<html>some proxy's page</html>"))
    async with stage.bridging():
        await wait_until(lambda: len(stage.neo.faults) == 0, "asked")
        await scene.say("two")
        await scene.sees("two")

    assert scene.texts() == ["one", "two"]


async def test_a_task_that_rests_is_followed_no_more_until_a_listing_shows_that_it_moved(
    stage: Stage,
) -> None:
    async with at_work(stage, patience=Patience(linger=0.2, list_every=0.5)) as scene:
        await scene.finish("one")
        await scene.sees("one")
        bridge = stage.bridge
        assert bridge
        await wait_until(lambda: bridge.owner.followed == 0, "rest")
        await wait_until(lambda: stage.neo.open_streams() == 0, "no stream")
        message = {"type": "user_message", "content": "typed elsewhere"}
        await stage.neo.type_in_console(scene.task.id, message)
        await scene.sees("typed elsewhere")
        await scene.finish("two")
        await scene.sees("two")

    one, said, two = scene.texts()
    assert (one, two) == ("one", "two")
    assert "typed elsewhere" in said
