"""Tells the author of an inbox entry that it was given up: nothing is lost in silence."""

from typing import Protocol

import structlog

from bot.delivery.posts import Place, PostOutcome
from bot.errors import SlackError
from bot.ids import UserId
from bot.slack.blocks import content, section
from bot.slack.inbound import (
    Clicked,
    Commanded,
    Controlled,
    Edited,
    ForConversation,
    Heard,
    SessionStopped,
)
from bot.slack.mrkdwn import mention, mrkdwn
from bot.slack.ops import Content, Priority
from bot.store.inbox import Entry

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Poster(Protocol):
    """Who posts messages, each once for its key."""

    async def post(
        self, place: Place, key: str, content: Content, priority: Priority
    ) -> PostOutcome:
        """Post into a place. Raises `SlackError` and `StoreError`."""
        ...


class Regrets:
    """Says so in the thread, where whoever waits for an answer looks."""

    def __init__(self, posts: Poster) -> None:
        self._posts = posts

    async def say(self, entry: Entry, given: ForConversation | Commanded) -> None:
        """Tell once who wrote, edited or clicked; what nobody did needs no telling."""
        match given:
            case Heard() | Edited():
                place = Place(given.thread.channel, given.thread.root)
                await self._say(entry, place, given.user, "what you wrote")
            case Clicked() | SessionStopped():
                place = Place(given.thread.channel, given.thread.root)
                await self._say(entry, place, given.user, "your click")
            case Controlled():
                place = Place(given.thread.channel, given.thread.root)
                await self._say(entry, place, given.user, "your command")
            case Commanded():
                await self._say(entry, Place(given.channel), given.user, "your command")
            case _:
                return

    async def _say(self, entry: Entry, place: Place, user: UserId, what: str) -> None:
        line = mrkdwn(
            "{who}, I could not handle {what}: the fault is mine. Please try once more; "
            "whoever runs this bridge finds the reason in its log.",
            who=mention(user),
            what=what,
        )
        told = content(line, section(line))
        try:
            await self._posts.post(place, f"buried/{entry.id}", told, Priority.ANSWER)
        except SlackError as error:
            log.warning("author_not_told", entry=entry.id, code=error.code)
