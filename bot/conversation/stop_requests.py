"""Who wants to stop a turn, and how: by a button, Slack's own, a command, a word or a reaction."""

from collections.abc import Callable

from bot.approvals.facts import NOT_ALLOWED
from bot.conversation import stop_sentences
from bot.conversation.admitting import refusal
from bot.conversation.click import Answering, Click
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Whisper, to_clicker
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.stop_rights import StopRights
from bot.conversation.stopping import Asked, Stopping, is_over, turn_meant, turn_reacted_to
from bot.conversation.talk import Talk
from bot.conversation.writes import Writer
from bot.ids import TaskId, UserId, number_in
from bot.slack.inbound import Reacted, SessionStopped
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.ops import Block
from bot.view import View

Said = tuple[Mrkdwn, tuple[Block, ...]]
"""What somebody is told whose stop changes nothing, and the blocks to show in place of the text."""


class StopRequests:
    """Answers the stops of one conversation; each finishes its inbox entry."""

    def __init__(
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        writer: Writer,
        answering: Answering,
    ) -> None:
        self._desk = desk
        self._errands = errands
        self._rights = StopRights(means.policy, means.channels, means.groups)
        self._stopping = Stopping(means, desk, errands, writer)
        self._answering = answering
        self._means = means

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Bring the stop forward, as `Stopping.step` does."""
        return await self._stopping.step(talk, task_id)

    def knows(self, user: UserId) -> bool:
        """Whether it is known who somebody is to this task, without a question to Slack."""
        return self._desk.talk is None or self._rights.is_known(self._desk.talk, user)

    async def take_reaction(self, entry: str, reacted: Reacted) -> None:
        """Stop the turn whose message somebody crossed out; any other cross is between people."""
        view = await self._desk.view()
        turn = turn_reacted_to(view, reacted, self._errands.place.root)
        if is_over(view, turn):
            await self._desk.finish(entry)
        else:
            place = self._errands.place
            stopped = SessionStopped(thread=place, user=reacted.user, turn=turn, ts=reacted.at)
            await self.take(entry, stopped)

    async def take(self, entry: str, stopped: SessionStopped) -> None:
        """Stop the turn that is meant, for whoever may."""
        place = self._errands.place
        refused = refusal(self._means, stopped.user, stopped.thread.channel)
        if refused is not None:
            await self.refuse(stopped.user, entry)
            await self._errands.refuse(Whisper(stopped.user, refused, place.channel, place.root))
            await self._desk.finish(entry)
        elif self._desk.talk is None:
            await self._desk.finish(entry)
        else:
            await self.take_from_admitted(self._desk.talk, stopped, entry)

    async def take_from_admitted(self, talk: Talk, stopped: SessionStopped, entry: str) -> None:
        """Stop the turn that is meant, for whoever of those who use the bridge may."""

        def turn(view: View | None) -> int:
            return turn_meant(view, stopped)

        said = await self._stop(talk, Asked(stopped.user, stopped.ts), turn, entry)
        if said is not None:
            text, blocks = said
            place = self._errands.place
            told = Whisper(stopped.user, text, place.channel, place.root, blocks)
            await self._errands.run([told])
            await self._desk.finish(entry)

    async def click(self, talk: Talk, click: Click) -> None:
        """Stop the turn of the button."""
        await self._click(talk, click)

    async def force(self, talk: Talk, click: Click) -> None:
        """Kill the runtime of the turn that was meant, in place of the stop that was asked for."""
        await self._click(talk, click, force=True)

    async def refuse(self, user: UserId, entry: str) -> None:
        """Record that somebody wanted to stop who may not use the bridge; the caller says so."""
        await self._stopping.refuse(user, entry, NOT_ALLOWED)

    async def _click(self, talk: Talk, click: Click, *, force: bool = False) -> None:
        turn, clicked = number_in(click.value.subject), click.clicked
        asked = Asked(clicked.user, clicked.action_ts)
        said = await self._stop(talk, asked, lambda _: turn, click.entry, force=force)
        if said is not None:
            await self._answering.only_say(click, *said)
        elif clicked.thread != self._errands.place:
            # The button in the private message about a lost thread: nothing else shows it.
            await self._errands.run([to_clicker(clicked, stop_sentences.STOPPING)])

    async def _stop(
        self,
        talk: Talk,
        asked: Asked,
        turn_in: Callable[[View | None], int],
        entry: str,
        *,
        force: bool = False,
    ) -> Said | None:
        """Stop a turn for whoever may, while it lasts; else return what they are told."""
        if refused := await self._rights.refused(talk, asked.user):
            await self._stopping.refuse(asked.user, entry, refused.outcome)
            return refused.said, ()
        view, now = await self._desk.view(), self._desk.talk or talk  # Slack may have been asked
        if is_over(view, turn := turn_in(view)):
            return stop_sentences.TURN_OVER, ()
        if now.is_stopping and not force:
            return stop_sentences.STOPPING, stop_sentences.still_stopping(now)
        await self._stopping.take(turn, asked, entry, force=force)
        return None
