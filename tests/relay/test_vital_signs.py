"""A turn in which nothing comes: what its card says of Neo's runtime, and when it is looked at."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.conversation.patience import Patience
from bot.ids import ApprovalRequestId, Installation
from bot.neo import events as neo
from bot.neo.wire import Task
from bot.relay.vital_signs import Signs, VitalSigns, signs_of
from bot.sandbox.faults import Hang, ServerError
from bot.sandbox.neo.events import rfc3339
from bot.sandbox.slack.text import plain_text
from bot.store import Store
from relay.scene import LIVELY, Scene, at_work, labels
from relay.watch import Watch, open_watch, running
from render.happenings import NOW, take
from stage import Stage
from support import wait_until

SOON = Patience(quiet=0.2, look_at_runtime=0.1)


async def test_a_quiet_turn_says_that_the_runtime_starts_or_gives_no_sign_of_life(
    stage: Stage,
) -> None:
    async with at_work(stage, patience=SOON, limits=LIVELY) as scene:
        scene.task.overrides["runtimePhase"] = "booting"
        await shown(scene, "Neo's runtime is starting; this can take a minute.")
        last = rfc3339(time.time() - 7 * 60 - 5)
        scene.task.overrides |= {"runtimePhase": "ready", "lastHeartbeat": last}
        await shown(
            scene,
            "No sign of life from Neo's runtime for 7 min. "
            "You can press Stop, or look in Pulumi Cloud.",
        )
        assert "Stop" in labels(scene.card)
        scene.task.overrides.clear()
        await wait_until(lambda: "sign of life" not in plain_text(scene.card), "a heartbeat")


async def test_an_event_ends_what_was_said_and_a_look_without_an_answer_delays_nothing(
    stage: Stage,
) -> None:
    async with at_work(stage, patience=SOON, limits=LIVELY) as scene:
        scene.task.overrides["runtimePhase"] = "booting"
        await shown(scene, "runtime is starting")
        stage.neo.faults.add("get_task", Hang())
        await wait_until(lambda: len(stage.neo.faults) == 0, "a look without an answer")
        await scene.say("Ready.")
        await scene.sees("Ready.")
        await wait_until(lambda: "is starting" not in plain_text(scene.card), "the line gone")
        assert scene.texts() == ["Ready."]


async def test_a_task_that_cannot_be_looked_at_is_shown_as_before(stage: Stage) -> None:
    stage.neo.faults.add("get_task", ServerError(403, "not yours"), times=2)
    stage.neo.faults.add("get_task", ServerError(200, "[]"), times=2)
    async with at_work(stage, patience=SOON, limits=LIVELY) as scene:
        await wait_until(lambda: len(stage.neo.faults) == 0, "four looks")
        await scene.finish()
        await scene.sees("All done.")

    assert scene.texts() == ["All done."]


async def shown(scene: Scene, words: str) -> None:
    await wait_until(
        lambda: words in plain_text(scene.card), words, also=lambda: plain_text(scene.card)
    )


def looking(watch: Watch, look: Callable[[], Awaitable[Task]]) -> VitalSigns:
    """Return what looks in real numbers, by a clock that runs as fast as it can."""

    async def sleep(seconds: float) -> None:
        watch.clock.ahead += seconds
        await asyncio.sleep(0)

    return VitalSigns(watch.desk, look, clock=watch.clock, sleep=sleep, quiet=20, every=30)


def task(**fields: Any) -> Task:
    return Task.model_validate({"id": "t-1", **fields})


async def test_a_task_is_looked_at_after_20_quiet_seconds_and_then_every_30(
    store: Store, installation: Installation
) -> None:
    looks: list[float] = []
    async with open_watch(store, installation) as watch:

        async def look() -> Task:
            looks.append(watch.clock.now() - NOW)
            if len(looks) == 3:
                await asyncio.Event().wait()
            return task()

        async with running(looking(watch, look).run()):
            await wait_until(lambda: len(looks) == 3, "three looks")

    assert looks == pytest.approx([20, 50, 80], abs=1)


async def test_who_waits_for_a_person_or_rests_is_not_looked_at(
    store: Store, installation: Installation
) -> None:
    request = neo.ApprovalRequested(ApprovalRequestId("r-1"), "Go?")
    looks: list[float] = []
    async with open_watch(store, installation) as watch:

        async def look() -> Task:
            looks.append(watch.clock.now() - NOW)
            return task(runtimePhase="booting")

        await watch.desk.change(lambda view: take(view, request)[0])
        async with running(looking(watch, look).run()):
            await wait_until(lambda: watch.clock.ahead > 300, "minutes")
            await watch.desk.change(lambda view: take(view, neo.Cancelled())[0])
            await wait_until(lambda: watch.clock.ahead > 600, "more minutes")

    assert looks == []


async def test_an_event_that_comes_while_neo_is_asked_says_more(
    store: Store, installation: Installation
) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()
    async with open_watch(store, installation) as watch:

        async def look() -> Task:
            asked.set()
            await answered.wait()
            answered.clear()
            return task(runtimePhase="booting")

        async with running(looking(watch, look).run()):
            await asked.wait()
            said = neo.AssistantSaid("Here I am.")
            await watch.desk.change(lambda view: take(view, said, number=30)[0])
            before = watch.desk.view
            asked.clear()
            answered.set()
            await asked.wait()
            assert watch.desk.view == before


MINUTES_AGO = datetime.fromtimestamp(NOW - 301, UTC)


@pytest.mark.parametrize(
    ("fields", "signs"),
    [
        ({}, Signs()),
        ({"runtimePhase": "booting", "lastHeartbeat": MINUTES_AGO}, Signs(booting=True)),
        ({"runtimePhase": "of_tomorrow", "lastHeartbeat": None}, Signs()),
        ({"lastHeartbeat": "0001-01-01T00:00:00Z"}, Signs()),
        ({"lastHeartbeat": "0001-01-01T00:00:00"}, Signs()),
        ({"lastHeartbeat": datetime.fromtimestamp(NOW - 299, UTC)}, Signs()),
        ({"lastHeartbeat": datetime.fromtimestamp(NOW + 3600, UTC)}, Signs()),
        ({"lastHeartbeat": MINUTES_AGO}, Signs(silent_since=NOW - 301)),
        ({"lastHeartbeat": MINUTES_AGO.replace(tzinfo=None)}, Signs(silent_since=NOW - 301)),
    ],
)
def test_a_runtime_boots_or_is_silent_for_five_minutes_or_nothing_is_known(
    fields: dict[str, Any], signs: Signs
) -> None:
    assert signs_of(task(**fields), now=NOW) == signs
