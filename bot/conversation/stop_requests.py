"""Who wants to stop a turn, and how: by Slack's own button, a command, a word or a reaction."""

from collections.abc import Callable

from bot.conversation import sentences, stop_sentences
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Whisper
from bot.conversation.errands import Errands
from bot.conversation.stopping import Stopping, is_over, turn_meant, turn_reacted_to
from bot.conversation.talk import Talk
from bot.ids import UserId
from bot.slack.inbound import Reacted, SessionStopped
from bot.slack.mrkdwn import Mrkdwn, mention
from bot.slack.ops import Block

Refusal = Callable[[UserId, str], Mrkdwn | None]
"""Says why somebody may not use the bridge in a channel; None where they may."""


class StopRequests:
    """Answers the stops of one conversation that are no clicks; each finishes its inbox entry."""

    def __init__(
        self, desk: TalkDesk, errands: Errands, stopping: Stopping, refusal: Refusal
    ) -> None:
        self._desk = desk
        self._errands = errands
        self._stopping = stopping
        self._refusal = refusal

    async def take_reaction(self, entry: str, reacted: Reacted) -> None:
        """Stop the turn whose message somebody crossed out; any other cross is between people."""
        view = await self._desk.view()
        turn = turn_reacted_to(view, reacted, self._errands.place.root)
        if is_over(view, turn):
            await self._desk.finish(entry)
        else:
            place = self._errands.place
            await self.take(entry, SessionStopped(thread=place, user=reacted.user, turn=turn))

    async def take(self, entry: str, stopped: SessionStopped) -> None:
        """Stop the turn that is meant, for whoever may."""
        place = self._errands.place
        refusal = self._refusal(stopped.user, stopped.thread.channel)
        if refusal is not None:
            await self._stopping.refuse(stopped.user, entry)
            await self._errands.refuse(Whisper(stopped.user, refusal, place.channel, place.root))
            await self._desk.finish(entry)
        elif self._desk.talk is None:
            await self._desk.finish(entry)
        else:
            await self.take_from_admitted(self._desk.talk, stopped, entry)

    async def take_from_admitted(self, talk: Talk, stopped: SessionStopped, entry: str) -> None:
        """Stop the turn that is meant, for its owner, while it lasts."""
        view, user = await self._desk.view(), stopped.user
        blocks: tuple[Block, ...] = ()
        turn = turn_meant(view, stopped)
        if user != talk.owner:
            await self._stopping.refuse(user, entry)
            said = sentences.not_owner(mention(talk.owner))
        elif talk.is_stopping:
            said, blocks = stop_sentences.STOPPING, stop_sentences.still_stopping(talk)
        elif is_over(view, turn):
            said = stop_sentences.TURN_OVER
        else:
            await self._stopping.take(turn, user, entry)
            return
        place = self._errands.place
        await self._errands.run([Whisper(user, said, place.channel, place.root, blocks)])
        await self._desk.finish(entry)
