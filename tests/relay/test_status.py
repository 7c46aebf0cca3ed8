"""Slack's own status of the thread, where the workspace has it."""

from itertools import groupby

from bot.delivery.posts import Place
from bot.ids import ApprovalRequestId, Installation, TaskId, Ts
from bot.neo import events as neo
from bot.relay.status import LAPSES, Session, SessionStatus, steps, wanted_status
from bot.sandbox.faults import ApiError, Hang, ServerError
from bot.sandbox.neo import events
from bot.slack.ops import AgentsSessionsRename, AgentsSessionsSetStatus
from bot.store import Store
from bot.store.memory import Memory
from bot.view import View
from conversation.scenes import press
from relay.scene import at_work
from relay.watch import open_watch, running
from render.happenings import NOW, VIEW, take
from stage import ANN, INFRA, Stage
from support import wait_until

SET_STATUS = "agents.sessions.setStatus"
RENAME = "agents.sessions.rename"
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
    # A status leaves the title alone: somebody may have given the session another.
    assert [c.args.get("title", "") for c in stage.slack.calls_of(SET_STATUS)] == [""] * 4
    (rename,) = stage.slack.calls_of(RENAME)
    assert rename.args["title"] == "Upgrade"


async def test_a_title_that_slack_refuses_is_done_without(stage: Stage) -> None:
    codes = ("name_taken", "session_not_found", "unknown_method")
    async with at_work(stage) as scene:
        for number, code in enumerate(codes):
            stage.slack.faults.add(RENAME, ApiError(code))
            await scene.emit(events.set_task_name(f"Upgrade {number}"))
            await wait_until(lambda n=number: len(stage.slack.calls_of(RENAME)) == n + 1, code)
        await scene.finish()
        await wait_until(lambda: statuses(stage, scene.root)[-1] == "active", "active")

    assert statuses(stage, scene.root) == ["processing", "active"]


async def test_a_session_whose_task_neo_no_longer_knows_is_closed(stage: Stage) -> None:
    stage.neo.refuse_streams(404)
    async with stage.bridging():
        root = await stage.mention("go")
        await stage.sees(root, "I can't follow this task any more.")
        await wait_until(lambda: statuses(stage, root) == ["closed"], "closed")


async def test_the_session_of_a_lost_thread_is_closed_and_the_next_place_has_one(
    stage: Stage,
) -> None:
    direct = stage.slack.dm(ANN)
    async with at_work(stage) as scene:
        await wait_until(lambda: statuses(stage, scene.root) == ["processing"], "processing")
        stage.slack.faults.add("chat.postMessage", ApiError("thread_locked"))
        await scene.emit(events.set_task_name("Upgrade"), events.warning("slow"))
        await wait_until(lambda: statuses(stage, scene.root)[-1] == "closed", "closed")
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        await press(stage, direct, "Continue here")
        (told, *_) = stage.slack.messages(direct)
        await wait_until(lambda: statuses(stage, told.ts, direct) == ["processing"], "on there")

    assert stage.slack.sessions[direct, told.ts][-1].title == "Upgrade"
    assert statuses(stage, scene.root)[-1] == "closed"


def statuses(stage: Stage, root: str, channel: str = INFRA) -> list[str]:
    """Return what the session of a thread was, one after the other; its titles do not count."""
    history = [s.status for s in stage.slack.sessions.get((channel, root), [])]
    return [status for status, _ in groupby(history)]


def test_only_what_changed_is_said_and_a_session_that_was_left_is_closed() -> None:
    here, there = Place("C1", Ts("1.1")), Place("C2", Ts("2.2"))
    told = Session(here, "processing", "T")

    assert steps(None, told) == [AgentsSessionsSetStatus("C1", Ts("1.1"), "processing", "T")]
    assert steps(told, told) == []
    assert steps(told, Session(here, "active", "")) == [
        AgentsSessionsSetStatus("C1", Ts("1.1"), "active")
    ]
    assert steps(told, Session(here, "active", "T2")) == [
        AgentsSessionsSetStatus("C1", Ts("1.1"), "active"),
        AgentsSessionsRename("C1", Ts("1.1"), "T2"),
    ]
    assert steps(told, Session(there, "processing", "T")) == [
        AgentsSessionsSetStatus("C1", Ts("1.1"), "closed"),
        AgentsSessionsSetStatus("C2", Ts("2.2"), "processing", "T"),
    ]


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
