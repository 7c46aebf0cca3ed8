"""One click on a button of ours, as it came out of the inbox, and what is said to who clicked."""

from dataclasses import dataclass, replace
from typing import Self

import structlog

from bot.conversation.desk import TalkDesk
from bot.conversation.effects import to_clicker
from bot.conversation.errands import Errands
from bot.errors import MalformedInput
from bot.ids import ButtonValue
from bot.slack.inbound import Clicked
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Block

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Click:
    """A click with its decoded value and its inbox entry."""

    clicked: Clicked
    value: ButtonValue
    entry: str

    @classmethod
    def read(cls, clicked: Clicked, entry: str) -> Self | None:
        """Return the click; None where its value is none of ours."""
        try:
            return cls(clicked, ButtonValue.decode(clicked.value), entry)
        except MalformedInput as error:
            log.warning("click_unreadable", action=clicked.action_id, why=str(error))
            return None


class Answering:
    """Answers clicks that change nothing."""

    def __init__(self, desk: TalkDesk, errands: Errands) -> None:
        self._desk = desk
        self._errands = errands

    async def only_say(self, click: Click, text: Mrkdwn, blocks: tuple[Block, ...] = ()) -> None:
        """Tell who clicked in private, and finish the click."""
        await self._errands.run([replace(to_clicker(click.clicked, text), blocks=blocks)])
        await self._desk.finish(click.entry)
