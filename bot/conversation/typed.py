"""A typed answer to what Neo asks, settled as a click is."""

import math
from collections.abc import Callable

from bot.conversation import hear, sentences
from bot.conversation.deciding import Deciding
from bot.conversation.decision_sentences import not_taken
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import to_author
from bot.conversation.errands import Errands
from bot.conversation.talk import Talk
from bot.conversation.voting import Counted
from bot.ids import ts_seconds
from bot.slack.inbound import Heard
from bot.store.approvals import Verdict


class Typed:
    """Settles the typed answers of one conversation."""

    def __init__(self, desk: TalkDesk, errands: Errands, deciding: Deciding) -> None:
        self._desk = desk
        self._errands = errands
        self._deciding = deciding

    def taken(self, heard: Heard) -> Callable[[Talk], Talk]:
        """Return what an answer does to the talk: Neo gets it, no mention has to bring it along."""
        return lambda talk: talk.with_speaker(heard.user).having_told([heard.ts])

    async def settle(
        self, entry: str, talk: Talk, said: hear.Said, answer: hear.Answer
    ) -> Callable[[Talk], hear.Hearing] | None:
        """Take an answer, which finishes its entry; else return what becomes of the message."""
        heard = said.heard
        said_at = ts_seconds(heard.ts) if heard.found_late else math.inf
        decision = await self._deciding.decision(
            entry, heard.user, ok=answer.ok, instructions=answer.instructions, said_at=said_at
        )
        approval = answer.approval
        outcome = await self._deciding.take(
            talk,
            approval.request_id,
            digest=approval.digest,
            decision=decision,
            also=self.taken(heard),
        )
        if outcome is not Verdict.WON:
            told, why = [heard.ts] if isinstance(outcome, Counted) else [], not_taken(outcome)
            return lambda talk: hear.not_taken(
                talk.with_speaker(heard.user).having_told(told), said, why
            )
        if heard.said_in:
            await self._errands.run([to_author(heard, sentences.DECIDED)])
        return None
