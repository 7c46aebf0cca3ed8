"""What a click on one of our buttons means in its conversation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot import actions
from bot.conversation import hear, sentences
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Whisper
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.stopping import Stopping, is_over
from bot.conversation.talk import Talk
from bot.ids import ApprovalRequestId, ButtonValue, ThreadRef
from bot.slack.inbound import Clicked
from bot.slack.mrkdwn import mention
from bot.store.approvals import Verdict

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Click:
    """A click with its decoded value and its inbox entry."""

    clicked: Clicked
    value: ButtonValue
    entry: str


class Clicks:
    """Answers the clicks of one conversation; each finishes its inbox entry."""

    def __init__(
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        *,
        deciding: Deciding,
        stopping: Stopping,
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._deciding = deciding
        self._stopping = stopping
        self._answers: dict[str, Callable[[Talk, Click], Awaitable[None]]] = {
            actions.APPROVE: self._approve,
            actions.DENY: self._deny,
            actions.STOP: self._stop,
            actions.TRY_AGAIN: self._try_again,
            actions.SEND_LATE: self._send_late,
            actions.SEND_HELD: self._send_held,
            actions.CONTINUE_HERE: self._continue_here,
        }

    async def take(self, talk: Talk, click: Click) -> None:
        """Do what the button says, for whoever may."""
        answer = self._answers.get(click.clicked.action_id)
        if answer is None:
            await self._desk.finish(click.entry)
            return
        owners_only = click.clicked.action_id != actions.SEND_LATE
        if owners_only and click.clicked.user != talk.owner:
            await self._only_say(click, sentences.not_owner(mention(talk.owner)))
            return
        await answer(talk, click)

    async def _approve(self, talk: Talk, click: Click) -> None:
        await self._decide(talk, click, ok=True)

    async def _deny(self, talk: Talk, click: Click) -> None:
        await self._decide(talk, click, ok=False)

    async def _decide(self, talk: Talk, click: Click, *, ok: bool, words: str = "") -> None:
        user, request = click.clicked.user, ApprovalRequestId(click.value.subject)
        decision = self._deciding.decision(click.entry, user, ok=ok, instructions=words)
        verdict = await self._deciding.take(
            talk, request, digest=click.value.digest, decision=decision
        )
        if verdict is not Verdict.WON:
            log.info("decision_without_effect", verdict=verdict, request=request)
            self._means.wakes.relay(self._desk.thread)
            await self._only_say(click, _WITHOUT_EFFECT[verdict])

    async def _stop(self, talk: Talk, click: Click) -> None:
        turn = int(click.value.subject) if click.value.subject.isdigit() else 0
        if is_over(await self._desk.view(), turn):
            await self._only_say(click, sentences.TURN_OVER)
        elif talk.stop is not None:
            await self._only_say(click, sentences.STOPPING)
        else:
            await self._stopping.take(turn, click.clicked.user, click.entry)

    async def _try_again(self, talk: Talk, click: Click) -> None:
        start = talk.start
        if start is None or not start.failed or click.value.subject != str(talk.attempts):
            await self._only_say(click, sentences.NO_LONGER_OPEN)
            return

        def again(talk: Talk) -> Talk:
            queue = (*start.items, *talk.queue)
            return talk.model_copy(update={"start": None, "queue": queue})

        await self._desk.change(again, entry=click.entry)

    async def _send_late(self, talk: Talk, click: Click) -> None:
        released, item = hear.release_late(talk, click.value.subject, click.clicked.user)
        if item is None:
            await self._only_say(click, sentences.NOT_YOURS)
            return
        hearing = hear.enqueue(released, await self._desk.view(), item)

        def sent(talk: Talk) -> Talk:
            left, _ = hear.release_late(talk, item.ts, item.user)
            return left.model_copy(update={"queue": (*left.queue, item)})

        await self._desk.change(sent, entry=click.entry)
        await self._errands.run(hearing.effects)

    async def _send_held(self, talk: Talk, click: Click) -> None:
        held = next((h for h in talk.held if h.item.ts == click.value.subject), None)
        if held is None:
            await self._only_say(click, sentences.NO_LONGER_OPEN)
            return
        value = ButtonValue(t=click.value.thread, s=held.request_id, d=held.digest)
        as_denial = Click(click.clicked, value, click.entry)
        await self._decide(talk, as_denial, ok=False, words=held.item.text)

    async def _continue_here(self, talk: Talk, click: Click) -> None:
        clicked = click.clicked
        place = ThreadRef(channel=clicked.thread.channel, root=clicked.message_ts)
        await self._means.records.alias(place.key(), talk.thread.key())
        changes = {"place": place}
        await self._desk.change(lambda talk: talk.model_copy(update=changes), entry=click.entry)
        self._errands.place = place
        self._means.wakes.relay(self._desk.thread)

    async def _only_say(self, click: Click, text: str) -> None:
        await self._errands.run([Whisper(click.clicked.user, text)])
        await self._desk.finish(click.entry)


_WITHOUT_EFFECT = {
    Verdict.LOST: sentences.NO_LONGER_OPEN,
    Verdict.CLOSED: sentences.NO_LONGER_OPEN,
    Verdict.OUTDATED: sentences.OUTDATED,
    Verdict.UNKNOWN: sentences.UNKNOWN_BUTTON,
}
