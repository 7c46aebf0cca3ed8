"""Neo's tasks as JSON, and back. What an agent was in the middle of does not come back."""

import json
from dataclasses import asdict

from bot.sandbox.neo import events
from bot.sandbox.neo.bodies import CreateTask
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.neo.state import LogEntry, NeoUser, TaskState
from bot.sandbox.slack.wire import JSON

CUT_OFF = "The sandbox was stopped in the middle of this turn. Ask again to go on."

_FIELDS = (
    *("id", "created_at", "name", "approval_mode", "permission_mode", "plan_mode", "role"),
    *("is_shared", "shared_at", "tokens_used", "turns", "last_event_at", "entities", "events"),
)


def neo_record(neo: NeoSandbox) -> JSON:
    """Return every task."""
    return {"tasks": [_task_record(task) for task in neo.tasks.values()]}


def restore_neo(neo: NeoSandbox, record: JSON) -> None:
    """Give a new sandbox the tasks of `neo_record`; a turn that was under way ends in an error."""
    for each in record["tasks"]:
        task = _task(each)
        neo.tasks[task.id] = task
        if each["busy"]:
            task.record_agent(events.error(CUT_OFF), task.last_event_at + 1)


def _task_record(task: TaskState) -> JSON:
    fields = {name: getattr(task, name) for name in _FIELDS}
    request = task.request.model_dump(mode="json", by_alias=True)
    return fields | {"owner": asdict(task.owner), "request": request, "busy": task.busy}


def _task(record: JSON) -> TaskState:
    fields = {name: record[name] for name in _FIELDS}
    log = [LogEntry(each["id"], json.dumps(each).encode()) for each in record["events"]]
    request = CreateTask.model_validate(record["request"])
    owner = NeoUser(record["owner"]["login"], record["owner"]["name"])
    return TaskState(**fields, owner=owner, request=request, running=False, log=log)
