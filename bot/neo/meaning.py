"""What each body of Neo's stream means: `bot.neo.bodies` to `bot.neo.events`. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from bot.ids import ApprovalRequestId
from bot.neo.bodies import (
    AssistantMessage,
    AwaitingApprovalsMessage,
    CancelledMessage,
    ChangeEntities,
    CommandLineEcho,
    ContextCompressionEvent,
    ErrorMessage,
    EventBody,
    ExecToolCall,
    ExecToolCallProgress,
    FunctionCall,
    JsonObject,
    ProvidePulumiAccessToken,
    SetTaskName,
    ToolCallBody,
    ToolResponse,
    UserApprovalRequest,
    UserCancelEcho,
    UserConfirmationEcho,
    UserMessageEcho,
    WarningMessage,
)
from bot.neo.dialects import as_object, load_json
from bot.neo.events import (
    ApprovalRequested,
    AssistantSaid,
    AwaitingApprovals,
    Cancelled,
    ContextCompressed,
    EntitiesChanged,
    Entity,
    Failed,
    Internal,
    TaskEvent,
    TaskRenamed,
    ToolCall,
    ToolFinished,
    ToolProgressed,
    ToolStarted,
    Unknown,
    UserCancelled,
    UserConfirmed,
    UserSaid,
    Warned,
)

UserEcho = UserMessageEcho | UserConfirmationEcho | UserCancelEcho
ToolBody = ExecToolCall | ExecToolCallProgress | ToolResponse


def meaning_of(  # noqa: C901, PLR0911  one line for each type is as plain as it gets
    body: EventBody, *, actor: str = "", synthetic: bool = False
) -> TaskEvent:
    """Return what `body` means; `actor` and `synthetic` come from the frame around it."""
    match body:
        case AssistantMessage():
            return _assistant(body)
        case ExecToolCall() | ExecToolCallProgress() | ToolResponse():
            return _tool(body)
        case UserApprovalRequest():
            return _approval(body)
        case UserMessageEcho() | UserConfirmationEcho() | UserCancelEcho():
            return _user(body, actor=actor, synthetic=synthetic)
        case AwaitingApprovalsMessage():
            return AwaitingApprovals()
        case SetTaskName():
            return TaskRenamed(body.name)
        case ChangeEntities():
            return _entities(body)
        case ContextCompressionEvent():
            return ContextCompressed(body.status or "", body.message or "")
        case WarningMessage():
            return Warned(body.message or "")
        case ErrorMessage():
            return Failed(_text(body.message))
        case CancelledMessage():
            return Cancelled(operation_was_running=body.operation_was_running is True)
        case ProvidePulumiAccessToken() | CommandLineEcho():
            return Internal(body.type)


def _assistant(body: AssistantMessage) -> TaskEvent:
    calls = body.tool_calls or ()
    for call in calls:
        if call.function and call.function.name == "approval_request":
            return _embedded_approval(body.content or "", call.function)
    return AssistantSaid(
        content=body.content or "",
        tool_calls=tuple(_tool_call(call) for call in calls),
        is_final=bool(body.is_final),
    )


def _tool_call(call: ToolCallBody) -> ToolCall:
    if call.function is None:
        return ToolCall(call.id or "", call.name or "", call.args or {}, call.execution_mode)
    arguments = _arguments(call.function)
    return ToolCall(call.id or "", call.function.name, arguments, call.execution_mode)


def _arguments(function: FunctionCall) -> JsonObject:
    """Return the older dialect's arguments, an object or JSON in a string; empty if neither."""
    try:
        value = (
            load_json(function.arguments)
            if isinstance(function.arguments, str)
            else function.arguments
        )
    except ValueError:
        return {}
    return as_object(value)


def _embedded_approval(content: str, function: FunctionCall) -> TaskEvent:
    """Read the older dialect's approval request, a tool call inside an assistant message.

    What the message itself says stays with the request: one event has one meaning.
    """
    arguments = _arguments(function)
    request_id = _text(arguments.get("approval_request_id"))
    if not request_id:
        return Unknown("approval_request", "no approval_request_id in its arguments")
    said = (content, _text(arguments.get("description")))
    message = "\n\n".join(part for part in said if part)
    return ApprovalRequested(ApprovalRequestId(request_id), message)


def _tool(body: ToolBody) -> TaskEvent:
    call_id = body.tool_call_id or ""
    match body:
        case ExecToolCall():
            return ToolStarted(call_id, body.name or "", body.args or {})
        case ExecToolCallProgress():
            return ToolProgressed(call_id, body.status or _text(body.content))
        case ToolResponse():
            return ToolFinished(call_id, body.name or "", is_error=bool(body.is_error))


def _approval(body: UserApprovalRequest) -> ApprovalRequested:
    context = as_object(body.context)
    last_diff = context.get("last_approval_diff")
    return ApprovalRequested(
        request_id=ApprovalRequestId(body.id),
        message=_text(body.message),
        approval_type=_text(body.approval_type) or "general",
        sensitivity=_text(body.sensitivity) or "regular",
        source=_text(body.source),
        buttons=tuple(_texts(body.buttons)),
        tool_name=_text(context.get("tool_name")),
        tool_call_id=_text(context.get("tool_call_id")),
        git_diff=_patches(context.get("git_diff")),
        last_approval_diff=None if last_diff is None else _patches(last_diff),
        plan=_text(context.get("plan_description")),
    )


def _user(body: UserEcho, *, actor: str, synthetic: bool) -> TaskEvent:
    timestamp = _instant(body.timestamp)
    match body:
        case UserMessageEcho():
            return UserSaid(body.content or "", timestamp, actor)
        case UserConfirmationEcho():
            return UserConfirmed(
                request_id=ApprovalRequestId(body.approval_request_id),
                ok=bool(body.ok),
                instructions=body.instructions or "",
                timestamp=timestamp,
                actor=actor,
                synthetic=synthetic,
            )
        case UserCancelEcho():
            return UserCancelled(timestamp, actor)


def _entities(body: ChangeEntities) -> EntitiesChanged:
    if body.changes is None:
        return EntitiesChanged()
    added, removed = body.changes.add or (), body.changes.remove or ()
    return EntitiesChanged(tuple(map(_entity, added)), tuple(map(_entity, removed)))


def _entity(fields: JsonObject) -> Entity:
    rest = {name: value for name, value in fields.items() if name != "type"}
    return Entity(_text(fields.get("type")), rest)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> Iterable[str]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return (item for item in items if isinstance(item, str))


def _patches(value: object) -> dict[str, str]:
    """Return a diff `{file: patch}`, without entries that are not of that shape."""
    return {f: patch for f, patch in as_object(value).items() if isinstance(patch, str)}


def _instant(value: object) -> datetime | None:
    """Return an RFC 3339 timestamp, in UTC if it names no offset; None if it is none."""
    try:
        instant = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
