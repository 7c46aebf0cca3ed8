"""What the agent and its users did, as a closed union of domain events.

The wire has more forms than meanings (`bot.neo.wire` reads them all); here each meaning has one
class, past tense, and `Unknown` is a member: a new event type is counted and skipped, never fatal.
Facts: Pulumi's API description and the `pulumi neo` client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.ids import ApprovalRequestId, EventId


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the agent wants to run; `name` is `server__method`."""

    id: str
    name: str
    args: Mapping[str, object] = field(default_factory=dict[str, object])
    execution_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A stack, repository, pull request or policy issue; `fields` are Neo's own."""

    type: str
    fields: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class AssistantSaid:
    """A complete message, never a delta; `content` is Markdown and may be empty."""

    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    is_final: bool = False

    @property
    def ends_turn(self) -> bool:
        """Whether the turn is over: final, and nothing waits for a command-line client."""
        return self.is_final and not any(c.execution_mode == "cli" for c in self.tool_calls)


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool runs now."""

    tool_call_id: str
    name: str
    args: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class ToolProgressed:
    """A running tool reports; `status` may be empty."""

    tool_call_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool ended. Its content is not kept: it can be megabytes and nobody shows it."""

    tool_call_id: str
    name: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """The agent pauses until `request_id` is answered."""

    request_id: ApprovalRequestId
    message: str
    approval_type: str = "general"
    sensitivity: str = "regular"
    source: str = ""
    buttons: tuple[str, ...] = ()
    tool_name: str = ""
    tool_call_id: str = ""
    git_diff: Mapping[str, str] = field(default_factory=dict[str, str])
    last_approval_diff: Mapping[str, str] | None = None
    plan: str = ""

    @property
    def is_question(self) -> bool:
        """Whether any text answers it: the `ask_user` tool, whatever the approval type says."""
        return self.tool_name == "ask_user" or self.tool_name.endswith("__ask_user")


@dataclass(frozen=True, slots=True)
class AwaitingApprovals:
    """A pause is announced; the request itself follows."""


@dataclass(frozen=True, slots=True)
class TaskRenamed:
    """The task has a new title."""

    name: str


@dataclass(frozen=True, slots=True)
class EntitiesChanged:
    """The task's context changed; an added `pull_request` is one that Neo opened."""

    added: tuple[Entity, ...] = ()
    removed: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextCompressed:
    """The agent is, or was, busy shortening its context; `status` is Neo's word."""

    status: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the person should know; the turn goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended in an error."""

    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The turn was stopped."""

    operation_was_running: bool = False


@dataclass(frozen=True, slots=True)
class UserSaid:
    """The echo of a `user_message`: ours, or typed in the console or the command line."""

    content: str
    timestamp: datetime | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class UserConfirmed:
    """The echo of a `user_confirmation`; `synthetic` when Neo's approval mode answered itself."""

    request_id: ApprovalRequestId
    ok: bool
    instructions: str = ""
    timestamp: datetime | None = None
    actor: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class UserCancelled:
    """The echo of a `user_cancel`."""

    timestamp: datetime | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Triggered:
    """An automation spoke in the user's place."""

    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Internal:
    """An event between Neo's own parts, never shown or logged beyond its type."""

    type: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event we do not know or could not read: counted, logged once per kind, skipped."""

    type: str
    reason: str


TaskEvent = (
    AssistantSaid
    | ToolStarted
    | ToolProgressed
    | ToolFinished
    | ApprovalRequested
    | AwaitingApprovals
    | TaskRenamed
    | EntitiesChanged
    | ContextCompressed
    | Warned
    | Failed
    | Cancelled
    | UserSaid
    | UserConfirmed
    | UserCancelled
    | Triggered
    | Internal
    | Unknown
)


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event with its place in the stream.

    `id` names the event itself (JSON `id`, else the SSE id, else a digest of its bytes);
    `cursor` is what to send as `Last-Event-ID` to go on after it (SSE `id:`, else JSON `id`).
    """

    id: EventId
    cursor: EventId
    event: TaskEvent
