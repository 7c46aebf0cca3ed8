"""Neo's side of the conversation: an agent that answers each message it is given with a turn.

Written in turns that do not care how often the bridge died, nor into how many messages the
people's words were put together, nor which of these comes first.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.approvals.diffs import whole
from bot.sandbox import NeoSandbox
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from support import wait_until

FIRST, SECOND = "first-task", "second-task"
REPLY, GO_ON = "reply-1", "go-on"
WHERE, UPDATE, DELETE = "Which region?", "Update prod?", "Delete dev?"
"""What it asks: in the first task a question and what takes two people, then what one may deny."""

FOREVER = float("inf")

LONG = 12_500
"""Characters of the text that becomes a file."""

DIFF = {"index.ts": "@@ -1,40 +1,40 @@\n" + "-let a = 1\n+let a = 2\n" * 40}
"""So long that it becomes a file as well."""


@dataclass(frozen=True, slots=True)
class Cues:
    """What the agents wait for."""

    replied: asyncio.Event = field(default_factory=asyncio.Event)
    """What was said in the first turn is in the store."""
    voted: asyncio.Event = field(default_factory=asyncio.Event)
    """One of two people has approved what the first agent asks: the second one may ask."""


class Agent:
    """The agent of one task."""

    def __init__(self, neo: NeoSandbox, task: TaskState, cues: Cues) -> None:
        self.task = task
        self.texts: list[str] = []
        """Everything it said, in order."""
        self.files: list[str] = []
        """What of it has to be there as a file."""
        self.turns = 0
        """Turns that have ended."""
        self._neo = neo
        self._cues = cues
        self._part = 0

    @property
    def messages(self) -> list[str]:
        """What it was told."""
        said = (e.body for e in self.task.user_events if e.body["type"] == "user_message")
        return [str(body["content"]) for body in said]

    @property
    def rests(self) -> bool:
        """Whether it has answered everything."""
        return self.turns == len(self.messages) and not self.task.busy

    async def work(self) -> None:
        """Answer every message, for ever."""
        while True:
            await self._until(lambda: len(self.messages) > self.turns)
            self._part = 0
            await self._answer(self.messages[self.turns])
            self.turns += 1

    async def _answer(self, message: str) -> None:
        if REPLY in message:
            await self._ask()
        elif GO_ON in message:
            await self._say()
            await self._until_stopped()
        elif FIRST in message:
            await self._use_a_tool()
            await self._until(self._cues.replied.is_set)
            await self._say(final=True)
        elif SECOND in message:
            await self._say()
            await self._until(self._cues.voted.is_set)
            await self._request(events.user_approval_request(DELETE))
            await self._say()
            await self._until_stopped()
        else:  # what was said beside a reply, where another message brought that
            await self._say(final=True)

    async def _ask(self) -> None:
        """Ask, ask for an approval, answer at length, and end."""
        await self._request(events.question(WHERE))
        self.files.append(whole(DIFF))
        await self._request(
            events.user_approval_request(UPDATE, sensitivity="sensitive", git_diff=DIFF)
        )
        await self._say(filler=LONG)
        await self._say(final=True)

    async def _use_a_tool(self) -> None:
        todos = [{"content": "Read the stack", "status": "in_progress"}]
        await self._emit(events.todo_list(todos))
        call = events.tool_call("pulumi__preview", {"stack": "acme/app/prod"})
        await self._say(calls=(call,))
        await self._emit(events.exec_tool_call(call["id"], call["name"], call["args"]))
        await self._emit(events.tool_response(call["id"], call["name"]))

    async def _say(
        self, *, final: bool = False, filler: int = 0, calls: tuple[events.EventBody, ...] = ()
    ) -> None:
        self._part += 1
        text = f"word-{self.turns + 1}.{self._part}"
        text += "".join(f"\n\nline {n} of many" for n in range(filler // 18))
        self.texts.append(text)
        if filler:
            self.files.append(text)
        await self._emit(events.assistant_message(text, calls, is_final=final))

    async def _request(self, request: events.EventBody) -> None:
        await self._emit(request)
        await self._until(lambda: request["id"] not in self.task.open_approvals)

    async def _until_stopped(self) -> None:
        await self._until(lambda: not self.task.running)

    async def _emit(self, body: events.EventBody) -> None:
        await self._neo.emit(self.task.id, body)

    async def _until(self, condition: Callable[[], object]) -> None:
        """Wait, for ever: it is the people who give up."""
        await wait_until(condition, f"{self.task.name} goes on", timeout=FOREVER)
