"""Plays a script's turn: each step becomes the events that a real agent would send."""

import asyncio
from collections.abc import Callable, Sequence

from bot.sandbox.neo import events
from bot.sandbox.neo.script import (
    Approve,
    Ask,
    Compress,
    Error,
    PullRequest,
    Rename,
    Say,
    Script,
    Step,
    Todo,
    Tool,
    Wait,
    Warn,
    fill,
)
from bot.sandbox.neo.state import Answer, TaskState

Emit = Callable[[events.EventBody], str]
"""Appends an event to the agent's task and returns its id."""


class Agent:
    """The agent of one task; `pace()` multiplies every delay of its script."""

    def __init__(
        self, task: TaskState, script: Script, emit: Emit, pace: Callable[[], float]
    ) -> None:
        self._task = task
        self._script = script
        self._emit = emit
        self._pace = pace
        self._message = ""
        self._answer = ""

    async def play(self, message: str) -> None:
        """Play the turn that answers `message`; it ends even where the script forgot to."""
        self._message = message
        steps = self._script.turn(self._task.turns)
        self._task.turns += 1
        await self._play(steps)
        if self._task.running:
            self._emit(events.assistant_message("", is_final=True))

    async def _play(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if not self._task.running:
                return
            await self._act(step)

    async def _act(self, step: Step) -> None:  # noqa: C901 - one arm per kind of step
        match step:
            case Say():
                self._emit(events.assistant_message(self._fill(step.text), is_final=step.final))
            case Todo():
                self._emit(events.todo_list([item.model_dump() for item in step.items]))
            case Tool():
                await self._use(step)
            case Approve():
                await self._approve(step)
            case Ask():
                asked = events.question(self._fill(step.message), buttons=step.buttons)
                await self._request(asked)
            case Rename():
                self._emit(events.set_task_name(self._fill(step.name)))
            case PullRequest():
                self._emit(events.pull_request(**step.model_dump(exclude={"step"})))
            case Warn():
                self._emit(events.warning(self._fill(step.message)))
            case Error():
                self._emit(events.error(self._fill(step.message)))
            case Wait():
                await self._wait(step.seconds)
            case Compress():
                await self._compress(step)

    async def _use(self, step: Tool) -> None:
        call = events.tool_call(step.name, step.args)
        self._emit(events.assistant_message(self._fill(step.text), [call]))
        self._emit(events.exec_tool_call(call["id"], step.name, step.args))
        share = step.seconds / (len(step.progress) + 1)
        for status in step.progress:
            await self._wait(share)
            self._emit(events.exec_tool_call_progress(call["id"], status))
        await self._wait(share)
        self._emit(events.tool_response(call["id"], step.name, step.result, is_error=step.is_error))

    async def _approve(self, step: Approve) -> None:
        call = events.tool_call(step.tool_name, step.args)
        if step.args:
            self._emit(events.assistant_message("", [call]))
        self._emit(events.awaiting_approvals())
        answer = await self._request(
            events.user_approval_request(
                self._fill(step.message),
                approval_type=step.approval_type,
                sensitivity=step.sensitivity,
                buttons=step.buttons,
                tool_name=step.tool_name,
                tool_call_id=call["id"],
                git_diff=step.git_diff,
                last_approval_diff=step.last_approval_diff,
                plan_description=self._fill(step.plan),
            )
        )
        await self._play(step.approved if answer.ok else step.denied)

    async def _request(self, request: events.EventBody) -> Answer:
        self._emit(request)
        answer = await self._task.answer(request["id"])
        self._answer = answer.instructions
        return answer

    async def _compress(self, step: Compress) -> None:
        self._emit(events.context_compression_event("compressing", message="Compacting context"))
        await self._wait(step.seconds)
        self._emit(events.context_compression_event("compressed", context_summary=step.summary))

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._pace())

    def _fill(self, text: str) -> str:
        return fill(text, message=self._message, answer=self._answer)
