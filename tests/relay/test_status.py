"""Slack's own status of the thread, where the workspace has it."""

from bot.ids import ApprovalRequestId, Installation, TaskId
from bot.neo import events as neo
from bot.relay.status import LAPSES, SessionStatus, wanted_status
from bot.sandbox.faults import ApiError, Hang, ServerError
from bot.sandbox.neo import events
from bot.store import Store
from bot.store.memory import Memory
from bot.view import View
from relay.scene import at_work
from relay.watch import open_watch, running
from render.happenings import NOW, VIEW, take
from stage import INFRA, Stage
from support import wait_until

SET_STATUS = "agents.sessions.setStatus"
REQUEST = ApprovalRequestId("r-1")


async def test_the_status_follows_the_turn_and_is_said_only_when_it_changes(stage: Stage) -> None:
    async with at_work(stage) as scene:

        def said() -> list[tuple[str, str]]:
            history = stage.slack.sessions.get((INFRA, scene.root), [])
            return [(s.status, s.title) for s in history]

        await wait_until(lambda: said() == [("processing", "")], "processing")
        await scene.emit(events.set_task_name("Upgrade"), events.warning("slow"))
        await wait_until(lambda: said()[-1] == ("processing", "Upgrade"), "the title")
        await scene.emit(events.question("Which?", request_id="q1"))
        await wait_until(lambda: said()[-1] == ("suspended", "Upgrade"), "suspended")
        await stage.reply(scene.root, "that one")
        await wait_until(lambda: said()[-1] == ("processing", "Upgrade"), "on again")
        await scene.finish()
        await wait_until(lambda: said()[-1] == ("active", "Upgrade"), "active")

    assert len(said()) == 5


async def test_a_status_that_fails_is_tried_again_and_delays_nothing(stage: Stage) -> None:
    stage.slack.faults.add(SET_STATUS, Hang())
    stage.slack.faults.add(SET_STATUS, ServerError())
    stage.slack.faults.add(SET_STATUS, ApiError("not_authorized"))
    async with at_work(stage) as scene:
        await scene.finish("quick")
        await scene.sees("quick")
        assert len(stage.slack.calls_of(SET_STATUS)) == 1

    assert scene.texts() == ["quick"]


async def test_processing_is_said_again_before_slack_takes_it_back(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        status = SessionStatus(
            watch.desk,
            door=watch.harbour.door,
            memory=Memory(store, installation),
            clock=watch.clock,
        )

        def said() -> int:
            return len(watch.harbour.slack.calls_of(SET_STATUS))

        async with running(status.run()):
            await wait_until(lambda: said() == 1, "processing")
            await watch.later(LAPSES / 2)
            await watch.later(0)
            assert said() == 1
            await watch.later(LAPSES / 2 - 60)
            await wait_until(lambda: said() == 2, "said again")


def test_a_status_has_slacks_words_and_a_title_that_slack_takes() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    long, _ = take(running, neo.TaskRenamed("x" * 500))
    waiting, _ = take(running, neo.ApprovalRequested(REQUEST, "?"))
    ended, _ = take(waiting, neo.Cancelled())

    assert wanted_status(running, now=NOW, first=True) == ("processing", "")
    assert wanted_status(waiting, now=NOW, first=True) == ("suspended", "")
    assert wanted_status(ended, now=NOW, first=True) == ("active", "")
    wanted = wanted_status(long, now=NOW, first=False)
    assert wanted
    assert len(wanted[1]) == 200


def test_a_thread_at_rest_for_long_or_without_a_turn_is_left_alone() -> None:
    ended, _ = take(take(VIEW, neo.UserSaid("go"))[0], neo.Cancelled())

    assert wanted_status(View(task_id=TaskId("t"), owner="U"), now=NOW, first=True) is None
    assert wanted_status(ended, now=NOW + 3601, first=True) is None
    assert wanted_status(ended, now=NOW + 3601, first=False) == ("active", "")
