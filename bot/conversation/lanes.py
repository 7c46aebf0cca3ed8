"""The lanes of a conversation: each brings one kind of write to Neo forward, beside the others.

Stops and decisions have lanes of their own, so that neither a queue of messages nor a creation of
two minutes is before them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot.conversation.desk import TalkDesk
from bot.conversation.talk import Talk
from bot.errors import TRANSIENT, StoreError
from bot.ids import TaskId

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Step = Callable[[Talk], Awaitable[float | None]]
"""Brings a write forward; returns seconds until it is to be tried again, None to wait for news."""


class Lanes:
    """Runs a conversation's steps; `retry` is seconds until one that could not be made is again."""

    def __init__(self, desk: TalkDesk, steps: Iterable[Step], *, retry: float) -> None:
        self._desk = desk
        self._lanes = tuple((asyncio.Event(), step) for step in steps)
        self._retry = retry

    def poke(self) -> None:
        """Let every lane look again."""
        for event, _ in self._lanes:
            event.set()

    async def run(self) -> None:
        """Run until cancelled. Raises `LeaseLost` and `StoreUnavailable`."""
        lanes = [asyncio.create_task(self._lane(event, step)) for event, step in self._lanes]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _lane(self, poked: asyncio.Event, step: Step) -> None:
        while True:
            poked.clear()
            wait = await self._try(step, self._desk.talk) if self._desk.talk else None
            try:
                async with asyncio.timeout(wait):
                    await poked.wait()
            except TimeoutError:
                continue

    async def _try(self, step: Step, talk: Talk) -> float | None:
        """Make a step; where it cannot be made now, again soon."""
        try:
            return await step(talk)
        except StoreError:
            raise
        except TRANSIENT as error:
            log.info("step_waits", thread=talk.thread.key(), why=str(error))
            return self._retry


def once_there_is_a_task(step: Callable[[Talk, TaskId], Awaitable[float | None]]) -> Step:
    """Return a lane's step that waits for the conversation's task."""

    async def of_task(talk: Talk) -> float | None:
        return await step(talk, talk.task_id) if talk.task_id else None

    return of_task
