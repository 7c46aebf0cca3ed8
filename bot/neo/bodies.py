"""What an event of Neo's stream says, as pydantic models of its JSON, names unchanged.

By far the most frequent input, so: no validators in Python, a plain `type` discriminator, and no
fields that nobody reads (a tool's output can be megabytes). Fields that Neo may leave out or send
as null are optional; `bot.neo.decode` gives them their meaning.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

JsonObject = dict[str, object]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class FunctionCall(_Body):
    """A tool call in the older dialect; `arguments` is JSON in a string."""

    name: str
    arguments: str | JsonObject | None = None


class ToolCallBody(_Body):
    """A tool call of either dialect: `name` and `args`, or `function`."""

    id: str | None = None
    name: str | None = None
    args: JsonObject | None = None
    execution_mode: str | None = None
    function: FunctionCall | None = None


class AssistantMessage(_Body):
    """See `AssistantSaid`."""

    type: Literal["assistant_message"]
    content: str | None = None
    tool_calls: list[ToolCallBody] | None = None
    is_final: bool | None = None


class ExecToolCall(_Body):
    """See `ToolStarted`."""

    type: Literal["exec_tool_call"]
    tool_call_id: str | None = None
    name: str | None = None
    args: JsonObject | None = None


class ExecToolCallProgress(_Body):
    """See `ToolProgressed`; older services send `content` for `status`."""

    type: Literal["exec_tool_call_progress"]
    tool_call_id: str | None = None
    status: str | None = None
    content: object = None


class ToolResponse(_Body):
    """See `ToolFinished`."""

    type: Literal["tool_response"]
    tool_call_id: str | None = None
    name: str | None = None
    is_error: bool | None = None


class UserApprovalRequest(_Body):
    """See `ApprovalRequested`. Only the id must be sound: an odd detail must not hide a request."""

    type: Literal["user_approval_request"]
    id: Annotated[str, Field(min_length=1)]
    message: object = None
    approval_type: object = None
    sensitivity: object = None
    source: object = None
    buttons: object = None
    context: object = None


class AwaitingApprovalsMessage(_Body):
    """See `AwaitingApprovals`."""

    type: Literal["awaiting_approvals"]


class SetTaskName(_Body):
    """See `TaskRenamed`."""

    type: Literal["set_task_name"]
    name: str


class EntityChanges(_Body):
    """Entities as objects with a `type`."""

    add: list[JsonObject] | None = None
    remove: list[JsonObject] | None = None


class ChangeEntities(_Body):
    """See `EntitiesChanged`."""

    type: Literal["change_entities"]
    changes: EntityChanges | None = None


class ContextCompressionEvent(_Body):
    """See `ContextCompressed`."""

    type: Literal["context_compression_event"]
    status: str | None = None
    message: str | None = None


class WarningMessage(_Body):
    """See `Warned`."""

    type: Literal["warning"]
    message: str | None = None


class ErrorMessage(_Body):
    """See `Failed`. It ends the turn, so nothing but its type must be sound."""

    type: Literal["error"]
    message: object = None


class CancelledMessage(_Body):
    """See `Cancelled`. It ends the turn, so nothing but its type must be sound."""

    type: Literal["cancelled"]
    operation_was_running: object = None


class ProvidePulumiAccessToken(_Body):
    """Carries an encrypted token, which is not even read. See `Internal`."""

    type: Literal["provide_pulumi_access_token"]


class UserMessageEcho(_Body):
    """See `UserSaid`."""

    type: Literal["user_message"]
    content: str | None = None
    timestamp: object = None


class UserConfirmationEcho(_Body):
    """See `UserConfirmed`; a left-out `ok` is false, as Go omits it."""

    type: Literal["user_confirmation"]
    approval_request_id: str
    ok: bool | None = None
    instructions: str | None = None
    timestamp: object = None


class UserCancelEcho(_Body):
    """See `UserCancelled`."""

    type: Literal["user_cancel"]
    timestamp: object = None


class CommandLineEcho(_Body):
    """What a command-line client tells the agent about tools it ran itself. See `Internal`."""

    type: Literal["tool_result"]


EventBody = Annotated[
    AssistantMessage
    | ExecToolCall
    | ExecToolCallProgress
    | ToolResponse
    | UserApprovalRequest
    | AwaitingApprovalsMessage
    | SetTaskName
    | ChangeEntities
    | ContextCompressionEvent
    | WarningMessage
    | ErrorMessage
    | CancelledMessage
    | ProvidePulumiAccessToken
    | UserMessageEcho
    | UserConfirmationEcho
    | UserCancelEcho
    | CommandLineEcho,
    Field(discriminator="type"),
]

EVENT_BODY: TypeAdapter[EventBody] = TypeAdapter(EventBody)


class ConsoleEvent(_Body):
    """The frame around a body: `agentResponse`, `userInput` or `triggerUserInput`."""

    type: Literal["agentResponse", "userInput", "triggerUserInput"]
    id: str | None = None
    isSynthetic: bool | None = None  # noqa: N815  Neo's spelling; an alias slows the reading
    actor: object = None
    triggerInstructions: str | None = None  # noqa: N815  as above
    eventBody: EventBody  # noqa: N815  as above


CONSOLE_EVENT: TypeAdapter[ConsoleEvent] = TypeAdapter(ConsoleEvent)
