"""Neo's endpoints: each reads a request, asks the sandbox, and words the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from aiohttp import web

from bot.sandbox.neo.bodies import CancelTask, CreateTask, Respond, UpdateTask, read
from bot.sandbox.neo.door import STREAM, Call, Door, Handler
from bot.sandbox.neo.refusal import Refusal
from bot.sandbox.neo.state import NeoUser, TaskState

AGENTS = "/api/preview/agents/{org}"
TASK = AGENTS + "/tasks/{task}"
ItemT = TypeVar("ItemT")

SORT_KEYS = {
    "lastEvent": "last_event_at",
    "created": "created_at",
    "status": "status",
    "name": "name",
    "tokensUsed": "tokens_used",
}
"""Neo's `sortBy` words and our fields."""


class Service(Protocol):
    """What the endpoints need of the sandbox; each method may raise `Refusal`."""

    org: str
    tasks: dict[str, TaskState]
    token_budget: dict[str, Any] | None

    def create(self, body: CreateTask, raw: dict[str, Any], user: NeoUser) -> TaskState:
        """Start a task with its first message, `raw` as sent."""
        ...

    def accept(self, task: TaskState, event: dict[str, Any], user: NeoUser) -> str:
        """Take a user event, as sent, and return the id of its echo."""
        ...

    def update(self, task: TaskState, body: UpdateTask) -> None:
        """Change settings."""
        ...

    def force_cancel(self, task: TaskState) -> None:
        """Kill the agent's session."""
        ...

    async def stream(self, call: Call, task: TaskState) -> web.StreamResponse:
        """Serve an event stream until it ends."""
        ...


@dataclass(frozen=True, slots=True)
class Routes:
    """Handlers of every endpoint, bound to a sandbox."""

    service: Service

    def add_to(self, app: web.Application, door: Door) -> None:
        """Register every endpoint behind the door; anything else is a 404 that is noted too."""
        table: list[tuple[str, str, str, Handler]] = [
            ("POST", AGENTS + "/tasks", "create_task", self.create_task),
            ("GET", AGENTS + "/tasks", "list_tasks", self.list_tasks),
            ("GET", TASK, "get_task", self.get_task),
            ("POST", TASK, "respond", self.respond),
            ("PATCH", TASK, "update_task", self.update_task),
            ("POST", TASK + "/cancel", "cancel_task", self.cancel_task),
            ("GET", TASK + "/events", "list_events", self.list_events),
            ("GET", TASK + "/events/stream", STREAM, self.stream_events),
            ("GET", "/api/user", "get_user", self.get_user),
            ("GET", "/api/orgs/{org}/neo/token-budget", "token_budget", self.token_budget),
            ("*", "/{rest:.*}", "unknown", self.unknown),
        ]
        for method, path, name, handler in table:
            app.router.add_route(method, path, partial(door.pass_through, name, handler))

    async def create_task(self, call: Call) -> web.StreamResponse:
        """`POST /tasks`."""
        raw = call.json()
        task = self.service.create(read(CreateTask, raw), raw["message"], call.user)
        return web.json_response({"taskId": task.id}, status=201)

    async def list_tasks(self, call: Call) -> web.StreamResponse:
        """`GET /tasks`."""
        query = call.received.query
        visible = [t for t in self.service.tasks.values() if _may_read(t, call.user)]
        if query.get("taskType", "sync") != "sync":
            visible = []
        by = _one_of(query, "sortBy", tuple(SORT_KEYS))
        descending = _one_of(query, "sortDirection", ("desc", "asc")) == "desc"
        visible.sort(key=lambda task: getattr(task, SORT_KEYS[by]), reverse=descending)
        page, token = _page(visible, call)
        tasks = [task.as_json() for task in page]
        return web.json_response({"tasks": tasks, "continuationToken": token})

    async def get_task(self, call: Call) -> web.StreamResponse:
        """`GET /tasks/{id}`."""
        return web.json_response(self._readable(call).as_json())

    async def respond(self, call: Call) -> web.StreamResponse:
        """`POST /tasks/{id}`."""
        task = self._readable(call)
        if task.owner != call.user:
            raise Refusal(403, "only the creator of a task may respond to it")
        raw = call.json()
        read(Respond, raw)
        self.service.accept(task, raw["event"], call.user)
        return web.Response(status=202)

    async def update_task(self, call: Call) -> web.StreamResponse:
        """`PATCH /tasks/{id}`."""
        task = self._own(call)
        self.service.update(task, read(UpdateTask, call.json()))
        return web.json_response(task.as_json())

    async def cancel_task(self, call: Call) -> web.StreamResponse:
        """`POST /tasks/{id}/cancel`."""
        task = self._own(call)
        if not read(CancelTask, call.json()).force:
            raise Refusal(400, "force must be true (graceful cancel is a user_cancel event)")
        self.service.force_cancel(task)
        return web.Response(status=204)

    async def list_events(self, call: Call) -> web.StreamResponse:
        """`GET /tasks/{id}/events`."""
        page, token = _page(self._readable(call).events, call)
        return web.json_response({"events": page, "continuationToken": token})

    async def stream_events(self, call: Call) -> web.StreamResponse:
        """`GET /tasks/{id}/events/stream`."""
        return await self.service.stream(call, self._readable(call))

    async def get_user(self, call: Call) -> web.StreamResponse:
        """`GET /api/user`."""
        user = call.user
        orgs = (self.service.org,) if user.organizations is None else user.organizations
        avatar = user.info()["avatarUrl"]
        answer: dict[str, Any] = {
            **user.info(),
            "id": user.login,
            "email": f"{user.login}@example.com",
            "organizations": [
                {"githubLogin": org, "name": org, "avatarUrl": avatar, "role": "member"}
                for org in orgs
            ],
            "identities": [],
            "hasMFA": True,
            "isOrgManaged": False,
            "isManagedByMultiOrg": False,
        }
        return web.json_response(answer)

    async def token_budget(self, _call: Call) -> web.StreamResponse:
        """`GET /api/orgs/{org}/neo/token-budget`."""
        if self.service.token_budget is None:
            raise Refusal(404, "no Neo-token cap applies to this organization")
        return web.json_response(self.service.token_budget)

    async def unknown(self, _call: Call) -> web.StreamResponse:
        """Answer what Neo has no endpoint for."""
        raise Refusal(404, "not found")

    def _readable(self, call: Call) -> TaskState:
        task = self.service.tasks.get(call.received.task_id)
        if task is None or not _may_read(task, call.user):
            raise Refusal(404, f"task {call.received.task_id!r} not found")
        return task

    def _own(self, call: Call) -> TaskState:
        task = self._readable(call)
        if task.owner != call.user:
            raise Refusal(404, "task not found or not owned by user")
        return task


def _may_read(task: TaskState, user: NeoUser) -> bool:
    return task.is_shared or task.owner == user


def _one_of(query: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = query.get(name, words[0])
    if word not in words:
        raise Refusal(400, f"{name} must be one of {', '.join(words)}")
    return word


def _page(items: Sequence[ItemT], call: Call) -> tuple[Sequence[ItemT], str | None]:
    query = call.received.query
    size = _number(query.get("pageSize", "100"), "pageSize must be between 1 and 1000")
    if not 1 <= size <= 1000:
        raise Refusal(400, "pageSize must be between 1 and 1000")
    start = _number(query.get("continuationToken", "0"), "invalid continuationToken")
    end = start + size
    return items[start:end], str(end) if end < len(items) else None


def _number(text: str, refusal: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, refusal)
    return int(text)
