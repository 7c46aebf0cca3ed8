"""Neo as it spoke before: what it says is shown and what it asks can be answered."""

import json
from typing import Any

import pytest

from bot.conversation.patience import Patience
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from conversation.scenes import confirmations
from relay.scene import LIVELY, Scene, at_work, labels
from stage import ANN, Stage
from support import wait_until


async def test_an_approval_inside_a_message_is_decided_by_a_click_and_the_turn_goes_on(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        asked = events.old_approval_request("Delete the bucket?", request_id="r-1")
        await scene.emit({**asked, "content": "I looked around."})
        card = await scene.sees("Delete the bucket?")
        assert "I looked around." in plain_text(card)
        assert labels(card)[:2] == ["Approve", "Deny"]
        await wait_until(lambda: "Waiting for a decision" in plain_text(scene.card), "waiting")
        await stage.click(scene.root, "Approve")
        await wait_until(lambda: confirmations(scene.task) == [(True, "")], "the decision")
        await wait_until(lambda: f"*Approved* by <@{ANN}>" in plain_text(card), "approved")
        await scene.emit(events.old_approval_request("And the topic?", request_id="r-2"))
        await scene.sees("And the topic?")
        await stage.reply(scene.root, "no")
        await wait_until(lambda: len(confirmations(scene.task)) == 2, "the denial")
        await scene.finish("Deleted one.")
        await scene.sees("Deleted one.")
        await wait_until(lambda: "Done after" in plain_text(scene.card), "the end")

    assert confirmations(scene.task) == [(True, ""), (False, "")]
    assert scene.texts() == ["Deleted one."]


async def test_flat_events_and_bodies_without_a_type_are_shown_once_in_order(
    stage: Stage,
) -> None:
    when = "2025-09-01T10:00:00Z"
    frames: list[dict[str, Any]] = [
        {"type": "console_output", "timestamp": when, "content": "one", "sequence": 1},
        {"type": "user_input", "timestamp": when, "content": "typed elsewhere", "sequence": 2},
        {"type": "agentResponse", "id": "e-3", "eventBody": {"content": "two", "timestamp": when}},
        {
            "type": "userInput",
            "id": "e-4",
            "eventBody": {"content": "and more", "timestamp": when},
        },
        {"type": "console_output", "timestamp": when, "content": "three", "sequence": 5},
    ]
    async with at_work(stage) as scene:
        for _ in range(2):  # a stream without ids says everything again when it is opened again
            for frame in frames:
                await frame_of(scene, frame)
        await scene.finish("four")
        await scene.sees("four")

    texts = scene.texts()
    assert [t for t in texts if "outside Slack" not in t] == ["one", "two", "three", "four"]
    assert "typed elsewhere" in texts[1]
    assert "and more" in texts[3]


async def frame_of(scene: Scene, event: dict[str, Any]) -> None:
    await scene.stage.neo.emit_raw(scene.task.id, f"data: {json.dumps(event)}\n\n".encode())


REPOSITORY = {"org": "acme", "name": "api", "forge": "github"}


async def test_entities_in_either_form_are_read_and_unknown_ones_passed_over(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        await scene.emit(
            events.change_entities(add=[{"type": "stack", "id": "acme/app/prod"}]),
            events.change_entities(
                add=[
                    {"type": "pull_request", "repository": REPOSITORY, "number": 7},
                    {"type": "of_tomorrow", "id": 1},
                    {"type": "pull_request", "repo": REPOSITORY, "number": 8, "merged": False},
                    {"type": "pull_request", "repo": "acme/web", "number": 9},
                ]
            ),
        )
        await scene.finish()
        await scene.sees("All done.")

    first, second, third, _ = scene.texts()
    assert "<https://github.com/acme/api/pull/7|acme/api#7>" in first
    assert "<https://github.com/acme/api/pull/8|acme/api#8>" in second
    assert "acme/web#9" in third


async def test_sensitivities_and_types_that_nobody_knows_are_shown_as_they_are(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        await scene.emit(
            events.user_approval_request(
                "Shrink it?", approval_type="of_tomorrow", sensitivity="drastic"
            )
        )
        card = await scene.sees("Shrink it?")
        assert "Sensitivity: drastic" in plain_text(card)
        assert "Type: of_tomorrow" in plain_text(card)
        await stage.click(scene.root, "Deny")
        await wait_until(lambda: confirmations(scene.task) == [(False, "")], "the denial")


@pytest.mark.parametrize("status", ["completed", "of_tomorrow", None])
async def test_a_task_with_its_id_elsewhere_and_an_unknown_status_is_followed_all_the_same(
    stage: Stage, status: str | None
) -> None:
    patience = Patience(linger=0.1, list_every=0.1, quiet=0.1, look_at_runtime=0.1)
    async with at_work(stage, patience=patience, limits=LIVELY) as scene:
        told = {"id": None, "taskId": scene.task.id, "status": status, "approvalMode": "odd"}
        scene.task.overrides |= {**told, "runtimePhase": "booting"}
        await wait_until(lambda: "is starting" in plain_text(scene.card), "a look at the task")
        await scene.finish("one")
        await scene.sees("one")
        bridge = stage.bridge
        assert bridge
        await wait_until(lambda: bridge.owner.followed == 0, "rest")
        message = {"type": "user_message", "content": "typed elsewhere"}
        await stage.neo.type_in_console(scene.task.id, message)
        await scene.finish("two")
        await scene.sees("two")

    assert [t for t in scene.texts() if "outside" not in t] == ["one", "two"]
