"""What the inspector can do: to the bridge's process, to both networks, and in Neo's console."""

from collections.abc import Awaitable, Callable

from bot.sandbox.faults import DropAfter, RateLimited, ServerError
from bot.sandbox.neo.events import EventBody
from bot.sandbox.neo.refusal import Refusal
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.neo.state import TaskState
from bot.sandbox.page.acting import Verb
from bot.sandbox.page.supervisor import Supervisor
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.wire import JSON, Args, as_object

RETRY_AFTER = 3.0
"""Seconds that a 429 asks the bridge to wait."""

SLOWEST = 10.0
"""The largest pace: ten times as slow as the script says."""


class Controls:
    """The inspector's verbs and what it shows of the processes."""

    def __init__(self, slack: SlackSandbox, neo: NeoSandbox, supervisor: Supervisor) -> None:
        self._slack = slack
        self._neo = neo
        self._supervisor = supervisor
        self._faults: dict[str, Callable[[], Awaitable[None]]] = {
            "drop-slack-answer": self._drop_slack_answer,
            "slack-429": self._slack_429,
            "slack-503": self._slack_503,
            "drop-sockets": slack.faults.drop_sockets,
            "duplicate": self._duplicate,
            "drop-neo-answer": self._drop_neo_answer,
            "neo-429": self._neo_429,
            "cut-streams": self._cut_streams,
        }

    def verbs(self) -> dict[str, Verb]:
        """Return the verbs by name."""
        return {
            "bridge": self.bridge,
            "fault": self.fault,
            "pace": self.pace,
            "decide": self.decide,
            "tell": self.tell,
        }

    def status(self) -> JSON:
        """Return how the bridge is, what Neo works on, and how fast."""
        running, sockets = self._supervisor.bridge.running, self._slack.connections
        return {
            "bridge": {
                "state": "up" if running and sockets else "starting" if running else "down",
                "lives": self._supervisor.lives,
                "held": self._supervisor.held,
            },
            "streams": self._neo.open_streams(),
            "pace": self._neo.pace,
            "faults": len(self._slack.faults) + len(self._neo.faults),
            "tasks": [_task_shape(task) for task in self._neo.tasks.values()],
        }

    async def bridge(self, args: Args) -> JSON:
        """Stop, kill, hold down or let go the bridge's process."""
        match args.require("do"):
            case "restart":
                await self._supervisor.restart()
            case "kill":
                await self._supervisor.kill()
            case "hold":
                await self._supervisor.hold()
            case "release":
                self._supervisor.release()
            case other:
                raise LookupError(f"The bridge cannot {other}.")
        return {}

    async def fault(self, args: Args) -> JSON:
        """Order a misfortune."""
        name = args.require("name")
        if name not in self._faults:
            raise LookupError(f"No fault is called {name}.")
        await self._faults[name]()
        return {}

    async def pace(self, args: Args) -> JSON:
        """Let Neo's agents work faster or slower from the next step on."""
        try:
            wanted = float(args.require("value"))
        except ValueError:
            raise LookupError("A pace is a number.") from None
        self._neo.pace = min(max(wanted, 0.0), SLOWEST)
        return {}

    async def decide(self, args: Args) -> JSON:
        """Answer an approval or a question in Neo's console."""
        event: EventBody = {
            "type": "user_confirmation",
            "approval_request_id": args.require("request"),
            "ok": args.flag("ok"),
        }
        if words := args.text("text"):
            event["instructions"] = words
        return await self._in_console(args, event)

    async def tell(self, args: Args) -> JSON:
        """Write to a task in Neo's console."""
        event = {"type": "user_message", "content": args.require("text")}
        return await self._in_console(args, event)

    async def _in_console(self, args: Args, event: EventBody) -> JSON:
        task = args.require("task")
        if task not in self._neo.tasks:
            raise LookupError("There is no such task.")
        try:
            await self._neo.type_in_console(task, event)
        except Refusal as refusal:
            raise LookupError(f"Neo refuses that: {refusal.message}") from None
        return {}

    async def _drop_slack_answer(self) -> None:
        self._slack.faults.add("chat.postMessage", DropAfter())

    async def _slack_429(self) -> None:
        self._slack.faults.add("chat.postMessage", RateLimited(RETRY_AFTER))

    async def _slack_503(self) -> None:
        self._slack.faults.add("chat.postMessage", ServerError())

    async def _duplicate(self) -> None:
        self._slack.faults.duplicate_next()

    async def _drop_neo_answer(self) -> None:
        for route in ("create_task", "respond"):
            self._neo.faults.add(route, DropAfter())

    async def _neo_429(self) -> None:
        for route in ("create_task", "respond"):
            self._neo.faults.add(route, RateLimited(RETRY_AFTER))

    async def _cut_streams(self) -> None:
        self._neo.cut_streams()


def _task_shape(task: TaskState) -> JSON:
    waiting = [_approval_shape(name, body) for name, body in task.open_approvals.items()]
    return {"id": task.id, "name": task.name, "status": task.status, "approvals": waiting}


def _approval_shape(name: str, body: EventBody) -> JSON:
    context = as_object(body.get("context")) or {}
    question = str(context.get("tool_name", "")).endswith("ask_user")
    return {"id": name, "message": str(body.get("message", "")), "question": question}
