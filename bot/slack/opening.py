"""Modals that a click opens: in the listener, since a trigger is good for three seconds."""

import asyncio
import hashlib

import structlog

from bot.errors import Accepted, BotError, SlackUnavailable
from bot.slack.desks import FormDesk
from bot.slack.inbound import Clicked, Received
from bot.slack.ops import ViewsOpen
from bot.slack.sender import SlackSender
from bot.slack.views import with_name

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
        and offers another way. Where nobody knows whether it was, it is stored with the modal's
        name, by which that can be found out once the trigger is too old.
        """
        until = asyncio.get_running_loop().time() + OPENING_TIMEOUT
        name = _name_of(received)
        try:
            async with asyncio.timeout_at(until):
                opening = await self._forms.opened_by(click)
        except (BotError, TimeoutError) as error:
            log.warning("modal_not_known", action=click.action_id, why=str(error) or "too slow")
            return received
        if opening is None:
            return received
        try:
            async with asyncio.timeout_at(until):
                sent = await self._sender.send(ViewsOpen(trigger, with_name(opening.view, name)))
        except (BotError, TimeoutError) as error:
            log.warning("modal_not_opened", action=click.action_id, why=str(error) or "too slow")
            return _with(received, click, view_name=name) if _may_be_open(error) else received
        return _with(received, click, view_id=sent.view_id) if opening.goes_on else None


def _with(received: Received, click: Clicked, **modal: str) -> Received:
    return received.model_copy(update={"input": click.model_copy(update=modal)})


def _may_be_open(error: BotError | TimeoutError) -> bool:
    if isinstance(error, SlackUnavailable):
        return error.accepted is Accepted.UNKNOWN
    return isinstance(error, TimeoutError)


def _name_of(received: Received) -> str:
    """Return a name for the modal of one click, and of no other."""
    return hashlib.sha256("\n".join(received.marks).encode("utf-8", "replace")).hexdigest()[:32]
