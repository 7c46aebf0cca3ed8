"""What people type about a whole task: which one is meant, and what comes of it."""

from dataclasses import replace

import pytest

from bot.commands import Problem, Prompt, parse
from bot.commands.control import Control
from bot.sandbox.faults import Conflict
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.text import interactive_elements
from commanding import neo
from conversation.scenes import QUICK, contents, finish, sent_bodies, working
from stage import ANN, BOB, Stage
from support import wait_until

OFTEN = replace(QUICK, lapse=600.0)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("mode auto", Control("change", mode="auto")),
        ("mode Balanced billing", Control("change", which="billing", mode="balanced")),
        ("mode read-only", Control("change", mode="read-only")),
        ("mode readonly", Control("change", mode="read-only")),
        ("rename Upgrade of billing", Control("change", title="Upgrade of billing")),
        ("rename billing: Upgrade", Control("change", which="billing", title="billing: Upgrade")),
        ("share", Control("share")),
        ("share billing", Control("share", which="billing")),
        ("retry", Control("retry")),
        ("retry billing", Control("retry", which="billing")),
        ("new", Control("begin_anew")),
        ("New billing", Control("begin_anew", which="billing")),
    ],
)
def test_what_is_about_a_task_is_read(text: str, asked: Control) -> None:
    assert parse(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "new bucket in prod",
        "share the plan with me",
        "retry the last deployment",
        "mode of payment",
        "-- mode auto",
    ],
)
def test_what_only_begins_so_is_for_neo(text: str) -> None:
    assert isinstance(parse(text), Prompt)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mode", "`/neo mode` takes `manual`"),
        ("mode fast", "There is no mode `fast`"),
        ("rename", "Say the new title"),
        ("mode auto --plan", "takes no options"),
    ],
)
def test_what_is_wrong_with_it_is_said(text: str, why: str) -> None:
    said = parse(text)
    assert isinstance(said, Problem)
    assert why in said.sentence


async def test_a_task_is_renamed_and_given_a_mode_by_its_owner(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        assert "no task that could be changed" in await neo(stage, "mode auto", user=BOB)
        while "Asking Neo to change" not in await neo(
            stage, "rename Drift: &lt;!here&gt; &amp; co"
        ):
            pass
        card = await stage.sees(root, "Drift: &lt;!here&gt; &amp; co")
        assert task.name == "Drift: <!here> & co"
        assert "<!here>" not in card.text + str(card.blocks)
        assert "Asking Neo to change" in await neo(stage, "mode auto drift")
        await stage.sees(root, "from now on it never asks")
        assert "has `else` in its title" in await neo(stage, "mode manual else")
        await neo(stage, "rename " + "long " * 100)
        await wait_until(lambda: task.name.startswith("long long"), "a long title, cut")
        assert len(task.name) <= 255


async def test_of_several_tasks_the_one_is_meant_whose_title_has_the_word(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        tasks: dict[str, TaskState] = {}
        for words in ("billing", "checkout"):
            root, task = await working(stage, words)
            await stage.neo.emit(task.id, events.set_task_name(f"Upgrade {words}"))
            await stage.sees(root, f"Upgrade {words}")
            tasks[words] = task
        told = await neo(stage, "mode auto")
        assert told.startswith("Several of your tasks may be meant.")
        assert "`/neo mode auto word`" in told
        await neo(stage, "rename billing: Pay: day")
        await wait_until(lambda: tasks["billing"].name == "Pay: day", "the new title")
        assert "Several" in await neo(stage, "rename Other: day"), "no task has the word"
        assert tasks["checkout"].name == "Upgrade checkout"


async def test_a_failed_turn_is_tried_again_and_a_thread_begins_anew(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        assert "nothing to try again" in await neo(stage, "retry")
        assert "None of your tasks is at rest" in await neo(stage, "new")
        await stage.neo.emit(task.id, events.error("out of luck"))
        await stage.sees(root, "Ended in an error")
        while "is tried again" not in await neo(stage, "retry"):
            pass
        await wait_until(lambda: contents(task) == ["go", "go"], "the message, again")
        await stage.sees(root, "Working")
        await finish(stage, root, task)
        while "your next message starts a new task" not in await neo(stage, "new"):
            pass
        await stage.sees(root, "is done with the task above")
        await stage.reply(root, "another")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the new task")


async def test_who_types_a_stop_once_more_is_offered_to_force_it(stage: Stage) -> None:
    async with stage.bridging(patience=replace(OFTEN, stop_waits=(0.1,) * 100)):
        root, _ = await working(stage)
        stage.neo.faults.add("respond", Conflict(), times=1000)
        while "Asking Neo to stop" not in await neo(stage, "stop"):
            pass
        await wait_until(lambda: sent_bodies(stage, "respond"), "a try")
        delivery = await stage.slack.command(ANN, "C0INFRA", "/neo", "stop")
        await wait_until(lambda: delivery.response, "an answer")
        assert delivery.response
        (force,) = interactive_elements(delivery.response["blocks"])
        assert force["text"]["text"] == "Force stop"
        stage.neo.faults.clear()
        await stage.sees(root, "Stopped. Reply here")
