"""What the listeners tell one person at once, in time for the ack or not at all."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from bot.errors import Accepted, SlackError, StoreError, StoreUnavailable
from bot.ids import UserId
from bot.slack.answers import CLICK_UNSURE, NOT_TAKEN, OUTSIDER_REFUSED
from bot.slack.blocks import section
from bot.slack.inbound import Clicked, Outsider
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import (
    ChatPostEphemeral,
    ChatPostMessage,
    Content,
    ConversationsOpen,
    SlackOp,
    ViewsUpdate,
)
from bot.slack.sender import SlackSender
from bot.slack.views import modal

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOTICE_TIMEOUT = 1.0
"""Seconds of those that Slack waits for the ack."""

MayTell = Callable[[UserId], Awaitable[bool]]
"""Tells whether a person is refused for the first time in a while, and so to be told."""


class Notices:
    """Tells people what became of their click; a notice that cannot be given is given up."""

    def __init__(self, sender: SlackSender, may_tell: MayTell) -> None:
        self._sender = sender
        self._may_tell = may_tell

    async def not_taken(self, click: Clicked, failure: StoreUnavailable) -> None:
        """Tell who clicked that it is not stored, or may not be."""
        said = NOT_TAKEN if failure.accepted is Accepted.NO else CLICK_UNSURE
        async with _in_time_for_the_ack():
            if click.in_home and not click.view_id:
                place = await self._sender.send(ConversationsOpen(click.user))
                await self._sender.send(ChatPostMessage(place.channel, Content(said)))
            else:
                await self._sender.send(_answer(click, said))

    async def turn_away(self, outsider: Outsider) -> None:
        """Tell somebody of another organisation that they are not served."""
        notice = ChatPostEphemeral(
            outsider.channel, outsider.user, Content(OUTSIDER_REFUSED), outsider.root or None
        )
        async with _in_time_for_the_ack():
            if await self._may_tell(outsider.user):
                await self._sender.send(notice)


def _answer(click: Clicked, said: str) -> SlackOp:
    if click.view_id:  # it hides the thread, and one that was just opened waits to be filled in
        return ViewsUpdate(click.view_id, modal("Neo", [section(Mrkdwn(said))]))
    return ChatPostEphemeral(click.thread.channel, click.user, Content(said), click.thread.root)


@asynccontextmanager
async def _in_time_for_the_ack() -> AsyncGenerator[None]:
    """Give up a sentence to one person when it takes too long, or can't be said."""
    try:
        async with asyncio.timeout(NOTICE_TIMEOUT):
            yield
    except (SlackError, StoreError, TimeoutError) as error:
        log.warning("notice_not_sent", error=str(error))
