"""Neo's endpoints as methods. Every call acts as an identity that is passed in.

Safe requests (GET) are made again within a budget; others never: there are no idempotency keys, so
after an unknown outcome (`NeoUnavailable.accepted`, or any answer that could not be read) the
caller has to look whether the request arrived. Facts: Pulumi's API description.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import TypeVar
from urllib.parse import quote, urlsplit

import structlog
from pydantic import BaseModel, ValidationError

from bot.clock import Clock, Sleep
from bot.errors import NeoError, NeoProtocolError, NeoRejected, TaskGone
from bot.ids import EventId, TaskId
from bot.neo.decode import decode_listed_event
from bot.neo.dialects import load_json
from bot.neo.events import StreamedEvent
from bot.neo.http import Frame, NeoHttp, open_http
from bot.neo.identity import Identity
from bot.neo.retry import delay
from bot.neo.wire import (
    CancelTaskRequest,
    CreateTaskResponse,
    CurrentUser,
    EventPage,
    Task,
    TaskPage,
    TokenBudget,
    UpdateTaskRequest,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REQUEST_SECONDS = 30.0
"""The longest that one request may take, unless the caller says otherwise."""

CREATE_SECONDS = 120.0
"""As above for a new task: a cold start takes tens of seconds."""

RETRY_BUDGET_SECONDS = 60.0
"""No safe request is begun again later than this after its first attempt."""

EVENTS_PER_PAGE = 100
"""Small pages: one event can hold megabytes."""

_Answer = TypeVar("_Answer", bound=BaseModel)


class NeoClient:
    """The agent tasks of one organisation; made by `open_neo`."""

    def __init__(  # noqa: PLR0913  all are what every method needs
        self, http: NeoHttp, *, base_url: str, org: str, clock: Clock, sleep: Sleep, rng: Random
    ) -> None:
        self._http = http
        self._base_url = base_url
        self.org = org
        self._clock = clock
        self._sleep = sleep
        self._rng = rng

    async def create_task(
        self,
        identity: Identity,
        body: str | bytes,
        *,
        timeout: float = CREATE_SECONDS,  # noqa: ASYNC109  becomes an `asyncio.timeout` in http
    ) -> TaskId:
        """Start a task from `wire.create_body(...)`, sent byte for byte.

        Raises any `NeoError`; after a `NeoProtocolError` the task exists, but is not known by id.
        """
        answer = await self._send(identity, "POST", self._tasks(), body, timeout)
        return _read(CreateTaskResponse, answer).task_id

    async def respond(
        self,
        identity: Identity,
        task_id: TaskId,
        body: str | bytes,
        *,
        timeout: float = REQUEST_SECONDS,  # noqa: ASYNC109  as above
    ) -> None:
        """Send a user event from `wire.respond_body(...)`, byte for byte.

        Raises `TaskBusy` while a request is ongoing, and any other `NeoError`.
        """
        await self._send(identity, "POST", self._task(task_id), body, timeout)

    async def update_task(
        self, identity: Identity, task_id: TaskId, update: UpdateTaskRequest
    ) -> Task:
        """Change a task's settings and return it; only its creator may."""
        body = update.frozen_json()
        answer = await self._send(identity, "PATCH", self._task(task_id), body, REQUEST_SECONDS)
        return _read(Task, answer)

    async def force_cancel(self, identity: Identity, task_id: TaskId) -> None:
        """Kill the task's runtime session and set it to idle; `TaskBusy` if that failed.

        The graceful way is a `UserCancel` through `respond`.
        """
        body = CancelTaskRequest().frozen_json()
        path = f"{self._task(task_id)}/cancel"
        await self._send(identity, "POST", path, body, REQUEST_SECONDS)

    async def get_task(self, identity: Identity, task_id: TaskId) -> Task:
        """Return a task's settings and vital signs."""
        return _read(Task, await self._get(identity, self._task(task_id)))

    async def list_tasks(
        self,
        identity: Identity,
        *,
        page_size: int = 100,
        continuation_token: str | None = None,
        sort_by: str = "lastEvent",
        sort_direction: str = "desc",
    ) -> TaskPage:
        """Return one page (1 to 1000) of the tasks that the identity sees."""
        params = _page(page_size, continuation_token)
        params |= {"sortBy": sort_by, "sortDirection": sort_direction}
        return _read(TaskPage, await self._get(identity, self._tasks(), params))

    async def list_events(
        self,
        identity: Identity,
        task_id: TaskId,
        *,
        page_size: int = EVENTS_PER_PAGE,
        continuation_token: str | None = None,
    ) -> tuple[list[StreamedEvent], str | None]:
        """Return one page of a task's events, oldest first, and the next page's token or None."""
        params = _page(page_size, continuation_token)
        answer = await self._get(identity, f"{self._task(task_id)}/events", params)
        page = _read(EventPage, answer)
        events = [decode_listed_event(item) for item in page.events or ()]
        return events, page.continuation_token or None

    async def all_events(
        self, identity: Identity, task_id: TaskId
    ) -> AsyncGenerator[StreamedEvent]:
        """Yield all of a task's events so far, oldest first."""
        token: str | None = None
        seen: set[str] = set()
        while True:
            events, token = await self.list_events(identity, task_id, continuation_token=token)
            for event in events:
                yield event
            if token is None:
                return
            if token in seen:
                raise NeoProtocolError("the event list runs in a circle")
            seen.add(token)

    async def token_budget(self, identity: Identity) -> TokenBudget | None:
        """Return how much of Neo the organisation may use; None without a cap."""
        try:
            answer = await self._get(identity, f"/api/orgs/{_segment(self.org)}/neo/token-budget")
        except TaskGone:
            return None
        return _read(TokenBudget, answer)

    async def current_user(self, identity: Identity) -> CurrentUser:
        """Return whose token the identity holds; `NeoUnauthorized` if it is nobody's."""
        return _read(CurrentUser, await self._get(identity, "/api/user"))

    @asynccontextmanager
    async def open_stream(
        self, identity: Identity, task_id: TaskId, cursor: EventId | None, *, silence: float
    ) -> AsyncGenerator[AsyncIterator[list[Frame]]]:
        """Open a task's event stream once, after `cursor`; `bot.neo.stream.follow` keeps it open.

        See `NeoHttp.stream`.
        """
        async with self._http.stream(
            f"{self._task(task_id)}/events/stream",
            token=await identity.token(),
            last_event_id=cursor or "",
            silence=silence,
        ) as frames:
            yield frames

    @property
    def console_host(self) -> str | None:
        """The host of Pulumi's console, with its port; None where it cannot be told."""
        host = urlsplit(self._base_url).netloc
        return "app." + host.removeprefix("api.") if host.startswith("api.") else None

    def console_url(self, task_id: TaskId) -> str | None:
        """Return the task's page in Pulumi's console; None where its host cannot be told."""
        if (host := self.console_host) is None:
            return None
        scheme = urlsplit(self._base_url).scheme
        return f"{scheme}://{host}/{_segment(self.org)}/neo/tasks/{_segment(task_id)}"

    async def _get(
        self, identity: Identity, path: str, params: Mapping[str, str] | None = None
    ) -> bytes:
        deadline = self._clock.monotonic() + RETRY_BUDGET_SECONDS
        for attempt in count(1):
            token = await identity.token()
            try:
                return await self._http.request(
                    "GET", path, token=token, params=params, seconds=REQUEST_SECONDS
                )
            except NeoError as error:
                seconds = delay(error, attempt, safe=True, rng=self._rng)
                if seconds is None or self._clock.monotonic() + seconds > deadline:
                    raise
                log.info("neo_asked_again", path=path, why=str(error), seconds=round(seconds, 1))
            await self._sleep(seconds)
        raise AssertionError("count() has no end")

    async def _send(
        self, identity: Identity, method: str, path: str, body: str | bytes, seconds: float
    ) -> bytes:
        token = await identity.token()
        return await self._http.request(method, path, token=token, body=body, seconds=seconds)

    def _tasks(self) -> str:
        return f"/api/preview/agents/{_segment(self.org)}/tasks"

    def _task(self, task_id: TaskId) -> str:
        return f"{self._tasks()}/{_segment(task_id)}"


@asynccontextmanager
async def open_neo(
    base_url: str, org: str, *, clock: Clock, sleep: Sleep, rng: Random
) -> AsyncGenerator[NeoClient]:
    """Open a client for `org` at the service at `base_url`, such as `https://api.pulumi.com`.

    Raises `ConfigurationProblem` for a proxy that cannot be used.
    """
    async with open_http(base_url, clock) as http:
        yield NeoClient(http, base_url=base_url, org=org, clock=clock, sleep=sleep, rng=rng)


def _segment(name: str) -> str:
    """Return `name` as one segment of a path, whatever it holds.

    Raises `NeoRejected` for what would name another path.
    """
    if name in {"", ".", ".."}:
        raise NeoRejected(f"not a name: {name!r}")
    return quote(name, safe="")


def _page(page_size: int, continuation_token: str | None) -> dict[str, str]:
    params = {"pageSize": str(page_size)}
    return params | {"continuationToken": continuation_token} if continuation_token else params


def _read(model: type[_Answer], body: bytes) -> _Answer:
    """Return an answer's body as `model`.

    Raises `NeoProtocolError` when it is not of that shape, without quoting it.
    """
    try:
        return model.model_validate(load_json(body))
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise NeoProtocolError(f"{model.__name__} with odd {', '.join(fields)[:200]}") from None
    except ValueError:
        raise NeoProtocolError("the answer is not JSON") from None
