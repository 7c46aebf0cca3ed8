"""Following a task in tests: with fake time, over a real connection to a scripted server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from random import Random

from bot.ids import EventId, TaskId
from bot.neo.client import NeoClient
from bot.neo.events import StreamedEvent, TaskRenamed
from bot.neo.stream import StreamStats, follow
from neo.scripted_neo import SOMEONE, FakeTime, ScriptedNeo

TASK = TaskId("task-1")


def frame(name: str, *, sse_id: str = "", json_id: str | None = None) -> str:
    shown_id = name if json_id is None else json_id
    body = f'{{"type":"set_task_name","name":"{name}"}}'
    event = f'{{"type":"agentResponse","id":"{shown_id}","eventBody":{body}}}'
    return (f"id: {sse_id}\n" if sse_id else "") + f"data: {event}\n\n"


class Watch:
    """Follows a task with fake time, and shares its figures."""

    def __init__(self, client: NeoClient, time: FakeTime) -> None:
        self.client = client
        self.time = time
        self.stats = StreamStats()
        self.lives = 0

    def _note_life(self) -> None:
        self.lives += 1

    def events(
        self, cursor: str | None = None, *, silence: float = 5
    ) -> AsyncGenerator[StreamedEvent]:
        return follow(
            self.client,
            SOMEONE,
            TASK,
            EventId(cursor) if cursor is not None else None,
            sleep=self.time.sleep,
            clock=self.time,
            rng=Random(7),
            silence=silence,
            stats=self.stats,
            on_life=self._note_life,
        )

    async def first(
        self, count: int, cursor: str | None = None, *, silence: float = 5
    ) -> list[StreamedEvent]:
        found: list[StreamedEvent] = []
        async with asyncio.timeout(10), aclosing(self.events(cursor, silence=silence)) as events:
            async for event in events:
                found.append(event)
                if len(found) == count:
                    break
        return found


def names(events: list[StreamedEvent]) -> list[str]:
    return [e.event.name for e in events if isinstance(e.event, TaskRenamed)]


def cursors_sent(neo: ScriptedNeo) -> list[str | None]:
    return [asked.headers.get("last-event-id") for asked in neo.asked]
