"""One click on a button of ours, as it came out of the inbox, and what is said to who clicked."""

from dataclasses import dataclass, replace
from typing import Self

import structlog

from bot.conversation import approval_sentences, control_sentences, sentences
from bot.conversation.anew import is_of_earlier_task
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import to_clicker
from bot.conversation.errands import Errands
from bot.conversation.reviewing import Reviewing, Say
from bot.conversation.talk import Talk
from bot.errors import MalformedInput
from bot.ids import ButtonValue
from bot.render.forms import rename_form
from bot.slack.inbound import Clicked
from bot.slack.mrkdwn import Mrkdwn, mention
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
    """Answers clicks that change nothing: in private, in the modal where that hides the thread."""

    def __init__(self, desk: TalkDesk, errands: Errands, reviewing: Reviewing) -> None:
        self._desk = desk
        self._errands = errands
        self._reviewing = reviewing

    async def only_say(self, click: Click, text: Mrkdwn, blocks: tuple[Block, ...] = ()) -> None:
        """Tell who clicked, and finish the click. `blocks` is shown in place of the text."""
        if click.clicked.view_id and not blocks:
            self._reviewing.show(click.clicked, click.value, text)
        else:
            await self.whisper(click, text, blocks)
        await self._desk.finish(click.entry)

    async def whisper(self, click: Click, text: Mrkdwn, blocks: tuple[Block, ...] = ()) -> None:
        """Tell who clicked, beside any modal. `blocks` is shown in place of the text."""
        await self._errands.run([replace(to_clicker(click.clicked, text), blocks=blocks)])

    def show_again(self, click: Click) -> None:
        """Show in the click's modal, where it has one, what is asked as it is now."""
        if click.clicked.view_id:
            self._reviewing.show(click.clicked, click.value)

    async def show_form(self, click: Click, form: Block, *, missing: Say) -> None:
        """Show a form in the click's modal, and finish the click; `missing` where there is none."""
        self._reviewing.fill(click.clicked, form, missing=missing)
        await self._desk.finish(click.entry)

    async def title_form(self, talk: Talk, click: Click, turn: int) -> None:
        """Finish a click whose form for the title did not open, or not as far as we know.

        Who may rename the task gets the form where Slack lets us.
        """
        if click.clicked.user != talk.owner:
            await self.only_say(click, sentences.not_owner(mention(talk.owner)))
        elif is_of_earlier_task(talk, turn):
            await self.only_say(click, control_sentences.NO_TASK)
        elif not click.clicked.has_modal:
            await self.only_say(click, control_sentences.NO_TITLE_FORM)
        else:
            view = await self._desk.view()
            form = rename_form(click.clicked.value, title=view.title if view else "")

            async def missing() -> None:
                await self.whisper(click, control_sentences.NO_TITLE_FORM)

            await self.show_form(click, form, missing=missing)

    async def review(self, _talk: Talk, click: Click) -> None:
        """Show in the click's modal what is asked, whole, and finish the click."""
        if click.clicked.has_modal:

            async def missing() -> None:
                if not click.clicked.view_id:
                    await self.whisper(click, approval_sentences.NO_REVIEW)

            self._reviewing.show(click.clicked, click.value, missing=missing)
            await self._desk.finish(click.entry)
        else:
            await self.only_say(click, approval_sentences.NO_REVIEW)
