"""One Slack thread's inbound side: takes entries in, and brings its writes to Neo forward."""

from typing import assert_never

from bot.conversation.admitting import refusal
from bot.conversation.catching_up import catch_up
from bot.conversation.click import Answering
from bot.conversation.clicks import Clicks
from bot.conversation.confirming import Confirming
from bot.conversation.controls import Controls
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.lanes import Lanes, Step, once_there_is_a_task
from bot.conversation.means import Means
from bot.conversation.messages import Messages
from bot.conversation.reviewing import Reviewing
from bot.conversation.sending import Sending
from bot.conversation.sharing import Sharing
from bot.conversation.starting import Starting
from bot.conversation.stop_requests import StopRequests
from bot.conversation.talk import Talk
from bot.conversation.whereabouts import Whereabouts
from bot.conversation.wishing import Wishing
from bot.conversation.writes import Writer
from bot.ids import TaskId, ThreadRef, UserId
from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Controlled,
    Deleted,
    Edited,
    Expired,
    ForConversation,
    Heard,
    Reacted,
    SessionStopped,
)


class Conversation:
    """Owns the talk of one thread. `take` is called for one entry at a time, in inbox order."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._errands = Errands(means, _place(desk))
        here = (means, desk, self._errands)
        parts = (*here, _writer(means))
        self._starting = Starting(*parts)
        self._sending = Sending(*parts)
        self._deciding = Deciding(means, desk)
        self._confirming = Confirming(*parts)
        self._sharing = Sharing(*here)
        self._reviewing = Reviewing(means, desk)
        self._answering = Answering(desk, self._errands, self._reviewing)
        self._stops = StopRequests(*parts, self._answering)
        self._wishing = Wishing(*here)
        self._controls = Controls(
            *here,
            wishing=self._wishing,
            sharing=self._sharing,
        )
        self._whereabouts = Whereabouts(*here)
        self._messages = Messages(
            *here,
            deciding=self._deciding,
            stops=self._stops,
            whereabouts=self._whereabouts,
        )
        self._clicks = Clicks(
            *here,
            deciding=self._deciding,
            stops=self._stops,
            answering=self._answering,
            controls=self._controls,
            whereabouts=self._whereabouts,
        )
        self._lanes = Lanes(desk, self._steps(), retry=means.patience.retry)

    def _steps(self) -> tuple[Step, ...]:
        """Return what each lane brings forward."""
        wishes = (self._sharing.step, self._wishing.step)
        of_task = (self._decisions, self._stops.step, *wishes)
        return (self._message, *map(once_there_is_a_task, of_task))

    @property
    def has_begun(self) -> bool:
        """Whether somebody has spoken to the bot here."""
        return self._desk.talk is not None

    def has_to_ask_about(self, user: UserId | None) -> bool:
        """Whether Slack has to say who is in a group before somebody's stop counts, or does not."""
        return user is not None and not self._stops.knows(user)

    def poke(self) -> None:
        """Let every lane look again: the view or the talk has changed."""
        self._lanes.poke()

    async def run(self) -> None:
        """Bring the writes to Neo forward for ever. Raises `LeaseLost`, `StoreUnavailable`."""
        try:
            await self._lanes.run()
        finally:
            await self._errands.close()
            await self._reviewing.close()

    async def begin(self) -> None:
        """Take up what a process that died has left between two steps; before any entry."""
        await self._deciding.adopt()

    async def rests(self) -> bool:
        """Whether there is nothing to do until somebody says something."""
        talk = self._desk.talk
        return talk is None or talk.rests(await self._desk.view())

    async def take(self, entry: str, given: ForConversation) -> None:
        """Take one inbox entry in; it is finished when its effect is in the talk."""
        match given:
            case Heard():
                await self._messages.take(entry, given)
            case Clicked():
                await self._clicked(entry, given)
            case Edited():
                await self._messages.take_edit(entry, given)
            case Deleted():
                await self._messages.take_deletion(entry, given)
            case SessionStopped():
                await self._stops.take(entry, given)
            case Reacted():
                await self._stops.take_reaction(entry, given)
            case Expired():
                await self._expired(entry, given)
            case Controlled():
                await self._controls.take(entry, given)
            case ChannelMoved() | ChannelClosed():
                await self._whereabouts.take(entry, given)
            case _:
                assert_never(given)
        self.poke()

    async def _clicked(self, entry: str, clicked: Clicked) -> None:
        if not clicked.message_ts:  # in a view, which is in no thread
            clicked = clicked.model_copy(update={"thread": self._errands.place})
        refused = refusal(self._means, clicked.user, clicked.thread.channel)
        await self._clicks.hear(entry, clicked, refused)

    async def _expired(self, entry: str, expired: Expired) -> None:
        talk = self._desk.talk
        task_id = talk.task_id if talk else None
        if task_id is None or not await self._deciding.expire(task_id, expired, entry):
            await self._desk.finish(entry)

    async def _decisions(self, talk: Talk, task_id: TaskId) -> float | None:
        # Again: a card may have been decided on before its request was in the view.
        await self._deciding.adopt()
        return await self._confirming.step(self._desk.talk or talk, task_id)

    async def _message(self, talk: Talk) -> float | None:
        if talk.returned:
            return await self._sending.give_back(talk)
        if talk.parting:
            return await self._controls.tell_parting(talk, talk.parting)
        if talk.task_id is None:
            return await self._starting.step(talk)
        if not talk.caught_up:
            # Not poked by what is found: it comes through the inbox, and may be before what waits.
            wait = await catch_up(self._means, self._desk, talk)
            return wait or 0.0
        return await self._sending.step(talk, talk.task_id)


def _writer(means: Means) -> Writer:
    return Writer(
        means.store,
        means.lease,
        hold_seconds=means.call_seconds,
        patience=means.patience,
        clock=means.clock,
    )


def _place(desk: TalkDesk) -> ThreadRef:
    return (desk.talk.place if desk.talk else None) or desk.thread
