"""Pulumi's own generated client and models judge what the sandbox sends and takes."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# (the judge is generated code without type information)

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import pytest
from pulumi_cloud_sdk import ApiClient, Configuration, default_encoder, models
from pulumi_cloud_sdk.apis.ai_agents_api_ import AI_AgentsApi
from pulumi_cloud_sdk.apis.neo_api_ import NeoApi
from pulumi_cloud_sdk.apis.users_api_ import UsersApi

from bot.sandbox import NeoSandbox
from bot.sandbox.neo import bodies, events
from bot.sandbox.neo.library import shipped
from bot.sandbox.neo.refusal import Refusal
from neo_caller import SOME_TIME, NeoCaller, calling
from support import wait_until

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
async def neo() -> AsyncGenerator[NeoSandbox]:
    async with NeoSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def ada(neo: NeoSandbox) -> AsyncGenerator[NeoCaller]:
    async with calling(neo) as caller:
        yield caller


def understood(wire: dict[str, Any], model: str) -> dict[str, Any]:
    """Return what Pulumi's models keep of a JSON object; they refuse what lacks a field."""
    kept = default_encoder.sanitize_for_serialization(default_encoder.deserialize(wire, model))
    return json.loads(json.dumps(kept))


def lost(sent: Any, kept: Any, path: str = "") -> list[str]:
    """Return the paths in `sent` that are not in `kept`, nulls aside."""
    if isinstance(sent, dict):
        pairs: list[tuple[str, Any]] = [(str(k), v) for k, v in sent.items() if v is not None]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        missing = [f"{path}.{key}" for key, _ in pairs if key not in kept]
        inner = [lost(v, kept[k], f"{path}.{k}") for k, v in pairs if k in kept]
        return missing + [line for lines in inner for line in lines]
    return []


def sdk(neo: NeoSandbox) -> ApiClient:
    configuration = Configuration()
    configuration.host = neo.url
    configuration.access_token = neo.token
    return ApiClient(configuration)


BUILT = [
    events.assistant_message("hi", [events.tool_call("a__b", {"x": 1})], is_final=True),
    events.assistant_message("hi", [events.tool_call("a__b", execution_mode="cli")]),
    events.todo_list([{"content": "one", "status": "pending"}]),
    events.exec_tool_call("t1", "a__b", {"x": 1}),
    events.exec_tool_call("t1", "a__b"),
    events.exec_tool_call_progress("t1", "half", {"done": 1}),
    events.tool_response("t1", "a__b", {"rows": [1]}, is_error=True),
    events.user_approval_request(
        "?",
        sensitivity="sensitive",
        buttons=["Yes", "No"],
        tool_name="pulumi__up",
        git_diff={"a": "+1"},
        last_approval_diff={"a": "+2"},
    ),
    events.question("?"),
    events.plan_exit("?", "# plan"),
    events.awaiting_approvals(),
    events.set_task_name("n"),
    events.pull_request(org="acme", repo="shop", number=7),
    events.change_entities(remove=[{"type": "stack", "name": "prod", "project": "shop"}]),
    events.context_compression_event("compressed", message="m", context_summary="s"),
    events.warning("w"),
    events.error("e"),
    events.cancelled(operation_was_running=False),
    events.provide_pulumi_access_token(),
]


@pytest.mark.parametrize("body", BUILT, ids=lambda body: body["type"])
async def test_every_built_event_is_understood_without_loss(
    neo: NeoSandbox, ada: NeoCaller, body: dict[str, Any]
) -> None:
    neo.manual = True
    task_id = await ada.create("hello")
    await neo.emit(task_id, body)
    for event in neo.tasks[task_id].events:
        assert lost(event, understood(event, "AgentConsoleEvent")) == []


def test_every_backend_event_that_pulumi_knows_has_a_builder() -> None:
    known = set(models.AgentBackendEvent.compute_discriminator_closure())
    assert {body["type"] for body in BUILT} == known


def test_the_judge_refuses_an_event_that_lacks_a_field() -> None:
    body = {"type": "warning", "timestamp": SOME_TIME}
    with pytest.raises(ValueError, match="message"):
        understood(
            {"type": "agentResponse", "id": "1", "isSynthetic": False, "eventBody": body},
            "AgentConsoleEvent",
        )


@pytest.mark.parametrize("prompt", ["hello", *(s.prompt for s in shipped() if s.prompt)])
@pytest.mark.parametrize("mode", ["manual", "auto"])
async def test_every_event_and_task_of_the_shipped_scripts_is_understood(
    neo: NeoSandbox, ada: NeoCaller, prompt: str, mode: str
) -> None:
    task_id = await ada.create(prompt, approvalMode=mode)
    task = neo.tasks[task_id]
    while True:
        await wait_until(lambda: not task.running, "the agent stops")
        if not task.open_approvals:
            break
        await ada.confirm(task_id, next(iter(task.open_approvals)), ok=True, instructions="yes")
    for event in task.events:
        assert lost(event, understood(event, "AgentConsoleEvent")) == []
    shown = (await ada.call("GET", ada.tasks(task_id))).body
    assert lost(shown, understood(shown, "AgentTask")) == []


ACCEPTED = [
    {"type": "user_message", "content": "hi", "timestamp": SOME_TIME},
    {
        "type": "user_message",
        "content": "hi",
        "timestamp": SOME_TIME,
        "entity_diff": {
            "add": [
                {"type": "stack", "name": "prod", "project": "shop"},
                {"type": "repository", "name": "shop", "org": "acme", "forge": "github"},
            ],
            "remove": [{"type": "policy_issue", "id": "i1"}],
        },
    },
    events.user_confirmation("a1", ok=False, timestamp=SOME_TIME, instructions="no"),
    events.user_cancel(timestamp=SOME_TIME),
    {
        "type": "tool_result",
        "timestamp": SOME_TIME,
        "tool_results": [{"tool_call_id": "t", "name": "n", "content": 1, "is_error": False}],
    },
    {"type": "exec_tool_call", "timestamp": SOME_TIME, "tool_call_id": "t", "name": "n"},
]


@pytest.mark.parametrize("event", ACCEPTED, ids=lambda event: event["type"])
def test_every_accepted_user_event_is_one_of_pulumis(event: dict[str, Any]) -> None:
    body = {"event": event}
    bodies.read(bodies.Respond, body)
    assert lost(body, understood(body, "AgentRespondToTaskRequest")) == []


def test_every_accepted_create_request_is_pulumis() -> None:
    body = {
        "message": ACCEPTED[1],
        "approvalMode": "balanced",
        "permissionMode": "read-only",
        "planMode": True,
        "toolExecutionMode": "cloud",
        "source": "slack",
        "enabledIntegrations": [{"id": "datadog"}],
        "cliIntegrations": [{"catalogId": "aws", "name": "main"}],
        "role": "r1",
        "agentDefinitionId": "d1",
    }
    bodies.read(bodies.CreateTask, body)
    assert lost(body, understood(body, "CreateAgentTaskRequest")) == []
    aliases = {field.alias for field in bodies.CreateTask.model_fields.values()}
    assert aliases == set(body) == set(models.CreateAgentTaskRequest.__attribute_map__.values())


def test_what_the_models_refuse_the_sandbox_refuses_too() -> None:
    for event in ({"type": "user_song", "timestamp": SOME_TIME}, {"type": "user_message"}):
        with pytest.raises(ValueError, match=r"unknown type|must not be"):
            understood({"event": event}, "AgentRespondToTaskRequest")
        with pytest.raises(Refusal):
            bodies.read(bodies.Respond, {"event": event})


async def test_pulumis_client_drives_a_task_from_start_to_end(neo: NeoSandbox) -> None:
    await asyncio.to_thread(drive, sdk(neo), neo)


def drive(client: ApiClient, neo: NeoSandbox) -> None:
    """Start, read, rename, ask, fail to ask, list and cancel, as a synchronous program would."""
    api, org = AI_AgentsApi(client), neo.org
    message = models.AgentUserEventMessage(timestamp=NOW, content="do it")
    neo.manual = True
    created = api.create_tasks(org, models.CreateAgentTaskRequest(message=message))
    task_id = str(created.task_id)
    with pytest.raises(HTTPError) as busy:
        api.respond_to_task(org, task_id, models.AgentRespondToTaskRequest(event=message))
    assert busy.value.code == 409
    busy.value.close()
    api.cancel_task(org, task_id, models.CancelAgentTaskRequest(force=True))
    api.respond_to_task(org, task_id, models.AgentRespondToTaskRequest(event=message))
    update = models.UpdateTaskRequest(name="renamed", is_shared=True)
    assert api.update_task(org, task_id, update).is_shared
    task = api.get_task(org, task_id)
    assert (task.name, str(task.status), task.created_by.github_login) == (
        "renamed",
        "running",
        "ada",
    )
    listed = api.list_tasks(org, page_size=1, sort_by=models.AgentTaskSortField.LastEvent)
    assert [t.id for t in listed.tasks] == [task_id]
    page: Any = api.get_task_events(org, task_id, page_size=2)
    assert [type(e.event_body) for e in page.events] == [
        models.AgentUserEventMessage,
        models.AgentBackendEventCancelledMessage,
    ]
    rest: Any = api.get_task_events(org, task_id, continuation_token=page.continuation_token)
    assert [e.event_body.timestamp for e in rest.events] == [NOW]


async def test_pulumis_client_reads_the_user_and_the_budget(neo: NeoSandbox) -> None:
    neo.token_budget = {
        "windowKind": "trial",
        "baseAllowanceTokens": 1000,
        "effectiveAllowanceTokens": 1000,
        "consumedTokens": 10,
        "windowEnd": 0,
        "exhausted": False,
    }
    user = await asyncio.to_thread(UsersApi(sdk(neo)).get_current_user)
    assert (user.github_login, [str(o.github_login) for o in user.organizations]) == (
        "ada",
        ["acme"],
    )
    budget = await asyncio.to_thread(NeoApi(sdk(neo)).get_org_neo_token_budget, neo.org)
    assert budget.consumed_tokens == 10
