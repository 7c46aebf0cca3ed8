"""Scripted agents play their data as a real agent would, and end every turn."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.sandbox import NeoSandbox
from bot.sandbox.neo.library import shipped
from bot.sandbox.neo.script import (
    Approve,
    Ask,
    Compress,
    Error,
    PullRequest,
    Rename,
    Say,
    Script,
    Step,
    Todo,
    TodoItem,
    Tool,
    Wait,
    Warn,
    fill,
)
from neo_caller import NeoCaller, calling
from support import wait_until


@pytest.fixture
async def neo() -> AsyncGenerator[NeoSandbox]:
    async with NeoSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def ada(neo: NeoSandbox) -> AsyncGenerator[NeoCaller]:
    async with calling(neo) as caller:
        yield caller


async def played(ada: NeoCaller, *steps: Step, message: str = "go") -> str:
    """Start a task that plays these steps and return its id once it is idle."""
    ada.neo.scripts.add(Script(name="inline", turns=[list(steps)]))
    task_id = await ada.create(message)
    await idle(ada, task_id)
    return task_id


async def idle(ada: NeoCaller, task_id: str) -> None:
    await wait_until(lambda: ada.neo.tasks[task_id].status == "idle", "the task is idle")


def bodies(ada: NeoCaller, task_id: str) -> list[dict[str, Any]]:
    """Return what the agent said, without the user's echoes."""
    found = ada.neo.tasks[task_id].events
    return [e["eventBody"] for e in found if e["type"] == "agentResponse"]


def types(ada: NeoCaller, task_id: str) -> list[str]:
    return [body["type"] for body in bodies(ada, task_id)]


async def answer(ada: NeoCaller, task_id: str, *, ok: bool, instructions: str = "") -> None:
    """Answer the open request of a task and wait until it stops again."""
    (request_id,) = ada.neo.tasks[task_id].open_approvals
    reply = await ada.confirm(task_id, request_id, ok=ok, instructions=instructions)
    assert reply.status == 202
    await idle(ada, task_id)


async def test_the_default_script_repeats_every_message(ada: NeoCaller) -> None:
    task_id = await ada.create("hello {answer}")
    await idle(ada, task_id)
    await ada.say(task_id, "again")
    await idle(ada, task_id)
    said = [(b["content"], b["is_final"]) for b in bodies(ada, task_id)]
    assert said == [("You said: hello {answer}", True), ("You said: again", True)]


async def test_a_tool_is_called_started_reports_and_ends_under_one_id(ada: NeoCaller) -> None:
    task_id = await played(
        ada, Tool(name="pulumi__preview", args={"stack": "s"}, text="Let me see", progress=["1/2"])
    )
    call, start, progress, end = bodies(ada, task_id)[:4]
    assert call["content"] == "Let me see"
    assert call["tool_calls"][0]["name"] == "pulumi__preview"
    assert call["tool_calls"][0]["args"] == {"stack": "s"}
    assert [start["type"], progress["type"], end["type"]] == [
        "exec_tool_call",
        "exec_tool_call_progress",
        "tool_response",
    ]
    ids = {call["tool_calls"][0]["id"], *(b["tool_call_id"] for b in (start, progress, end))}
    assert len(ids) == 1
    assert (progress["status"], end["content"], end["is_error"]) == ("1/2", "ok", False)


async def test_a_to_do_list_is_a_tool_call_with_its_items_in_order(ada: NeoCaller) -> None:
    items = [TodoItem(content="one", status="completed"), TodoItem(content="two")]
    task_id = await played(ada, Todo(items=items))
    (call,) = bodies(ada, task_id)[0]["tool_calls"]
    assert call["name"] == "todo__TodoWrite"
    todos = [(t["index"], t["content"], t["status"]) for t in call["args"]["todos"]]
    assert todos == [(0, "one", "completed"), (1, "two", "pending")]


async def test_the_small_steps_are_their_events(ada: NeoCaller) -> None:
    task_id = await played(
        ada,
        Rename(name="About {message}"),
        Warn(message="careful"),
        PullRequest(org="acme", repo="shop", number=7),
        Compress(summary="short"),
        Wait(seconds=1000),
        Say(text="done", final=True),
        message="it",
    )
    assert types(ada, task_id) == [
        "set_task_name",
        "warning",
        "change_entities",
        "context_compression_event",
        "context_compression_event",
        "assistant_message",
    ]
    task = ada.neo.tasks[task_id]
    assert task.name == "About it"
    assert (task.entities[0]["type"], task.entities[0]["number"]) == ("pull_request", 7)


async def test_nothing_follows_a_final_message_or_an_error(ada: NeoCaller) -> None:
    for last in (Say(text="done", final=True), Error(message="broken")):
        task_id = await played(ada, last, Say(text="too late"))
        assert len(bodies(ada, task_id)) == 1


async def test_a_turn_without_a_final_message_gets_an_empty_one(ada: NeoCaller) -> None:
    task_id = await played(ada, Say(text="thinking"))
    first, last = bodies(ada, task_id)
    assert not first["is_final"]
    assert (last["content"], last["is_final"]) == ("", True)


@pytest.mark.parametrize(("ok", "branch"), [(True, "yes: please"), (False, "no: please")])
async def test_an_approval_takes_its_branch_and_then_the_next_step(
    ada: NeoCaller, *, ok: bool, branch: str
) -> None:
    task_id = await played(
        ada,
        Approve(
            message="May I?",
            approved=[Say(text="yes: {answer}")],
            denied=[Say(text="no: {answer}")],
        ),
        Say(text="after", final=True),
    )
    assert types(ada, task_id) == ["awaiting_approvals", "user_approval_request"]
    await answer(ada, task_id, ok=ok, instructions="please")
    assert [b["content"] for b in bodies(ada, task_id)[2:]] == [branch, "after"]


async def test_a_question_is_asked_by_ask_user_and_its_answer_is_used(ada: NeoCaller) -> None:
    task_id = await played(ada, Ask(message="Which?"), Say(text="So: {answer}", final=True))
    (request,) = ada.neo.tasks[task_id].open_approvals.values()
    assert (request["message"], request["context"]["tool_name"]) == ("Which?", "ask_user")
    await answer(ada, task_id, ok=False, instructions="the blue {message}")
    assert bodies(ada, task_id)[-1]["content"] == "So: the blue {message}"


async def test_approving_a_plan_leaves_plan_mode(ada: NeoCaller) -> None:
    ada.neo.scripts.add(
        Script(name="plan", turns=[[Approve(message="?", approval_type="plan_exit", plan="# P")]])
    )
    task_id = await ada.create("go", planMode=True)
    await idle(ada, task_id)
    await answer(ada, task_id, ok=True)
    assert ada.neo.tasks[task_id].plan_mode is False


async def test_an_auto_task_plays_through_its_approvals(ada: NeoCaller) -> None:
    script = Script(name="auto", turns=[[Approve(message="?"), Say(text="done", final=True)]])
    ada.neo.scripts.add(script)
    task_id = await ada.create("go", approvalMode="auto")
    await wait_until(lambda: types(ada, task_id)[-1:] == ["assistant_message"], "the turn ends")
    assert [e["isSynthetic"] for e in ada.neo.tasks[task_id].events].count(True) == 1


@pytest.mark.parametrize(
    "stop", [{"type": "user_cancel"}, {"force": True}], ids=["gracefully", "by force"]
)
async def test_a_cancelled_script_says_nothing_more(
    ada: NeoCaller, stop: dict[str, object]
) -> None:
    ada.neo.pace = 0.05
    ada.neo.scripts.add(Script(name="slow", turns=[[Wait(seconds=1), Say(text="too late")]]))
    task_id = await ada.create("go")
    if "force" in stop:
        await ada.call("POST", ada.tasks(f"{task_id}/cancel"), stop)
    else:
        await ada.respond(task_id, **stop)
    await asyncio.sleep(0.1)  # twice as long as the script would have waited
    assert types(ada, task_id) == ["cancelled"]


async def test_a_new_turn_replaces_one_that_was_ended_from_outside(ada: NeoCaller) -> None:
    ada.neo.scripts.add(
        Script(
            name="slow",
            turns=[[Wait(seconds=1), Say(text="old")], [Wait(seconds=3), Say(text="new")]],
        )
    )
    ada.neo.pace = 0.03
    task_id = await ada.create("go")
    await wait_until(lambda: ada.neo.tasks[task_id].turns == 1, "the first turn begins")
    await ada.neo.emit(task_id, {"type": "error", "message": "lost"})
    await ada.say(task_id, "again")
    await idle(ada, task_id)
    assert [b.get("content") for b in bodies(ada, task_id)] == [None, "new", ""]


async def test_a_task_keeps_its_script_when_others_are_added(ada: NeoCaller) -> None:
    task_id = await played(ada, Say(text="mine", final=True))
    await played(ada, Say(text="other", final=True))
    await ada.say(task_id, "again")
    await idle(ada, task_id)
    assert [b["content"] for b in bodies(ada, task_id)] == ["mine", "mine"]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Please upgrade checkout-api", "upgrade"),
        ("move it to Node.js 22", "upgrade"),
        ("Write something LONG", "long"),
        ("along the way", "echo"),
        ("show me steps", "steps"),
        ("", "echo"),
    ],
)
def test_a_shipped_script_is_chosen_by_a_word_of_the_prompt(prompt: str, name: str) -> None:
    assert next(s for s in shipped() if s.fits(prompt)).name == name


async def test_the_long_script_answers_beyond_what_one_message_can_hold(ada: NeoCaller) -> None:
    task_id = await ada.create("a long answer please")
    await idle(ada, task_id)
    assert len(bodies(ada, task_id)[-1]["content"]) > 12_000


async def test_the_steps_script_runs_25_tools(ada: NeoCaller) -> None:
    task_id = await ada.create("do steps")
    await idle(ada, task_id)
    assert types(ada, task_id).count("tool_response") == 25
    assert bodies(ada, task_id)[-1]["is_final"]


async def test_the_upgrade_job_asks_plans_updates_and_opens_a_pull_request(ada: NeoCaller) -> None:
    task_id = await ada.create("Upgrade checkout-api to Node 22", planMode=True)
    await idle(ada, task_id)
    await answer(ada, task_id, ok=False, instructions="Upgrade sharp too")
    plan = next(iter(ada.neo.tasks[task_id].open_approvals.values()))
    assert plan["approval_type"] == "plan_exit"
    assert "pulumi up" in plan["context"]["plan_description"]
    await answer(ada, task_id, ok=True)
    update = next(iter(ada.neo.tasks[task_id].open_approvals.values()))
    assert update["sensitivity"] == "sensitive"
    assert list(update["context"]["git_diff"]) == ["index.ts", "package.json"]
    await answer(ada, task_id, ok=True)
    entities = ada.neo.tasks[task_id].entities
    assert [(e["type"], e["number"]) for e in entities] == [("pull_request", 482)]
    final = bodies(ada, task_id)[-1]["content"]
    assert "| Function |" in final
    assert "```sh" in final


@pytest.mark.parametrize("approvals", [0, 1])
async def test_a_denied_upgrade_changes_nothing_and_says_so(ada: NeoCaller, approvals: int) -> None:
    task_id = await ada.create("Upgrade checkout-api")
    await idle(ada, task_id)
    await answer(ada, task_id, ok=False, instructions="leave it")
    for _ in range(approvals):
        await answer(ada, task_id, ok=True)
    await answer(ada, task_id, ok=False, instructions="not today")
    final = bodies(ada, task_id)[-1]
    assert final["is_final"]
    assert final["content"].endswith("You wrote: not today")
    assert ada.neo.tasks[task_id].entities == []


async def test_a_broken_script_is_raised_when_the_sandbox_is_left() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        await play_something_that_is_not_json()


async def play_something_that_is_not_json() -> None:
    async with NeoSandbox(pace=0) as neo, calling(neo) as ada:
        neo.scripts.add(Script(name="broken", turns=[[Tool(name="t", result=object())]]))
        task_id = await ada.create("go")
        await wait_until(lambda: len(bodies(ada, task_id)) == 2, "the tool starts")


def test_a_script_may_be_written_with_lines_and_is_checked() -> None:
    script = Script.model_validate({"name": "s", "turns": [[{"step": "say", "text": ["a", "b"]}]]})
    assert script.turn(5) == [Say(text="a\nb")]
    for wrong in ({"step": "sing"}, {"step": "say", "text": "a", "loud": True}, {"step": "wait"}):
        with pytest.raises(ValidationError):
            Script.model_validate({"name": "s", "turns": [[wrong]]})


@given(st.text(), st.text())
def test_placeholders_are_filled_once_and_other_braces_stay(message: str, answer: str) -> None:
    filled = fill('{"a": {message}, "b": {answer}} {other}', message=message, answer=answer)
    assert filled == '{"a": ' + message + ', "b": ' + answer + "} {other}"


def test_what_the_page_offers_chooses_the_script_that_offers_it() -> None:
    offered = [script for script in shipped() if script.prompt]

    assert len(offered) >= 8
    for script in offered:
        assert script.title
        assert next(s for s in shipped() if s.fits(script.prompt)).name == script.name
