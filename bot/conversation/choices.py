"""Clicks by which somebody decides what Neo asked."""

import math

import structlog

from bot import actions
from bot.approvals.replies import Meaning, meaning_of
from bot.conversation import approval_sentences, hear, releasing, sentences
from bot.conversation.click import Answering, Click
from bot.conversation.deciding import Deciding
from bot.conversation.decision_sentences import by_policy, without_effect
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import to_clicker
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.talk import Held, Talk
from bot.conversation.voting import Outcome
from bot.ids import ApprovalRequestId, ts_seconds
from bot.render.forms import answer_form
from bot.slack.mrkdwn import Mrkdwn
from bot.store.approvals import ApprovalState, Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Choices:
    """Takes the decisions of one conversation that come as clicks; each finishes its entry."""

    def __init__(
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        *,
        deciding: Deciding,
        answering: Answering,
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._deciding = deciding
        self._answering = answering

    async def approve(self, talk: Talk, click: Click) -> None:
        """Approve what the card showed."""
        await self._decide(talk, click, ok=True)

    async def deny(self, talk: Talk, click: Click) -> None:
        """Deny what the card showed, in the words of a form or in none."""
        await self._decide(talk, click, ok=False, words=click.clicked.words)

    async def option(self, talk: Talk, click: Click) -> None:
        """Answer with one of the words that Neo offers.

        As the official clients do with any words: that approves nothing.
        """
        view, number = await self._desk.view(), click.value.number
        approval = view.approval(click.value.subject) if view else None
        if approval is None:
            await self._answering.only_say(click, approval_sentences.NOT_YET)
        elif approval.digest != click.value.digest:
            self._means.wakes.relay(self._desk.thread)
            await self._answering.only_say(click, sentences.OUTDATED)
        elif number >= len(approval.options):
            await self._answering.only_say(click, sentences.UNKNOWN_BUTTON)
        else:
            await self._decide(talk, click, ok=False, words=approval.options[number])

    async def ask_for_words(self, talk: Talk, click: Click) -> None:
        """Show the form in the modal that the click comes from; elsewhere, do without it.

        A click on a card gets here only where its form could not be opened, because its trigger was
        too old or Slack refused, or where nobody knows whether it was. So it decides nothing by
        itself (who clicked may have wanted to say more), and the way without a form is one more
        click. What was entered in a form that came up stays when it is shown again.
        """
        question = actions.kind_of(click.clicked.action_id) == actions.ANSWER
        if why := await self._why_not(talk, click):
            await self._answering.only_say(click, why)
        elif click.clicked.has_modal:
            view, at_home = await self._desk.view(), {"home": click.clicked.in_home}
            value = click.value.model_copy(update=at_home).encode()
            approval = view.approval(click.value.subject) if view else None
            message = approval.message if approval else ""
            form = answer_form(value, message=message, question=question)

            async def missing() -> None:
                # Closed by whoever saw it, or sent: only what still waits needs another way.
                if not click.clicked.view_id and not await self._why_not(talk, click):
                    await self._offer_without_form(click, question=question)

            await self._answering.show_form(click, form, missing=missing)
        else:
            await self._offer_without_form(click, question=question)
            await self._desk.finish(click.entry)

    async def _offer_without_form(self, click: Click, *, question: bool) -> None:
        if question:
            await self._answering.whisper(click, approval_sentences.NO_ANSWER_FORM)
        else:
            offer = approval_sentences.offer_plain_denial(click.clicked.value)
            await self._answering.whisper(click, approval_sentences.NO_DENIAL_FORM, offer)

    async def send_held(self, talk: Talk, click: Click) -> None:
        """Take a held reply as the denial that it was not at first; too late, as a message."""
        held = _held_by(talk, click)
        if held is None:
            await self._answering.only_say(click, sentences.NO_LONGER_OPEN)
            return
        outcome = await self._settle(
            talk, click, held.request_id, ok=False, words=held.item.content
        )
        if outcome is Verdict.OUTDATED:
            await self._answering.only_say(click, sentences.OUTDATED)
        elif why := by_policy(outcome):
            await self._answering.only_say(click, why)
        elif outcome is not Verdict.WON:
            await self._send_as_message(talk, click, held)

    async def send_which(self, talk: Talk, click: Click) -> None:
        """Take a reply as the answer to the one of several things that its author names."""
        held, view = _held_by(talk, click), await self._desk.view()
        if held is None or held.item.user != click.clicked.user:
            why = sentences.NOT_YOURS if held else sentences.NO_LONGER_OPEN
            await self._answering.only_say(click, why)
            return
        approval = view.approval(held.request_id) if view else None
        question = approval is not None and approval.question
        meaning = Meaning.OTHER if question else meaning_of(held.item.content)
        words = held.item.content if meaning is Meaning.OTHER else ""
        ok = meaning is Meaning.YES
        outcome = await self._settle(talk, click, held.request_id, ok=ok, words=words)
        if why := without_effect(outcome):
            await self._answering.only_say(click, why)
        else:
            # It answers one of them: the others are decided by other words.
            ts = held.item.ts
            await self._desk.change(lambda t: releasing.release_held(t, held).having_told([ts]))
            await self._errands.run([to_clicker(click.clicked, sentences.DECIDED)])

    async def _why_not(self, talk: Talk, click: Click) -> Mrkdwn | None:
        """Return why nothing can be decided by a click; None where something can.

        By the record, not by the view, which has an approval only after its card is shown.
        """
        request = ApprovalRequestId(click.value.subject)
        kept = await self._means.approvals.get(talk.task_id, request) if talk.task_id else None
        if kept is None:
            return sentences.UNKNOWN_BUTTON
        if kept.state is not ApprovalState.OPEN:
            return sentences.NO_LONGER_OPEN
        if kept.digest != click.value.digest:
            self._means.wakes.relay(self._desk.thread)
            return sentences.OUTDATED
        return None

    async def _decide(self, talk: Talk, click: Click, *, ok: bool, words: str = "") -> None:
        request = ApprovalRequestId(click.value.subject)
        outcome = await self._settle(talk, click, request, ok=ok, words=words)
        if why := without_effect(outcome):
            await self._answering.only_say(click, why)
        else:
            self._answering.show_again(click)

    async def _settle(
        self, talk: Talk, click: Click, request: ApprovalRequestId, *, ok: bool, words: str = ""
    ) -> Outcome:
        clicked = click.clicked
        said_at = ts_seconds(clicked.action_ts) if clicked.found_late else math.inf
        decision = await self._deciding.decision(
            click.entry, clicked.user, ok=ok, instructions=words, said_at=said_at
        )
        outcome = await self._deciding.take(
            talk, request, digest=click.value.digest, decision=decision
        )
        if outcome is not Verdict.WON:
            log.info("click_decided_nothing", outcome=type(outcome).__name__, request=request)
            self._means.wakes.relay(self._desk.thread)
        return outcome

    async def _send_as_message(self, talk: Talk, click: Click, held: Held) -> None:
        view = await self._desk.view()

        def sent(talk: Talk) -> hear.Hearing:
            return hear.enqueue(releasing.release_held(talk, held), view, held.item)

        await self._desk.change(lambda talk: sent(talk).talk, entry=click.entry)
        said = to_clicker(click.clicked, sentences.SENT_AS_MESSAGE)
        await self._errands.run((*sent(talk).effects, said))


def _held_by(talk: Talk, click: Click) -> Held | None:
    """Return the reply that a button is about, for the one thing that it may answer."""
    ts, digest = click.value.subject, click.value.digest
    return next((h for h in talk.held if (h.item.ts, h.digest) == (ts, digest)), None)
