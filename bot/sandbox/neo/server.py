"""`NeoSandbox`: Pulumi Neo on the loopback, with a control panel for tests and the demo."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.sandbox.faults import FaultQueue
from bot.sandbox.neo import events
from bot.sandbox.neo.agent import Agent
from bot.sandbox.neo.bodies import CreateTask, Respond, UpdateTask, UserMessage, read
from bot.sandbox.neo.door import Call, Door, Received
from bot.sandbox.neo.events import EventBody
from bot.sandbox.neo.library import ScriptLibrary
from bot.sandbox.neo.refusal import Refusal
from bot.sandbox.neo.routes import Routes
from bot.sandbox.neo.rules import check_entities, check_event, check_message, settles_itself
from bot.sandbox.neo.state import NeoUser, TaskState
from bot.sandbox.neo.streams import EventStream

FAKE_TOKEN = "pul-fake-token"  # noqa: S105 - opens nothing but this sandbox
BODY_LIMIT = 16 * 2**20
SHUTDOWN_SECONDS = 0.1
"""How long a request may go on after the end before it is cancelled; hung ones would for ever."""


class NeoSandbox:
    """A Neo server for one organisation, in memory; use it as an asynchronous context manager.

    `tokens` says who holds which access token and may be changed while it runs. `pace` multiplies
    the delays of scripts (0: as fast as possible), and may be changed too; `keep_alive` is in
    seconds.
    """

    def __init__(
        self,
        *,
        org: str = "acme",
        tokens: Mapping[str, NeoUser] | None = None,
        clock: Clock | None = None,
        pace: float = 1.0,
        keep_alive: float = 15.0,
    ) -> None:
        self.org = org
        self.tokens = dict(tokens or {FAKE_TOKEN: NeoUser("ada", "Ada Lovelace")})
        self.pace = pace
        self.keep_alive = keep_alive
        self.scripts = ScriptLibrary()
        self.tasks: dict[str, TaskState] = {}
        self.manual = False
        """No script plays for turns that begin now: the test emits."""
        self.cancel_waits_for_tools = True
        """A `user_cancel` is refused with 409 while a tool runs, as Neo does."""
        self.hidden_stacks: set[str] = set()
        """Stacks, `project/name`, that nobody can see: adding one is refused."""
        self.token_budget: dict[str, Any] | None = None
        """What the token budget endpoint answers; None is its 404, "no cap"."""
        self.ignores_cancels = False
        """Cancels are accepted, and the turn goes on."""
        self.forget_last_event_id = False
        """Streams that open now replay everything."""
        self.omit_sse_ids = False
        """Frames sent now carry no `id:` line."""
        self._silent_streams = False
        self._stream_refusal: int | None = None
        self._streams: set[EventStream] = set()
        self._agents: dict[str, Agent] = {}
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._crashes: list[BaseException] = []
        self._clock = clock or SystemClock()
        self._door = Door(org, self.tokens, self._clock)
        self._runner: web.AppRunner | None = None
        self._url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_LIMIT)
        Routes(self).add_to(app, self._door)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut_streams()
        turns = tuple(self._turns.values())
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
        assert self._runner is not None
        await self._runner.cleanup()
        if self._crashes:
            raise self._crashes[0]  # a broken script is shown to the test that ran it

    @property
    def url(self) -> str:
        """The server's base URL, without a slash at the end."""
        return self._url

    @property
    def token(self) -> str:
        """The first access token."""
        return next(iter(self.tokens))

    @property
    def received(self) -> list[Received]:
        """Every request so far."""
        return self._door.received

    @property
    def faults(self) -> FaultQueue[Received]:
        """Misfortunes to come, by route name (`create_task`, ...: see `bot.sandbox.neo.routes`)."""
        return self._door.faults

    @property
    def silent_streams(self) -> bool:
        """Whether streams send nothing, not even keep-alives; events are held back for later."""
        return self._silent_streams

    @silent_streams.setter
    def silent_streams(self, silent: bool) -> None:
        self._silent_streams = silent
        for stream in self._streams:
            stream.wake()

    def open_streams(self, task_id: str | None = None) -> int:
        """Return how many streams are open, of one task or of all."""
        return len(self._streams_of(task_id))

    def cut_streams(self, task_id: str | None = None, *, cleanly: bool = False) -> int:
        """End open streams, by a reset or `cleanly`, and return how many there were."""
        streams = self._streams_of(task_id)
        for stream in streams:
            stream.cut(cleanly=cleanly)
        return len(streams)

    def refuse_streams(self, status: int | None) -> None:
        """Answer every new stream with `status` from now on; None ends that."""
        self._stream_refusal = status

    async def emit(self, task_id: str, body: Mapping[str, Any]) -> str:
        """Emit an agent's event, stamped with the time if it is not; return its id."""
        return self._emit(self.tasks[task_id], body)

    async def emit_raw(self, task_id: str, data: bytes) -> None:
        """Put bytes into the task's streams, also later ones; a frame ends in a blank line."""
        self.tasks[task_id].record_bytes(data)

    async def type_in_console(self, task_id: str, event: EventBody) -> str:
        """Let the task's owner act in the console: the rules are the API's; return the echo's id.

        Raises `Refusal` where the console would say no.
        """
        task = self.tasks[task_id]
        return self.accept(task, {"timestamp": self._now(), **event}, task.owner)

    def create(self, body: CreateTask, raw: dict[str, Any], user: NeoUser) -> TaskState:
        """Start a task with its first message, `raw` as sent.

        Raises `Refusal` (400).
        """
        check_message(body.message)
        check_entities(body.message.entity_diff, self.hidden_stacks)
        task = TaskState.create(body, user, self._clock.now())
        self.tasks[task.id] = task
        task.record_user(raw, user, self._clock.now())
        self._begin_turn(task, body.message.content)
        return task

    def accept(self, task: TaskState, event: dict[str, Any], user: NeoUser) -> str:
        """Take a user event, as sent, and return the id of its echo.

        Raises `Refusal` (400, 409).
        """
        parsed = read(Respond, {"event": event}).event
        check_event(task, parsed, cancel_waits_for_tools=self.cancel_waits_for_tools)
        check_entities(parsed.entity_diff, self.hidden_stacks)
        event_id = task.record_user(event, user, self._clock.now())
        if isinstance(parsed, UserMessage):
            self._begin_turn(task, parsed.content)
        elif parsed.type == "user_cancel" and not self.ignores_cancels:
            self._cancel_turn(task)
        return event_id

    def update(self, task: TaskState, body: UpdateTask) -> None:
        """Change the task's settings.

        Raises `Refusal` (400) for a bad name.
        """
        name = task.name if body.name is None else body.name.strip()
        if not 1 <= len(name) <= 255:
            raise Refusal(400, "name must be between 1 and 255 characters")
        task.name = name
        task.approval_mode = body.approval_mode or task.approval_mode
        task.permission_mode = body.permission_mode or task.permission_mode
        task.role = task.role if body.role is None else body.role
        if body.is_shared is not None:
            task.is_shared = body.is_shared
            task.shared_at = self._clock.now() if body.is_shared else task.shared_at

    def force_cancel(self, task: TaskState) -> None:
        """Kill the agent's session; the task is idle."""
        self._cancel_turn(task)

    async def stream(self, call: Call, task: TaskState) -> web.StreamResponse:
        """Serve an event stream until it is cut or the client leaves.

        Raises `Refusal` while streams are refused.
        """
        if self._stream_refusal is not None:
            raise Refusal(self._stream_refusal, "event streams are refused")
        stream = EventStream(call.request, task, self)
        self._streams.add(stream)
        try:
            return await stream.serve(opened=lambda: setattr(call.received, "outcome", "200"))
        finally:
            self._streams.discard(stream)

    def _emit(self, task: TaskState, body: Mapping[str, Any]) -> str:
        event_id = task.record_agent(body, self._clock.now())
        if body.get("type") == "user_approval_request" and settles_itself(task, dict(body)):
            yes = events.user_confirmation(body["id"], ok=True, timestamp=self._now())
            task.record_user(yes, task.owner, self._clock.now(), synthetic=True)
        return event_id

    def _begin_turn(self, task: TaskState, message: str) -> None:
        self._stop_turn(task)
        if self.manual:
            return
        agent = self._agents.get(task.id) or self._hire(task)
        turn = asyncio.create_task(agent.play(message))
        turn.add_done_callback(self._note_crash)
        self._turns[task.id] = turn

    def _hire(self, task: TaskState) -> Agent:
        """Return the agent that plays every turn of this task."""
        script = self.scripts.choose(task.request.message.content)
        agent = Agent(task, script, lambda body: self._emit(task, body), lambda: self.pace)
        self._agents[task.id] = agent
        return agent

    def _note_crash(self, turn: asyncio.Task[None]) -> None:
        crash = None if turn.cancelled() else turn.exception()
        if crash is not None:
            self._crashes.append(crash)

    def _stop_turn(self, task: TaskState) -> None:
        turn = self._turns.pop(task.id, None)
        if turn is not None:
            turn.cancel()

    def _cancel_turn(self, task: TaskState) -> None:
        self._stop_turn(task)
        self._emit(task, events.cancelled(operation_was_running=task.running))

    def _streams_of(self, task_id: str | None) -> list[EventStream]:
        return [s for s in self._streams if task_id is None or s.task.id == task_id]

    def _now(self) -> str:
        return events.rfc3339(self._clock.now())
