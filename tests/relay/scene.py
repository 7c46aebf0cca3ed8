"""One conversation with a Neo that does only what the test says."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.conversation.patience import Patience
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons
from bot.slack.door import Limits
from bot.slack.pacing import Pace
from stage import ANN, INFRA, LIVELY, Stage

BRISK = Limits(channel=Pace(per_second=50, burst=10))
"""The sandbox takes more than one post a second; that the bridge keeps to it is shown elsewhere."""


@dataclass
class Scene:
    """A thread whose task is at work."""

    stage: Stage
    root: str
    task: TaskState

    async def emit(self, *bodies: Mapping[str, Any]) -> None:
        for body in bodies:
            await self.stage.neo.emit(self.task.id, body)

    async def say(self, *texts: str) -> None:
        await self.emit(*(events.assistant_message(text) for text in texts))

    async def finish(self, text: str = "All done.") -> None:
        await self.emit(events.assistant_message(text, is_final=True))

    async def sees(self, words: str) -> Message:
        return await self.stage.sees(self.root, words)

    @property
    def messages(self) -> list[Message]:
        return self.stage.thread(self.root)

    @property
    def card(self) -> Message:
        """The progress card of the last turn."""
        return [m for m in self.messages if _key(m).startswith(f"{self.task.id}/turn/")][-1]

    def texts(self) -> list[str]:
        """The bot's messages that are no cards, as they notify."""
        cards = (f"{self.task.id}/turn/", f"{self.task.id}/approval/")
        return [m.text for m in self.messages if not _key(m).startswith(cards)]


def _key(message: Message) -> str:
    return str((message.metadata or {}).get("event_payload", {}).get("key", ""))


def labels(message: Message) -> list[str]:
    return [label for _, label, _ in buttons(message)]


@asynccontextmanager
async def at_work(
    stage: Stage,
    words: str = "go",
    *,
    patience: Patience | None = None,
    limits: Limits = LIVELY,
) -> AsyncGenerator[Scene]:
    """Start a bridge and a task, and wait for its progress card."""
    stage.neo.manual = True
    async with stage.bridging(patience=patience, limits=limits):
        yield await started(stage, words)


async def started(stage: Stage, words: str = "go") -> Scene:
    root = await stage.mention(words, user=ANN, channel=INFRA)
    task = await stage.task()
    await stage.sees(root, "Working")
    return Scene(stage, root, task)
