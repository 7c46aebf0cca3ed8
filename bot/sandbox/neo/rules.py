"""What Neo decides: which user events a task takes now, and which approvals settle themselves."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.sandbox.neo.bodies import (
    EntityDiff,
    ExecToolCall,
    StackEntity,
    ToolResult,
    UserCancel,
    UserConfirmation,
    UserEvent,
    UserMessage,
)
from bot.sandbox.neo.events import EventBody
from bot.sandbox.neo.refusal import BUSY, Refusal
from bot.sandbox.neo.state import TaskState


def check_event(task: TaskState, event: UserEvent, *, cancel_waits_for_tools: bool) -> None:
    """Return if the task takes this event now.

    Raises `Refusal`: 409 where waiting helps, 400 where it does not.
    """
    match event:
        case UserMessage():
            check_message(event)
            if task.busy:
                raise Refusal(409, BUSY)
        case UserConfirmation(approval_request_id=request_id):
            if request_id not in task.open_approvals:
                raise Refusal(400, f"approval request {request_id!r} is not pending")
        case UserCancel():
            if task.running_tools and cancel_waits_for_tools:
                raise Refusal(409, BUSY)
        case ToolResult() | ExecToolCall():
            if task.request.tool_execution_mode != "cli":
                raise Refusal(400, "this task does not execute tools at the client")


def check_message(event: UserMessage) -> None:
    """Return if the message says something.

    Raises `Refusal` (400).
    """
    if not event.content.strip():
        raise Refusal(400, "prompt is required")


def check_entities(diff: EntityDiff | None, hidden_stacks: Collection[str]) -> None:
    """Return if the user can see every stack that is added; hidden ones are `project/name`.

    Raises `Refusal` (400) whose sentence contains "invalid entit", as clients look for.
    """
    for entity in diff.add if diff else ():
        if isinstance(entity, StackEntity) and f"{entity.project}/{entity.name}" in hidden_stacks:
            raise Refusal(400, f"invalid entities: stack {entity.project}/{entity.name} not found")


def settles_itself(task: TaskState, request: EventBody) -> bool:
    """Return whether the task's approval mode answers this request in the user's place.

    A question has no answer but a person's; `balanced` asks for what is sensitive, and for plans.
    """
    context: Mapping[str, Any] = request.get("context") or {}
    if str(context.get("tool_name")).endswith("ask_user"):
        return False
    if task.approval_mode == "balanced":
        plan = request.get("approval_type") == "plan_exit"
        return request.get("sensitivity") == "regular" and not plan
    return task.approval_mode == "auto"
