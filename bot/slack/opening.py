"""Modals that a click opens: in the listener, since a trigger is good for three seconds."""

import asyncio

import structlog

from bot.errors import BotError
from bot.slack.desks import FormDesk, Opening
from bot.slack.inbound import Clicked, Received
from bot.slack.ops import ViewsOpen
from bot.slack.sender import SlackSender

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

OPENING_TIMEOUT = 1.0
"""Seconds to open a modal: what is left of Slack's three is for storing the click."""


class ModalOpener:
    """Opens what clicks open."""

    def __init__(self, sender: SlackSender, forms: FormDesk) -> None:
        self._sender = sender
        self._forms = forms

    async def open(self, received: Received, click: Clicked, trigger: str) -> Received | None:
        """Open what the click opens; return what is to be stored of it, None for nothing.

        A click whose modal could not be opened is stored as it came: whoever takes it up says so,
        and offers another way.
        """
        try:
            async with asyncio.timeout(OPENING_TIMEOUT):
                opening = await self._forms.opened_by(click)
                return await self._opened(received, click, trigger, opening)
        except (BotError, TimeoutError) as error:
            log.warning("modal_not_opened", action=click.action_id, why=str(error) or "too slow")
            return received

    async def _opened(
        self, received: Received, click: Clicked, trigger: str, opening: Opening | None
    ) -> Received | None:
        if opening is None:
            return received
        sent = await self._sender.send(ViewsOpen(trigger, opening.view))
        if not opening.goes_on:
            return None
        return received.model_copy(
            update={"input": click.model_copy(update={"view_id": sent.view_id})}
        )
