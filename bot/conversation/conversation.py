"""One Slack thread's inbound side: takes entries in, and brings its writes to Neo forward."""

from collections.abc import Callable
from typing import assert_never

import structlog

from bot.conversation import hear, sentences
from bot.conversation.amending import edit, forget, is_news
from bot.conversation.catching_up import catch_up
from bot.conversation.click import Answering
from bot.conversation.clicks import Clicks
from bot.conversation.confirming import Confirming
from bot.conversation.controls import Controls
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.direct import Direct, small_talk_in
from bot.conversation.editing import Editing
from bot.conversation.effects import must_arrive, to_author
from bot.conversation.errands import Errands
from bot.conversation.files import with_files
from bot.conversation.lanes import Lanes, once_there_is_a_task
from bot.conversation.means import Means
from bot.conversation.reading import as_heard, as_said
from bot.conversation.reviewing import Reviewing
from bot.conversation.sending import Sending
from bot.conversation.sharing import Sharing
from bot.conversation.starting import Starting
from bot.conversation.stop_requests import StopRequests
from bot.conversation.talk import Talk
from bot.conversation.typed import Typed
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
from bot.slack.mrkdwn import Mrkdwn

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Conversation:
    """Owns the talk of one thread. `take` is called for one entry at a time, in inbox order."""

    def __init__(self, means: Means, desk: TalkDesk) -> None:
        self._means = means
        self._desk = desk
        self._errands = Errands(means, _place(desk))
        writer = Writer(
            means.store,
            means.lease,
            hold_seconds=means.call_seconds,
            patience=means.patience,
            clock=means.clock,
        )
        parts = (means, desk, self._errands, writer)
        self._starting = Starting(*parts)
        self._sending = Sending(*parts)
        self._deciding = Deciding(means, desk)
        self._confirming = Confirming(*parts)
        self._typed = Typed(desk, self._errands, self._deciding)
        self._direct = Direct(means, desk, self._errands)
        self._editing = Editing(desk, self._errands)
        self._sharing = Sharing(means, desk, self._errands)
        self._reviewing = Reviewing(means, desk)
        self._answering = Answering(desk, self._errands, self._reviewing)
        self._stops = StopRequests(*parts, self._answering, self._refusal)
        self._wishing = Wishing(means, desk, self._errands)
        self._controls = Controls(means, desk, self._errands, self._wishing, self._refusal)
        self._clicks = Clicks(
            means,
            desk,
            self._errands,
            deciding=self._deciding,
            stops=self._stops,
            sharing=self._sharing,
            answering=self._answering,
            controls=self._controls,
        )
        wishes = (self._sharing.step, self._wishing.step)
        of_task = (self._decisions, self._stops.step, *wishes)
        steps = (self._message, *map(once_there_is_a_task, of_task))
        self._lanes = Lanes(desk, steps, retry=means.patience.retry)

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
                await self._heard(entry, given)
            case Clicked():
                await self._clicked(entry, given)
            case Edited():
                await self._edited(entry, given)
            case Deleted():
                await self._deleted(entry, given)
            case SessionStopped():
                await self._stops.take(entry, given)
            case Reacted():
                await self._stops.take_reaction(entry, given)
            case Expired():
                await self._expired(entry, given)
            case Controlled():
                await self._controls.take(entry, given)
            case ChannelMoved() | ChannelClosed():
                await self._of_channel(entry, given)
            case _:
                assert_never(given)
        self.poke()

    async def _heard(
        self, entry: str, heard: Heard, amend: Callable[[Talk], Talk] = lambda talk: talk
    ) -> None:
        """Take in a message; `amend` is what an edit, by which it is heard, does to the talk."""
        refusal = self._refusal(heard.user, heard.thread.channel)
        if refusal is not None:
            await self._refuse(entry, heard, refusal)
            return
        if self._deciding.has_taken(entry):  # its process died before it was finished
            await self._adjust(entry, self._typed.taken(heard))
            return
        said, words = await as_said(self._means, heard), None
        if self._desk.talk is None and (words := small_talk_in(said)):
            await self._direct.take(entry, said, words)
            return
        talk = amend(self._desk.talk or await self._new(heard))
        if hear.is_wanted(talk, said):
            said = await with_files(self._means, said)
        view = await self._desk.view()
        if view and view.unreachable and not heard.said_in:
            await self._go_on_in(heard.thread)  # whoever speaks there has brought it back

        def hearing(talk: Talk) -> hear.Hearing:
            hears = hear.refer if heard.said_in else hear.hear
            return hears(amend(talk), view, said)

        heard_now = hearing(talk) if self._desk.talk else hear.Hearing(talk)
        if heard_now.stops:
            stopped = SessionStopped(thread=heard.thread, user=heard.user, ts=heard.ts)
            await self._stops.take_from_admitted(talk, stopped, entry)
        elif heard_now.answer is None:
            await self._follow(entry, talk, hearing)
        else:
            without_effect = await self._typed.settle(entry, talk, said, heard_now.answer)
            if without_effect:
                await self._follow(entry, talk, without_effect)

    async def _edited(self, entry: str, edited: Edited) -> None:
        said = await as_said(self._means, as_heard(edited))
        if is_news(self._desk.talk, edited):
            await self._heard_by_edit(entry, edited, said)
            return
        admitted = self._refusal(edited.user, edited.thread.channel) is None
        await self._editing.take(entry, edited, said, admitted=admitted)

    async def _heard_by_edit(self, entry: str, edited: Edited, said: hear.Said) -> None:
        if self._desk.talk is None and small_talk_in(said):
            await self._desk.finish(entry)  # a word that referred to something has done so
        else:
            await self._heard(entry, said.heard, lambda talk: edit(talk, edited, said.text))

    async def _deleted(self, entry: str, gone: Deleted) -> None:
        self._means.wakes.deleted(self._desk.thread, gone)
        if ThreadRef(channel=gone.thread.channel, root=gone.ts) == self._errands.place:
            await self._means.lost(self._desk.thread, "root_deleted")
        await self._adjust(entry, lambda talk: forget(talk, gone))

    async def _follow(
        self, entry: str, talk: Talk, hearing: Callable[[Talk], hear.Hearing]
    ) -> None:
        """Store what came of a message together with its entry, and carry out the effects."""
        heard = hearing(talk)
        await self._errands.run(e for e in heard.effects if must_arrive(e))
        if self._desk.talk is not None:
            # Heard again on the latest talk: another lane may have moved it meanwhile.
            await self._desk.change(lambda talk: hearing(talk).talk, entry=entry)
        elif heard.talk.has_begun:
            await self._desk.begin(heard.talk, entry=entry)
        else:
            await self._desk.finish(entry)
        await self._errands.run(e for e in heard.effects if not must_arrive(e))

    async def _refuse(self, entry: str, heard: Heard, refusal: Mrkdwn) -> None:
        """Refuse in private who speaks to the bot; who speaks to others is no business of ours.

        Not quite none: the owner is not alone in the thread any more.
        """
        if heard.mentions_bot or heard.dm:
            await self._errands.refuse(to_author(heard, refusal))
        await self._adjust(entry, lambda talk: talk.with_speaker(heard.user))

    async def _clicked(self, entry: str, clicked: Clicked) -> None:
        if not clicked.message_ts:  # in a view, which is in no thread
            clicked = clicked.model_copy(update={"thread": self._errands.place})
        refusal = self._refusal(clicked.user, clicked.thread.channel)
        await self._clicks.hear(entry, clicked, refusal)

    async def _expired(self, entry: str, expired: Expired) -> None:
        talk = self._desk.talk
        task_id = talk.task_id if talk else None
        if task_id is None or not await self._deciding.expire(task_id, expired, entry):
            await self._desk.finish(entry)

    async def _adjust(self, entry: str, step: Callable[[Talk], Talk]) -> None:
        if self._desk.talk is None:
            await self._desk.finish(entry)
        else:
            await self._desk.change(step, entry=entry)

    async def _of_channel(self, entry: str, given: ChannelMoved | ChannelClosed) -> None:
        place = self._errands.place
        match given:
            case ChannelMoved(old=old, new=new):
                if self._desk.talk is not None and old == place.channel:
                    await self._go_on_in(place.model_copy(update={"channel": new}))
            case ChannelClosed(channel=channel, reason=reason):
                if channel == place.channel:
                    await self._means.lost(self._desk.thread, reason)
        await self._desk.finish(entry)

    async def _go_on_in(self, place: ThreadRef) -> None:
        self._errands.place = place
        await self._desk.change(lambda talk: talk.moved_to(place))
        self._means.wakes.relay(self._desk.thread)

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

    def _refusal(self, user: UserId, channel: str) -> Mrkdwn | None:
        if not self._means.admission.admits_user(user):
            return sentences.NOT_ALLOWED
        if not self._means.admission.admits_channel(self._means.channels.of(channel)):
            return sentences.CHANNEL_NOT_ALLOWED
        return None

    async def _new(self, heard: Heard) -> Talk:
        """Return the talk of a new thread, as quiet as its channel wants it to be."""
        quiet = not heard.dm and await self._means.memory.is_quiet(heard.thread.channel)
        return Talk(thread=self._desk.thread, owner=heard.user, quiet=quiet)


def _place(desk: TalkDesk) -> ThreadRef:
    return (desk.talk.place if desk.talk else None) or desk.thread
