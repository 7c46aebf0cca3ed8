"""Carries out effects in Slack: what must arrive, and what is only kind."""

import asyncio
from collections.abc import Iterable
from typing import assert_never

import structlog

from bot.conversation.effects import Effect, React, Tell, Unreact, Whisper
from bot.conversation.means import Means
from bot.delivery.posts import Place
from bot.errors import SlackError, StoreError
from bot.ids import ThreadRef
from bot.slack.ops import (
    ChatPostEphemeral,
    Content,
    Priority,
    ReactionsAdd,
    ReactionsRemove,
    SlackOp,
)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REFUSAL_SECONDS = 3600
"""A person who is not admitted hears so at most once in this time."""


class Errands:
    """Runs one conversation's effects."""

    def __init__(self, means: Means, thread: ThreadRef) -> None:
        self._means = means
        self.place = thread
        """Where the thread is now."""
        self._kind: set[asyncio.Task[None]] = set()

    async def run(self, effects: Iterable[Effect]) -> None:
        """Post what must arrive; start what is best effort, without waiting for it."""
        for effect in effects:
            match effect:
                case Tell():
                    await self._tell(effect)
                case React():
                    self._try(ReactionsAdd(self.place.channel, effect.ts, effect.name))
                case Unreact():
                    self._try(ReactionsRemove(self.place.channel, effect.ts, effect.name))
                case Whisper():
                    self._try(self._whisper(effect))
                case _:
                    assert_never(effect)

    async def refuse(self, whisper: Whisper) -> None:
        """Refuse a person in private, at most once an hour."""
        name = f"refusal:{whisper.user}"
        if await self._means.memory.once_per(name, REFUSAL_SECONDS):
            await self.run([whisper])

    async def close(self) -> None:
        """Give up what is still under way and was only best effort."""
        for task in self._kind:
            task.cancel()
        await asyncio.gather(*self._kind, return_exceptions=True)

    async def _tell(self, told: Tell) -> None:
        place = Place(self.place.channel, self.place.root)
        try:
            await self._means.posts.post(place, told.key, told.content, Priority.ANSWER)
        except SlackError as error:
            log.warning("not_told", key=told.key, code=error.code)

    def _whisper(self, whisper: Whisper) -> SlackOp:
        content = Content(whisper.text)
        return ChatPostEphemeral(self.place.channel, whisper.user, content, self.place.root)

    def _try(self, op: SlackOp) -> None:
        task = asyncio.create_task(self._attempt(op))
        self._kind.add(task)
        task.add_done_callback(self._kind.discard)

    async def _attempt(self, op: SlackOp) -> None:
        try:
            await self._means.door.call(op, Priority.REACTION)
        except (SlackError, StoreError) as error:
            # A mark or a hint that did not arrive changes nothing that anybody relies on.
            log.info("courtesy_failed", op=type(op).__name__, why=str(error))
