"""Each endpoint over a real connection to a scripted server."""

import pytest

from bot.errors import (
    NeoProtocolError,
    NeoRejected,
    NeoUnauthorized,
    TaskBusy,
)
from bot.ids import TaskId
from bot.neo.client import NeoClient
from bot.neo.events import TaskRenamed
from bot.neo.identity import SharedIdentity
from bot.neo.wire import UpdateTaskRequest
from neo.scripted_neo import (
    SOMEONE,
    TOKEN,
    ScriptedNeo,
    client_of,
    says,
    says_json,
)

TASK = TaskId("task-1")
PREFIX = "/api/preview/agents/acme/tasks"
BODY = '{"event":{"type":"user_message","content":"Gr\u00fc\u00dfe"}}'


async def test_a_task_is_created_with_the_very_bytes_given(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.append(says_json(201, '{"taskId": "task-1"}'))

    assert await client.create_task(SOMEONE, BODY) == "task-1"
    asked = neo.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", PREFIX, BODY.encode())
    assert asked.headers["authorization"] == f"token {TOKEN}"
    assert asked.headers["accept"] == "application/vnd.pulumi+8"
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [200, 202])
async def test_an_event_is_sent_with_the_very_bytes_given(
    neo: ScriptedNeo, client: NeoClient, status: int
) -> None:
    neo.script.append(says(status))

    await client.respond(SOMEONE, TASK, BODY.encode())

    asked = neo.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", f"{PREFIX}/task-1", BODY.encode())


async def test_a_task_is_updated_and_cancelled_by_force(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.extend([says_json(200, '{"id": "task-1", "name": "New"}'), says(200)])

    task = await client.update_task(SOMEONE, TASK, UpdateTaskRequest(name="New"))
    await client.force_cancel(SOMEONE, TASK)

    assert task.name == "New"
    asked = [(a.method, a.path, a.body) for a in neo.asked]
    assert asked == [
        ("PATCH", f"{PREFIX}/task-1", b'{"name":"New"}'),
        ("POST", f"{PREFIX}/task-1/cancel", b'{"force":true}'),
    ]


async def test_tasks_are_listed_by_page(neo: ScriptedNeo, client: NeoClient) -> None:
    neo.script.append(says_json(200, '{"tasks": [{"id": "a"}], "continuationToken": "n/2"}'))

    page = await client.list_tasks(SOMEONE, page_size=5, continuation_token="n&1")

    assert [task.id for task in page.tasks or ()] == ["a"]
    assert page.continuation_token == "n/2"
    assert neo.asked[0].query == {
        "pageSize": "5",
        "continuationToken": "n&1",
        "sortBy": "lastEvent",
        "sortDirection": "desc",
    }


def event_page(name: str, token: str) -> str:
    body = f'{{"type": "set_task_name", "name": "{name}"}}'
    event = f'{{"type": "agentResponse", "id": "{name}", "eventBody": {body}}}'
    return f'{{"events": [{event}, {{"odd": "\\ud800"}}], "continuationToken": {token}}}'


async def test_all_events_are_read_page_by_page(neo: ScriptedNeo, client: NeoClient) -> None:
    neo.script.extend(
        [says_json(200, event_page("a", '"2"')), says_json(200, event_page("b", "null"))]
    )

    events = [event async for event in client.all_events(SOMEONE, TASK)]

    names = [e.event.name for e in events if isinstance(e.event, TaskRenamed)]
    assert (names, len(events)) == (["a", "b"], 4)
    assert [asked.query.get("continuationToken") for asked in neo.asked] == [None, "2"]


async def test_an_event_list_that_runs_in_a_circle_ends(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.append(says_json(200, event_page("a", '"again"')))

    with pytest.raises(NeoProtocolError, match="circle"):
        _ = [event async for event in client.all_events(SOMEONE, TASK)]


async def test_the_token_budget_is_none_where_there_is_no_cap(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.extend([says_json(200, '{"windowKind": "trial", "exhausted": true}'), says(404)])

    budget = await client.token_budget(SOMEONE)

    assert budget is not None
    assert budget.exhausted
    assert await client.token_budget(SOMEONE) is None
    assert neo.asked[0].path == "/api/orgs/acme/neo/token-budget"


async def test_the_current_user_tells_whose_token_it_is(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.append(says_json(200, '{"githubLogin": "ada", "organizations": []}'))

    assert (await client.current_user(SOMEONE)).github_login == "ada"
    assert neo.asked[0].path == "/api/user"


async def test_a_busy_task_is_an_error_of_its_own(neo: ScriptedNeo, client: NeoClient) -> None:
    busy = "cannot respond while a request is still ongoing"
    neo.script.append(says_json(409, f'{{"code": 409, "message": "{busy}"}}'))

    with pytest.raises(TaskBusy, match=busy):
        await client.respond(SOMEONE, TASK, BODY)


@pytest.mark.parametrize("body", ["<html>hello</html>", "", "[]", '{"id": ""}', '{"id": {"a": 1}}'])
async def test_an_answer_of_another_shape_is_a_protocol_error(
    neo: ScriptedNeo, client: NeoClient, body: str
) -> None:
    neo.script.append(says(200, body))

    with pytest.raises(NeoProtocolError):
        await client.get_task(SOMEONE, TASK)
    with pytest.raises(NeoProtocolError):
        await client.create_task(SOMEONE, BODY)


async def test_a_redirect_is_not_followed_with_the_token(
    neo: ScriptedNeo, client: NeoClient
) -> None:
    neo.script.append(says(307, headers={"Location": "http://elsewhere.invalid/"}))

    with pytest.raises(NeoProtocolError):
        await client.respond(SOMEONE, TASK, BODY)
    assert len(neo.asked) == 1


async def test_no_error_holds_the_token(neo: ScriptedNeo, client: NeoClient) -> None:
    neo.script.append(says(401, f"bad token {TOKEN}"))

    with pytest.raises(NeoUnauthorized) as caught:
        await client.current_user(SOMEONE)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(SOMEONE)


async def test_a_task_id_cannot_name_another_path(neo: ScriptedNeo, client: NeoClient) -> None:
    neo.script.append(says_json(200, '{"id": "x"}'))

    await client.get_task(SOMEONE, TaskId("../a/b?c#d e"))

    assert neo.asked[0].path == f"{PREFIX}/..%2Fa%2Fb%3Fc%23d%20e"
    with pytest.raises(NeoRejected):
        await client.get_task(SOMEONE, TaskId(".."))


async def test_a_backend_below_a_path_keeps_its_path(neo: ScriptedNeo) -> None:
    neo.script.append(says_json(200, '{"githubLogin": "ada"}'))

    async with client_of(f"{neo.url}/pulumi/") as client:
        await client.current_user(SOMEONE)

    assert neo.asked[0].path == "/pulumi/api/user"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_cookies_do_not_travel_from_one_person_to_the_next(
    neo: ScriptedNeo, host: str
) -> None:
    # Both hosts, for each library's cookie jar refuses one of them anyway.
    neo.script.append(says_json(200, '{"githubLogin": "ada"}'))
    neo.script.appendleft(
        says(200, '{"githubLogin": "ada"}', headers={"Set-Cookie": "session=ada; Path=/"})
    )

    async with client_of(neo.url.replace("127.0.0.1", host)) as client:
        await client.current_user(SOMEONE)
        await client.current_user(SharedIdentity("pul-another-fake", "bob"))

    assert "cookie" not in neo.asked[1].headers
    assert neo.asked[1].headers["authorization"] == "token pul-another-fake"


@pytest.mark.parametrize(
    ("backend", "page"),
    [
        ("https://api.pulumi.com", "https://app.pulumi.com/acme/neo/tasks/task-1"),
        ("https://api.acme.example:8443/", "https://app.acme.example:8443/acme/neo/tasks/task-1"),
        ("https://pulumi.acme.example", None),
    ],
)
async def test_the_console_is_linked_where_its_host_can_be_told(
    backend: str, page: str | None
) -> None:
    async with client_of(backend) as client:
        assert client.console_url(TASK) == page
