"""Builders of Neo's event bodies, one per row of the wire's tables, as plain JSON objects.

Backend events (`agentResponse`) carry no `timestamp` here: the sandbox stamps them when they are
emitted. User events do carry theirs, because on the wire the client sets it.
Shapes: Pulumi's API description and the models of `pulumi-cloud-sdk`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

EventBody = dict[str, Any]
"""A JSON object with at least `type`."""

MODEL = "claude-sonnet-4"
"""The model that the scripted agents claim to be, as `token_usage` names it."""


def rfc3339(seconds: float) -> str:
    """Return an instant, in seconds since the epoch, as Neo writes it: UTC, microseconds, `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def tool_call(
    name: str,
    args: Mapping[str, Any] | None = None,
    *,
    tool_call_id: str | None = None,
    execution_mode: str | None = None,
) -> EventBody:
    """Return one entry of `tool_calls`; `name` is `server__method`."""
    call: EventBody = {
        "id": tool_call_id or new_id("toolu"),
        "name": name,
        "args": {**(args or {})},
    }
    return call if execution_mode is None else {**call, "execution_mode": execution_mode}


def assistant_message(
    content: str,
    tool_calls: Sequence[EventBody] = (),
    *,
    is_final: bool = False,
    output_tokens: int | None = None,
) -> EventBody:
    """Return a complete assistant message; `output_tokens` defaults to a guess by length."""
    tokens = len(content) // 4 + 1 if output_tokens is None else output_tokens
    return {
        "type": "assistant_message",
        "content": content,
        "tool_calls": list(tool_calls),
        "is_final": is_final,
        "token_usage": {MODEL: {"input_tokens": 1200, "output_tokens": tokens}},
    }


def todo_list(todos: Sequence[Mapping[str, Any]]) -> EventBody:
    """Return the message that carries the agent's to-do list.

    Each item has `content` and `status`; `priority` (medium) and `index` (its place) are filled in.
    """
    items = [{"priority": "medium", "index": i, **todo} for i, todo in enumerate(todos)]
    return assistant_message("", [tool_call("todo__TodoWrite", {"todos": items})])


def exec_tool_call(
    tool_call_id: str, name: str, args: Mapping[str, Any] | None = None
) -> EventBody:
    """Return the start of a tool."""
    body: EventBody = {"type": "exec_tool_call", "tool_call_id": tool_call_id, "name": name}
    return body if args is None else {**body, "args": {**args}}


def exec_tool_call_progress(
    tool_call_id: str, status: str, metadata: Mapping[str, Any] | None = None
) -> EventBody:
    """Return a progress report of a running tool."""
    return {
        "type": "exec_tool_call_progress",
        "tool_call_id": tool_call_id,
        "status": status,
        "metadata": {**(metadata or {})},
    }


def tool_response(
    tool_call_id: str, name: str, content: object = "ok", *, is_error: bool = False
) -> EventBody:
    """Return the end of a tool; `content` is any JSON value."""
    return {
        "type": "tool_response",
        "tool_call_id": tool_call_id,
        "name": name,
        "content": content,
        "is_error": is_error,
    }


def user_approval_request(  # noqa: PLR0913 - the wire's own fields, all by keyword
    message: str,
    *,
    request_id: str | None = None,
    approval_type: str = "general",
    sensitivity: str = "regular",
    source: str = "agent",
    buttons: Sequence[str] = (),
    tool_name: str = "",
    tool_call_id: str = "",
    git_diff: Mapping[str, str] | None = None,
    last_approval_diff: Mapping[str, str] | None = None,
    plan_description: str = "",
) -> EventBody:
    """Return a request that pauses the agent; `git_diff` is patches by file name."""
    context: EventBody = {"last_approval_diff": last_approval_diff}
    if tool_name:
        context |= {"tool_call_id": tool_call_id or new_id("toolu"), "tool_name": tool_name}
    if git_diff is not None:
        context["git_diff"] = {**git_diff}
    if plan_description:
        context["plan_description"] = plan_description
    return {
        "type": "user_approval_request",
        "id": request_id or str(uuid4()),
        "message": message,
        "approval_type": approval_type,
        "sensitivity": sensitivity,
        "source": source,
        "buttons": list(buttons),
        "context": context,
    }


def question(
    message: str, *, request_id: str | None = None, buttons: Sequence[str] = ()
) -> EventBody:
    """Return a question of the `ask_user` tool: any text answers it, by a denial."""
    return user_approval_request(
        message, request_id=request_id, tool_name="ask_user", buttons=buttons
    )


def plan_exit(message: str, plan: str, *, request_id: str | None = None) -> EventBody:
    """Return the request to leave plan mode with `plan`, in Markdown."""
    return user_approval_request(
        message, request_id=request_id, approval_type="plan_exit", plan_description=plan
    )


def old_approval_request(description: str, *, request_id: str | None = None) -> EventBody:
    """Return an approval in the older dialect: a function call inside an assistant message."""
    arguments = {"approval_request_id": request_id or str(uuid4()), "description": description}
    function = {"name": "approval_request", "arguments": json.dumps(arguments)}
    call = {"id": new_id("call"), "type": "function", "function": function}
    return {"type": "assistant_message", "content": "", "tool_calls": [call], "is_final": False}


def awaiting_approvals() -> EventBody:
    """Return the announcement of a pause; the request follows."""
    return {"type": "awaiting_approvals"}


def set_task_name(name: str) -> EventBody:
    """Return a change of the task's title."""
    return {"type": "set_task_name", "name": name}


def change_entities(
    add: Sequence[Mapping[str, Any]] = (), remove: Sequence[Mapping[str, Any]] = ()
) -> EventBody:
    """Return a change of the task's context."""
    changes = {"add": [{**e} for e in add], "remove": [{**e} for e in remove]}
    return {"type": "change_entities", "changes": changes}


def pull_request(
    *, org: str, repo: str, number: int, forge: str = "github", merged: bool = False
) -> EventBody:
    """Return the event by which Neo tells of a pull request that it opened."""
    repository = {"type": "repository", "name": repo, "org": org, "forge": forge}
    entity = {"type": "pull_request", "repo": repository, "number": number, "merged": merged}
    return change_entities(add=[entity])


def context_compression_event(
    status: str, *, message: str | None = None, context_summary: str | None = None
) -> EventBody:
    """Return a step of compaction: `compressing`, `compressed`, `failed` or `skipped`."""
    body = {"type": "context_compression_event", "status": status}
    return body | _present(message=message, context_summary=context_summary)


def warning(message: str) -> EventBody:
    """Return a warning; the turn goes on."""
    return {"type": "warning", "message": message}


def error(message: str) -> EventBody:
    """Return the error that ends the turn."""
    return {"type": "error", "message": message}


def cancelled(*, operation_was_running: bool = True) -> EventBody:
    """Return the acknowledgement of a cancel, which ends the turn."""
    return {"type": "cancelled", "operation_was_running": operation_was_running}


def provide_pulumi_access_token() -> EventBody:
    """Return the internal event whose content nobody may show or log; its value is fake."""
    return {
        "type": "provide_pulumi_access_token",
        "encrypted_pulumi_access_token": "fake-ciphertext-not-a-token",
    }


def user_message(
    content: str, *, timestamp: str, entity_diff: Mapping[str, Any] | None = None
) -> EventBody:
    """Return a person's message."""
    body: EventBody = {"type": "user_message", "content": content, "timestamp": timestamp}
    return body | _present(entity_diff=entity_diff)


def user_confirmation(
    approval_request_id: str, *, ok: bool, timestamp: str, instructions: str | None = None
) -> EventBody:
    """Return the answer to an approval request or, with `ok` false, to a question."""
    body: EventBody = {
        "type": "user_confirmation",
        "approval_request_id": approval_request_id,
        "ok": ok,
        "timestamp": timestamp,
    }
    return body | _present(instructions=instructions)


def user_cancel(*, timestamp: str) -> EventBody:
    """Return a graceful cancel."""
    return {"type": "user_cancel", "timestamp": timestamp}


def new_id(prefix: str) -> str:
    """Return a fresh id such as `toolu_1f0c...`."""
    return f"{prefix}_{uuid4().hex[:24]}"


def _present(**fields: object) -> EventBody:
    return {name: value for name, value in fields.items() if value is not None}
