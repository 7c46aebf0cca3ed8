"""The sandbox answers as Neo does, refusals included."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import NeoSandbox
from bot.sandbox.faults import (
    ApiError,
    Conflict,
    Delay,
    DropAfter,
    DropBefore,
    Fault,
    Hang,
    RateLimited,
    ServerError,
)
from bot.sandbox.neo import events
from bot.sandbox.neo.refusal import Refusal
from bot.sandbox.neo.state import NeoUser
from neo_caller import SOME_TIME, NeoCaller, calling

TOKENS = {
    "pul-fake-ada": NeoUser("ada", "Ada Lovelace"),
    "pul-fake-bob": NeoUser("bob", "Bob Noyce"),
    "pul-fake-eve": NeoUser("eve", "Eve Outside", organizations=("elsewhere",)),
}
MESSAGE = {"type": "user_message", "content": "hello", "timestamp": SOME_TIME}


@pytest.fixture
async def neo() -> AsyncGenerator[NeoSandbox]:
    async with NeoSandbox(tokens=TOKENS, pace=0) as sandbox:
        sandbox.manual = True
        yield sandbox


@pytest.fixture
async def ada(neo: NeoSandbox) -> AsyncGenerator[NeoCaller]:
    async with calling(neo) as caller:
        yield caller


@pytest.fixture
async def bob(neo: NeoSandbox) -> AsyncGenerator[NeoCaller]:
    async with calling(neo, token="pul-fake-bob") as caller:
        yield caller


async def idle_task(ada: NeoCaller) -> str:
    task_id = await ada.create("hello")
    await ada.neo.emit(task_id, events.assistant_message("done", is_final=True))
    return task_id


async def asking_task(ada: NeoCaller, request_id: str, **fields: object) -> str:
    task_id = await ada.create("hello", **fields)
    await ada.neo.emit(task_id, events.user_approval_request("May I?", request_id=request_id))
    return task_id


async def test_a_wrong_token_or_scheme_is_refused_with_401(ada: NeoCaller) -> None:
    for credentials in ("token pul-wrong", "Bearer pul-fake-ada", "pul-fake-ada", ""):
        reply = await ada.call("GET", ada.tasks(), Authorization=credentials)
        assert reply.status == 401, credentials
        assert "credentials" in reply.message


async def test_an_organisation_that_one_is_no_member_of_is_refused_with_403(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    async with calling(neo, token="pul-fake-eve") as eve:
        assert (await eve.call("GET", eve.tasks())).status == 403
        assert (await eve.call("GET", "/api/preview/agents/elsewhere/tasks")).status == 403
        assert (await eve.call("GET", "/api/user")).status == 200
    assert (await ada.call("GET", "/api/preview/agents/elsewhere/tasks")).status == 403


async def test_a_token_can_be_revoked_while_the_server_runs(
    neo: NeoSandbox, bob: NeoCaller
) -> None:
    assert (await bob.call("GET", "/api/user")).status == 200
    del neo.tokens["pul-fake-bob"]
    assert (await bob.call("GET", "/api/user")).status == 401


async def test_user_names_the_holder_of_the_token_and_the_organisations(ada: NeoCaller) -> None:
    user = (await ada.call("GET", "/api/user")).body
    assert (user["githubLogin"], user["name"]) == ("ada", "Ada Lovelace")
    assert [o["githubLogin"] for o in user["organizations"]] == ["acme"]


async def test_no_token_cap_is_a_404_and_a_cap_is_shown(neo: NeoSandbox, ada: NeoCaller) -> None:
    path = "/api/orgs/acme/neo/token-budget"
    assert (await ada.call("GET", path)).status == 404
    neo.token_budget = {"windowKind": "trial", "exhausted": True}
    assert (await ada.call("GET", path)).body == neo.token_budget


async def test_a_new_task_runs_and_its_first_event_echoes_the_message_as_sent(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello", source="slack", approvalMode="balanced")
    task = (await ada.call("GET", ada.tasks(task_id))).body
    assert (task["id"], task["status"], task["source"]) == (task_id, "running", "slack")
    assert (task["approvalMode"], task["createdBy"]["githubLogin"]) == ("balanced", "ada")
    (echo,) = neo.tasks[task_id].events
    assert (echo["type"], echo["isSynthetic"]) == ("userInput", False)
    assert echo["eventBody"] == MESSAGE
    assert echo["actor"]["githubLogin"] == "ada"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "message"),
        ({"message": {**MESSAGE, "type": "user_cancel"}}, "type"),
        ({"message": {**MESSAGE, "timestamp": "yesterday"}}, "timestamp"),
        ({"message": {**MESSAGE, "timestamp": "2026-11-02T10:00:00"}}, "timestamp"),
        ({"message": {**MESSAGE, "content": "  "}}, "prompt is required"),
        ({"message": MESSAGE, "approvalMode": "yolo"}, "approvalMode"),
        ({"message": MESSAGE, "approval_mode": "auto"}, "approval_mode"),
        ({"message": MESSAGE, "source": "teams"}, "source"),
        ([], "body"),
        ("no object", "not valid JSON"),
    ],
)
async def test_a_bad_create_request_is_refused_with_a_sentence_that_names_the_field(
    neo: NeoSandbox, ada: NeoCaller, body: object, complaint: str
) -> None:
    reply = await ada.call("POST", ada.tasks(), body)
    assert reply.status == 400
    assert complaint in reply.message
    assert neo.tasks == {}


async def test_a_body_must_be_declared_as_json(ada: NeoCaller) -> None:
    reply = await ada.call(
        "POST", ada.tasks(), {"message": MESSAGE}, **{"Content-Type": "text/plain"}
    )
    assert (reply.status, reply.message) == (400, "Content-Type must be application/json")


async def test_a_stack_that_the_user_cannot_see_is_refused_as_an_invalid_entity(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    neo.hidden_stacks.add("billing/prod")
    stack = {"type": "stack", "name": "prod", "project": "billing"}
    message = {**MESSAGE, "entity_diff": {"add": [stack]}}
    reply = await ada.call("POST", ada.tasks(), {"message": message})
    assert reply.status == 400
    assert "invalid entit" in reply.message
    neo.hidden_stacks.clear()
    created = await ada.call("POST", ada.tasks(), {"message": message})
    assert neo.tasks[created.body["taskId"]].entities == [stack]


async def test_a_task_is_private_until_shared_and_then_read_only(
    ada: NeoCaller, bob: NeoCaller
) -> None:
    task_id = await idle_task(ada)
    assert (await bob.call("GET", bob.tasks(task_id))).status == 404
    assert (await bob.say(task_id, "hi")).status == 404
    assert (await bob.call("GET", bob.tasks())).body["tasks"] == []
    shared = await ada.call("PATCH", ada.tasks(task_id), {"isShared": True})
    assert shared.body["isShared"] is True
    assert (await bob.call("GET", bob.tasks(task_id))).status == 200
    assert (await bob.call("GET", bob.tasks(f"{task_id}/events"))).status == 200
    assert (await bob.say(task_id, "hi")).status == 403
    assert (await bob.call("PATCH", bob.tasks(task_id), {"name": "mine"})).status == 404
    assert (await bob.call("POST", bob.tasks(f"{task_id}/cancel"), {"force": True})).status == 404


async def test_patch_changes_what_it_names_and_nothing_else(ada: NeoCaller) -> None:
    task_id = await idle_task(ada)
    before = (await ada.call("GET", ada.tasks(task_id))).body
    change = {"name": " New name ", "approvalMode": "auto", "permissionMode": "read-only"}
    after = (await ada.call("PATCH", ada.tasks(task_id), change)).body
    assert after == {**before, **change, "name": "New name"}
    assert (await ada.call("PATCH", ada.tasks(task_id), {"name": "  "})).status == 400
    assert (await ada.call("PATCH", ada.tasks(task_id), {"name": "x" * 256})).status == 400


async def test_a_message_is_taken_when_idle_and_refused_with_409_when_busy(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    running = await ada.say(task_id, "more")
    assert (running.status, "still ongoing" in running.message) == (409, True)
    await neo.emit(task_id, events.question("Which?", request_id="q1"))
    assert neo.tasks[task_id].status == "idle"
    assert (await ada.say(task_id, "more")).status == 409
    assert (await ada.confirm(task_id, "q1", ok=False, instructions="this")).status == 202
    await neo.emit(task_id, events.assistant_message("done", is_final=True))
    assert (await ada.say(task_id, "more")).status == 202
    taken = [
        e.body.get("content") or e.body["instructions"] for e in neo.tasks[task_id].user_events
    ]
    assert taken == ["hello", "this", "more"]


async def test_a_confirmation_is_taken_once_and_for_an_open_request_only(ada: NeoCaller) -> None:
    task_id = await asking_task(ada, "a1")
    unknown = await ada.confirm(task_id, "a2", ok=True)
    assert (unknown.status, "not pending" in unknown.message) == (400, True)
    assert (await ada.confirm(task_id, "a1", ok=True)).status == 202
    assert (await ada.confirm(task_id, "a1", ok=False)).status == 400


async def test_a_task_goes_on_when_the_last_of_its_requests_is_answered(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await asking_task(ada, "a1")
    await neo.emit(task_id, events.question("Which?", request_id="q1"))
    assert (await ada.confirm(task_id, "a1", ok=True)).status == 202
    assert neo.tasks[task_id].status == "idle"
    assert (await ada.confirm(task_id, "q1", ok=False)).status == 202
    assert neo.tasks[task_id].status == "running"


async def test_a_confirmation_needs_ok(ada: NeoCaller) -> None:
    task_id = await asking_task(ada, "a1")
    reply = await ada.respond(task_id, type="user_confirmation", approval_request_id="a1")
    assert (reply.status, "ok" in reply.message) == (400, True)


async def test_the_older_dialects_request_is_answered_the_same_way(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.old_approval_request("May I?", request_id="old1"))
    assert (await ada.confirm(task_id, "old1", ok=True)).status == 202


@pytest.mark.parametrize(
    ("mode", "request_body", "settled"),
    [
        ("manual", events.user_approval_request("?", request_id="a1"), False),
        ("balanced", events.user_approval_request("?", request_id="a1"), True),
        (
            "balanced",
            events.user_approval_request("?", request_id="a1", sensitivity="sensitive"),
            False,
        ),
        ("balanced", events.plan_exit("?", "the plan", request_id="a1"), False),
        (
            "auto",
            events.user_approval_request("?", request_id="a1", sensitivity="sensitive"),
            True,
        ),
        ("auto", events.question("?", request_id="a1"), False),
    ],
)
async def test_an_approval_mode_settles_what_it_may_with_a_synthetic_confirmation(
    neo: NeoSandbox, ada: NeoCaller, mode: str, request_body: dict[str, Any], *, settled: bool
) -> None:
    task_id = await ada.create("hello", approvalMode=mode)
    await neo.emit(task_id, request_body)
    last = neo.tasks[task_id].events[-1]
    assert last["isSynthetic"] is settled
    assert neo.tasks[task_id].running is settled
    assert len(neo.tasks[task_id].user_events) == 1
    if settled:
        assert last["type"] == "userInput"
        assert (last["eventBody"]["approval_request_id"], last["eventBody"]["ok"]) == ("a1", True)


async def test_a_cancel_is_taken_once_the_tool_has_ended(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.exec_tool_call("t1", "pulumi__up"))
    assert (await ada.respond(task_id, type="user_cancel")).status == 409
    await neo.emit(task_id, events.tool_response("t1", "pulumi__up"))
    assert (await ada.respond(task_id, type="user_cancel")).status == 202


async def test_a_cancel_ends_the_turn_but_not_while_a_tool_runs(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.exec_tool_call("t1", "pulumi__up"))
    assert (await ada.respond(task_id, type="user_cancel")).status == 409
    neo.cancel_waits_for_tools = False
    assert (await ada.respond(task_id, type="user_cancel")).status == 202
    echo, end = neo.tasks[task_id].events[-2:]
    assert echo["eventBody"]["type"] == "user_cancel"
    assert (end["eventBody"]["type"], end["eventBody"]["operation_was_running"]) == (
        "cancelled",
        True,
    )
    assert neo.tasks[task_id].status == "idle"


async def test_a_forced_cancel_needs_force_and_ends_even_a_running_tool(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await ada.create("hello")
    await neo.emit(task_id, events.exec_tool_call("t1", "pulumi__up"))
    path = ada.tasks(f"{task_id}/cancel")
    assert (await ada.call("POST", path, {"force": False})).status == 400
    assert (await ada.call("POST", path, {})).status == 400
    assert (await ada.call("POST", path, {"force": True})).status == 204
    assert neo.tasks[task_id].status == "idle"


async def test_a_tool_result_is_only_for_tasks_that_execute_tools_at_the_client(
    ada: NeoCaller,
) -> None:
    result = {"tool_call_id": "t1", "name": "shell__execute", "content": "ok"}
    event = {"type": "tool_result", "tool_results": [result]}
    cloud, cli = await ada.create("hello"), await ada.create("hello", toolExecutionMode="cli")
    assert (await ada.respond(cloud, **event)).status == 400
    assert (await ada.respond(cli, **event)).status == 202


async def test_someone_in_the_console_is_echoed_like_the_api_and_bound_by_its_rules(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await asking_task(ada, "a1")
    confirmation = {"type": "user_confirmation", "approval_request_id": "a1", "ok": True}
    await neo.type_in_console(task_id, confirmation)
    assert neo.tasks[task_id].events[-1]["eventBody"].items() >= confirmation.items()
    assert (await ada.confirm(task_id, "a1", ok=False)).status == 400
    with pytest.raises(Refusal, match="still ongoing"):
        await neo.type_in_console(task_id, {"type": "user_message", "content": "hi"})


async def test_events_come_oldest_first_in_pages(neo: NeoSandbox, ada: NeoCaller) -> None:
    task_id = await ada.create("hello")
    for number in range(5):
        await neo.emit(task_id, events.warning(f"w{number}"))
    seen: list[dict[str, Any]] = []
    token, pages = "0", 0
    while token is not None:
        query = f"?pageSize=2&continuationToken={token}"
        page = (await ada.call("GET", ada.tasks(f"{task_id}/events{query}"))).body
        seen += page["events"]
        token, pages = page["continuationToken"], pages + 1
    assert (seen, pages) == (neo.tasks[task_id].events, 3)


async def test_a_page_size_outside_1_to_1000_is_refused(ada: NeoCaller) -> None:
    for size in ("0", "1001", "-1", "many"):
        reply = await ada.call("GET", ada.tasks(f"?pageSize={size}").replace("/?", "?"))
        assert (reply.status, "between 1 and 1000" in reply.message) == (400, True)


async def test_tasks_are_listed_by_their_last_event_newest_first(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    first, second = await ada.create("first"), await ada.create("second")
    listed = (await ada.call("GET", ada.tasks())).body["tasks"]
    assert [t["id"] for t in listed] == [second, first]
    await neo.emit(first, events.set_task_name("renamed"))
    listed = (await ada.call("GET", ada.tasks())).body["tasks"]
    assert [(t["id"], t["name"]) for t in listed] == [(first, "renamed"), (second, "second")]
    by_name = (await ada.call("GET", f"{ada.tasks()}?sortBy=name&sortDirection=desc")).body
    assert [t["id"] for t in by_name["tasks"]] == [second, first]
    assert (await ada.call("GET", f"{ada.tasks()}?sortBy=colour")).status == 400


async def test_an_unknown_path_or_task_is_a_404(ada: NeoCaller) -> None:
    assert (await ada.call("GET", "/api/nothing")).status == 404
    for path in ("nope", "nope/events", "nope/events/stream"):
        assert (await ada.call("GET", ada.tasks(path))).status == 404


async def test_the_journal_keeps_every_request_without_its_token(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    task_id = await idle_task(ada)
    await ada.say(task_id, "more")
    create, respond = neo.received
    assert (create.route, create.outcome, create.login) == ("create_task", "201", "ada")
    assert (respond.method, respond.task_id, respond.outcome) == ("POST", task_id, "202")
    assert respond.body["event"]["content"] == "more"
    assert neo.token not in repr(neo.received)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (RateLimited(7), 429),
        (RateLimited(None), 429),
        (ServerError(502), 502),
        (Conflict(), 409),
        (ApiError("invalid entities"), 400),
    ],
)
async def test_a_refusing_fault_answers_once_and_nothing_is_done(
    neo: NeoSandbox, ada: NeoCaller, fault: Fault, status: int
) -> None:
    neo.faults.add("create_task", fault)
    reply = await ada.call("POST", ada.tasks(), {"message": MESSAGE})
    assert reply.status == status
    assert neo.tasks == {}
    wanted = "7" if fault == RateLimited(7) else None
    assert reply.headers.get("Retry-After") == wanted
    await ada.create("hello")


@pytest.mark.parametrize(("fault", "done"), [(DropBefore(), 0), (DropAfter(), 1)])
async def test_a_dropped_connection_hides_whether_the_task_exists(
    neo: NeoSandbox, ada: NeoCaller, fault: Fault, done: int
) -> None:
    neo.faults.add("create_task", fault)
    with pytest.raises(aiohttp.ClientError):
        await ada.create("hello")
    assert len(neo.tasks) == done
    assert neo.received[0].outcome == "dropped"


async def test_a_server_error_may_come_after_the_work_was_done(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    neo.faults.add("create_task", ServerError(504, "<html>late</html>", after=True))
    reply = await ada.call("POST", ada.tasks(), {"message": MESSAGE})
    assert (reply.status, reply.body, len(neo.tasks)) == (504, "<html>late</html>", 1)


async def test_a_delayed_answer_leaves_the_work_done_when_the_client_gives_up(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    neo.faults.add("create_task", Delay(60))
    timeout = aiohttp.ClientTimeout(total=0.1)
    body = {"message": MESSAGE}
    with pytest.raises(TimeoutError):
        await ada.session.post(
            f"{neo.url}{ada.tasks()}",
            json=body,
            headers={"Authorization": f"token {ada.token}"},
            timeout=timeout,
        )
    assert len(neo.tasks) == 1


async def test_a_hanging_request_never_answers_and_does_not_hold_up_the_shutdown() -> None:
    async with NeoSandbox() as neo, calling(neo) as ada:
        neo.faults.add("get_user", Hang())
        with pytest.raises(TimeoutError):
            await ada.session.get(f"{neo.url}/api/user", timeout=aiohttp.ClientTimeout(total=0.1))


async def test_a_fault_can_be_meant_for_certain_requests_only(
    neo: NeoSandbox, ada: NeoCaller
) -> None:
    spared, struck = await idle_task(ada), await idle_task(ada)
    neo.faults.add("get_task", Conflict(), times=2, where=lambda r: r.task_id == struck)
    assert (await ada.call("GET", ada.tasks(spared))).status == 200
    assert [(await ada.call("GET", ada.tasks(struck))).status for _ in range(3)] == [409, 409, 200]
    assert len(neo.faults) == 0
