"""What the sandbox knows of a task, and how events change it.

Status is Neo's: `running` while the agent works, `idle` when it is done *or waits for an answer*.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bot.sandbox.neo.bodies import CreateTask
from bot.sandbox.neo.events import EventBody, rfc3339

NEVER = "0001-01-01T00:00:00Z"
"""How Neo writes an instant that has not come."""


@dataclass(frozen=True, slots=True)
class NeoUser:
    """A person of Pulumi Cloud; `organizations` None means the sandbox's own."""

    login: str
    name: str
    organizations: tuple[str, ...] | None = None

    def info(self) -> dict[str, str]:
        """Return Neo's `UserInfo`."""
        avatar = f"https://avatars.example.com/{self.login}"
        return {"name": self.name, "githubLogin": self.login, "avatarUrl": avatar}


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """A user event that the task took: its body as sent, when, and from whom."""

    body: EventBody
    at: float
    login: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to an approval request."""

    ok: bool
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What a stream sends for one event, or bytes that a test put in place of one (`id` empty)."""

    id: str
    data: bytes

    def frame(self, *, with_id: bool) -> bytes:
        """Return the entry as bytes on the wire."""
        if not self.id:
            return self.data
        head = b"id: " + self.id.encode() + b"\n" if with_id else b""
        return head + b"data: " + self.data + b"\n\n"


@dataclass(slots=True)
class TaskState:
    """One task. `events` are its console events, `log` what its streams send, both in order."""

    id: str
    owner: NeoUser
    request: CreateTask
    created_at: float
    name: str
    approval_mode: str
    permission_mode: str
    plan_mode: bool
    role: str | None
    is_shared: bool = False
    shared_at: float | None = None
    running: bool = True
    tokens_used: int = 0
    turns: int = 0
    last_event_at: float = 0
    entities: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    events: list[EventBody] = field(default_factory=list[EventBody])
    log: list[LogEntry] = field(default_factory=list[LogEntry])
    user_events: list[AcceptedEvent] = field(default_factory=list[AcceptedEvent])
    open_approvals: dict[str, EventBody] = field(default_factory=dict[str, EventBody])
    running_tools: set[str] = field(default_factory=set[str])
    overrides: dict[str, Any] = field(default_factory=dict[str, Any])
    """Fields that Neo answers otherwise than they are; None leaves one out."""
    watchers: set[Callable[[], None]] = field(default_factory=set[Callable[[], None]])
    _answers: dict[str, asyncio.Future[Answer]] = field(
        default_factory=dict[str, asyncio.Future[Answer]]
    )

    @classmethod
    def create(cls, request: CreateTask, owner: NeoUser, now: float) -> "TaskState":
        """Return a new task, running, without events."""
        return cls(
            id=str(uuid4()),
            owner=owner,
            request=request,
            created_at=now,
            name=request.message.content.strip()[:60],
            approval_mode=request.approval_mode,
            permission_mode=request.permission_mode,
            plan_mode=request.plan_mode,
            role=request.role,
        )

    @property
    def status(self) -> str:
        """Return Neo's status word."""
        return "running" if self.running else "idle"

    @property
    def busy(self) -> bool:
        """Whether a new message would be refused: working, or waiting for an answer."""
        return self.running or bool(self.open_approvals)

    def record_agent(self, body: Mapping[str, Any], now: float) -> str:
        """Append an agent's event, stamped `now` if it has no timestamp, and return its id."""
        stamped = {"timestamp": rfc3339(now), **body}
        event_id = self._append({"type": "agentResponse", "eventBody": stamped}, now)
        self._follow_agent(stamped)
        return event_id

    def record_user(
        self, body: EventBody, user: NeoUser, now: float, *, synthetic: bool = False
    ) -> str:
        """Append the echo of a user event, its timestamp as the client set it; return its id."""
        echo = {"type": "userInput", "eventBody": body, "actor": user.info()}
        event_id = self._append(echo, now, synthetic=synthetic)
        if not synthetic:
            self.user_events.append(AcceptedEvent(body, now, user.login))
        self._follow_user(body)
        return event_id

    def record_bytes(self, data: bytes) -> None:
        """Put bytes into the stream's history that are no event of the task."""
        self.log.append(LogEntry("", data))
        self._wake()

    async def answer(self, request_id: str) -> Answer:
        """Wait for the answer to an approval request of this turn."""
        return await self._answers[request_id]

    def end_turn(self) -> None:
        """Make the task idle; what was open is closed."""
        self.running = False
        self.running_tools.clear()
        self.open_approvals.clear()
        for waiting in self._answers.values():
            waiting.cancel()
        self._answers.clear()

    def position_after(self, last_event_id: str) -> int:
        """Return where in `log` a stream resumes; an unknown id resumes at the start."""
        if not last_event_id:
            return 0
        found = (i for i, entry in enumerate(self.log) if entry.id == last_event_id)
        return next(found, -1) + 1

    def as_json(self) -> dict[str, Any]:
        """Return Neo's `AgentTask`."""
        answered = {**self._as_json(), **self.overrides}
        return {k: v for k, v in answered.items() if v is not None or k not in self.overrides}

    def _as_json(self) -> dict[str, Any]:
        shared_at = NEVER if self.shared_at is None else rfc3339(self.shared_at)
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "createdAt": rfc3339(self.created_at),
            "createdBy": self.owner.info(),
            "approvalMode": self.approval_mode,
            "permissionMode": self.permission_mode,
            "planMode": self.plan_mode,
            "isShared": self.is_shared,
            "sharedAt": shared_at,
            "entities": self.entities,
            "taskType": "sync",
            "source": self.request.source,
            "toolExecutionMode": self.request.tool_execution_mode,
            "runtimePhase": "running" if self.running else "ready",
            "lastHeartbeat": rfc3339(self.last_event_at),
            "contextUsedTokens": self.tokens_used,
            "contextWindowTokens": 200_000,
            "contextCompactionThresholdPercent": 80,
            "tokensUsed": self.tokens_used,
            "pendingInputCount": 0,
        } | ({} if self.role is None else {"role": self.role})

    def _append(self, event: EventBody, now: float, *, synthetic: bool = False) -> str:
        event_id = str(uuid4())
        whole = {"id": event_id, "isSynthetic": synthetic, **event}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        self.events.append(whole)
        self.log.append(LogEntry(event_id, text.encode(errors="replace")))
        self.last_event_at = now
        self._wake()
        return event_id

    def _wake(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    def _follow_agent(self, body: EventBody) -> None:
        """Lenient: a test may emit bodies that lack what they should have."""
        match body.get("type"):
            case "assistant_message":
                self._follow_message(body)
            case "exec_tool_call":
                self.running_tools.add(str(body.get("tool_call_id")))
            case "tool_response":
                self.running_tools.discard(str(body.get("tool_call_id")))
            case "user_approval_request":
                self._open(str(body.get("id")), body)
            case "set_task_name":
                self.name = str(body.get("name"))
            case "change_entities":
                self._change_entities(body.get("changes"))
            case "error" | "cancelled":
                self.end_turn()
            case _:
                pass

    def _follow_message(self, body: EventBody) -> None:
        usage: Mapping[str, Mapping[str, int]] = body.get("token_usage", {})
        self.tokens_used += sum(sum(counts.values()) for counts in usage.values())
        calls: list[EventBody] = body.get("tool_calls") or []
        for request_id in filter(None, map(old_request_id, calls)):
            self._open(request_id, body)
        if body.get("is_final") and not any(c.get("execution_mode") == "cli" for c in calls):
            self.end_turn()

    def _follow_user(self, body: EventBody) -> None:
        self._change_entities(body.get("entity_diff"))
        if body["type"] == "user_message":
            self.running = True
        elif body["type"] == "user_confirmation":
            self._settle(body)

    def _open(self, request_id: str, body: EventBody) -> None:
        self.running = False
        self.open_approvals[request_id] = body
        self._answers[request_id] = asyncio.get_running_loop().create_future()

    def _settle(self, body: EventBody) -> None:
        request = self.open_approvals.pop(body["approval_request_id"])
        self.running = not self.open_approvals
        if body["ok"] and request.get("approval_type") == "plan_exit":
            self.plan_mode = False
        answer = Answer(body["ok"], body.get("instructions") or "")
        self._answers[body["approval_request_id"]].set_result(answer)

    def _change_entities(self, diff: Mapping[str, list[EventBody] | None] | None) -> None:
        removed = (diff or {}).get("remove") or []
        added = [e for e in (diff or {}).get("add") or [] if e not in self.entities]
        self.entities = [e for e in self.entities if e not in removed] + added


def old_request_id(call: Mapping[str, Any]) -> str:
    """Return the approval request inside a tool call of the older dialect, empty if none."""
    function: Mapping[str, str] = call.get("function") or {}
    if function.get("name") != "approval_request":
        return ""
    return str(json.loads(function["arguments"])["approval_request_id"])
