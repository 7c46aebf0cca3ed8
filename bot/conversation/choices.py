"""Clicks by which somebody decides what Neo asked."""

import math

import structlog

from bot.conversation import hear, releasing, sentences
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
from bot.store.approvals import Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Choices:
    """Takes the decisions of one conversation that come as clicks; each finishes its entry."""

    def __init__(
        self, means: Means, desk: TalkDesk, errands: Errands, *, deciding: Deciding
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._deciding = deciding
        self._answering = Answering(desk, errands)

    async def approve(self, talk: Talk, click: Click) -> None:
        """Approve what the card showed."""
        await self._decide(talk, click, ok=True)

    async def deny(self, talk: Talk, click: Click) -> None:
        """Deny what the card showed."""
        await self._decide(talk, click, ok=False)

    async def send_held(self, talk: Talk, click: Click) -> None:
        """Take a held reply as the denial that it was not at first; too late, as a message."""
        held = next((h for h in talk.held if h.item.ts == click.value.subject), None)
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

    async def _decide(self, talk: Talk, click: Click, *, ok: bool) -> None:
        outcome = await self._settle(talk, click, ApprovalRequestId(click.value.subject), ok=ok)
        if why := without_effect(outcome):
            await self._answering.only_say(click, why)

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
