"""A task's status and modes, which no event tells: what is unusual is shown, in Neo's words."""

from typing import Any

import pytest

from bot.conversation.patience import Patience
from bot.neo.wire import Task
from bot.relay.facts import facts_of
from bot.sandbox.slack.text import plain_text
from commanding import neo
from relay.scene import LIVELY, at_work
from stage import Stage
from support import wait_until

LISTED_OFTEN = Patience(list_every=0.1)


async def test_unusual_words_of_neos_are_on_the_card_and_in_the_list_of_tasks(
    stage: Stage,
) -> None:
    async with at_work(stage, patience=LISTED_OFTEN, limits=LIVELY) as scene:
        assert "Mode" not in plain_text(scene.card)
        scene.task.overrides |= {"status": "hiber\nnating <!channel>", "approvalMode": "auto"}
        line = "Status: hiber nating &lt;!channel&gt;  ·  Mode: auto"
        await scene.sees(line)
        assert line in await neo(stage, "status")
        scene.task.overrides.clear()
        await wait_until(lambda: "Mode" not in plain_text(scene.card), "the usual again")
        await scene.finish()
        await wait_until(lambda: "Done after" in plain_text(scene.card), "the end")
        scene.task.overrides["permissionMode"] = "read-only"
        while "Read-only" not in await neo(stage, "status"):
            pass
        assert "Read-only" not in plain_text(scene.card), "that turn is over"


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        ({}, ()),
        ({"status": "running", "approvalMode": "manual", "permissionMode": "default"}, ()),
        ({"status": "idle"}, ()),
        *(({"status": older}, ()) for older in ("pending", "completed", "failed", "Idle", " ")),
        ({"status": "archived"}, ("Status: archived",)),
        ({"approvalMode": "balanced"}, ("Mode: balanced",)),
        ({"approvalMode": "yolo", "permissionMode": "audit"}, ("Mode: yolo", "Permissions: audit")),
        ({"status": "s" * 90}, (f"Status: {'s' * 39}…",)),
    ],
)
def test_the_usual_and_what_older_services_say_is_no_news(
    told: dict[str, Any], facts: tuple[str, ...]
) -> None:
    assert facts_of(Task.model_validate({"id": "t", **told})).words == facts
