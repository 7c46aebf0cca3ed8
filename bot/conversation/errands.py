"""Carries out effects in Slack: what must arrive, and what is only kind."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import assert_never

import structlog

from bot.conversation.effects import Effect, React, Tell, Unreact, Whisper
from bot.conversation.means import Means
from bot.delivery.posts import Place
from bot.errors import SlackError, StoreError
from bot.ids import ThreadRef
from bot.slack.blocks import content, section
from bot.slack.mrkdwn import mention, mrkdwn
from bot.slack.ops import (
    ChatPostEphemeral,
    ChatPostMessage,
    Content,
    ConversationsOpen,
    Priority,
    ReactionsAdd,
    ReactionsRemove,
    Sent,
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
        self._in_order = asyncio.Lock()
        """Taking a mark away must not overtake setting it."""

    async def run(self, effects: Iterable[Effect]) -> None:
        """Post what must arrive; start what is best effort, without waiting for it."""
        for effect in effects:
            match effect:
                case Tell():
                    await self._tell(effect)
                case React():
                    self._start(self._mark(ReactionsAdd, effect))
                case Unreact():
                    self._start(self._mark(ReactionsRemove, effect))
                case Whisper() if effect.key:
                    await self._inform(effect)
                case Whisper():
                    self._start(self._whisper(effect))
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

    async def _inform(self, whisper: Whisper) -> None:
        """Tell somebody in private, or where everybody reads it if that can't be done."""
        try:
            await self._means.door.call(_ephemeral(whisper), Priority.ANSWER)
        except SlackError as error:
            log.info("not_whispered", key=whisper.key, code=error.code)
            said = mrkdwn("{who} {text}", who=mention(whisper.user), text=whisper.text)
            rest = [block for block in whisper.blocks if block["type"] == "actions"]
            await self._tell(Tell(whisper.key, content(said, section(said), *rest)))

    async def _tell(self, told: Tell) -> None:
        place = Place(self.place.channel, self.place.root)
        try:
            await self._means.posts.post(place, told.key, told.content, Priority.ANSWER)
        except SlackError as error:
            log.warning("not_told", key=told.key, code=error.code)

    async def _mark(
        self, method: type[ReactionsAdd | ReactionsRemove], mark: React | Unreact
    ) -> None:
        async with self._in_order:
            await self._try(method(self.place.channel, mark.ts, mark.name))

    def _start(self, courtesy: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(courtesy)
        self._kind.add(task)
        task.add_done_callback(self._kind.discard)

    async def _whisper(self, whisper: Whisper) -> None:
        if not whisper.direct:
            await self._try(_ephemeral(whisper))
        elif place := await self._try(ConversationsOpen(whisper.user)):
            shown = Content(whisper.text, whisper.blocks)
            await self._try(ChatPostMessage(place.channel, shown))

    async def _try(self, op: SlackOp) -> Sent | None:
        try:
            return await self._means.door.call(op, Priority.REACTION)
        except (SlackError, StoreError) as error:
            # A mark or a hint that did not arrive changes nothing that anybody relies on.
            log.info("courtesy_failed", op=type(op).__name__, why=str(error))
            return None


def _ephemeral(whisper: Whisper) -> ChatPostEphemeral:
    shown = Content(whisper.text, whisper.blocks)
    return ChatPostEphemeral(whisper.channel, whisper.user, shown, whisper.root or None)
