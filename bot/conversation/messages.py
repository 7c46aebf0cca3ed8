"""What becomes of a message in the thread, and of its edits and its deletion."""

from collections.abc import Callable

from bot.conversation import amending, hear
from bot.conversation.admitting import refusal
from bot.conversation.deciding import Deciding
from bot.conversation.desk import TalkDesk
from bot.conversation.direct import Direct, small_talk_in
from bot.conversation.editing import Editing
from bot.conversation.effects import must_arrive, to_author
from bot.conversation.errands import Errands
from bot.conversation.files import with_files
from bot.conversation.means import Means
from bot.conversation.reading import as_heard, as_said
from bot.conversation.stop_requests import StopRequests
from bot.conversation.talk import Talk
from bot.conversation.typed import Typed
from bot.conversation.whereabouts import Whereabouts
from bot.ids import ThreadRef
from bot.slack.inbound import Deleted, Edited, Heard, SessionStopped
from bot.slack.mrkdwn import Mrkdwn


class Messages:
    """Takes in the messages of one conversation; each finishes its inbox entry."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        means: Means,
        desk: TalkDesk,
        errands: Errands,
        *,
        deciding: Deciding,
        stops: StopRequests,
        whereabouts: Whereabouts,
    ) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands
        self._deciding = deciding
        self._stops = stops
        self._whereabouts = whereabouts
        self._typed = Typed(desk, errands, deciding)
        self._direct = Direct(means, desk, errands)
        self._editing = Editing(means, desk, errands)

    async def take(
        self, entry: str, heard: Heard, amend: Callable[[Talk], Talk] = lambda talk: talk
    ) -> None:
        """Take in a message; `amend` is what an edit, by which it is heard, does to the talk."""
        refused = refusal(self._means, heard.user, heard.thread.channel)
        if refused is not None:
            await self._refuse(entry, heard, refused)
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
            await self._whereabouts.go_on_in(heard.thread)  # whoever speaks there brought it back

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

    async def take_edit(self, entry: str, edited: Edited) -> None:
        """Take in an edit: of what was never heard, as the message; of what was, as a change."""
        said = await as_said(self._means, as_heard(edited))
        if self._is_news(edited, said) and not await self._editing.is_gone(edited):
            await self._heard_by_edit(entry, edited, said)
            return
        admitted = refusal(self._means, edited.user, edited.thread.channel) is None
        await self._editing.take(entry, edited, said, admitted=admitted)

    def _is_news(self, edited: Edited, said: hear.Said) -> bool:
        """Whether an edit says something to the bot that it has not, or not any more."""
        talk = self._desk.talk
        is_back = amending.is_given_back(talk, edited) and talk and hear.is_meant(talk, said)
        return bool(is_back) or amending.is_news(talk, edited)

    async def take_deletion(self, entry: str, gone: Deleted) -> None:
        """Take in that a message is gone; with the root, the thread is."""
        self._means.wakes.deleted(self._desk.thread, gone)
        if ThreadRef(channel=gone.thread.channel, root=gone.ts) == self._errands.place:
            await self._means.lost(self._desk.thread, "root_deleted")
        await self._adjust(entry, lambda talk: amending.forget(talk, gone))

    async def _heard_by_edit(self, entry: str, edited: Edited, said: hear.Said) -> None:
        if self._desk.talk is None and small_talk_in(said):
            await self._desk.finish(entry)  # a word that referred to something has done so
        else:
            await self.take(entry, said.heard, lambda talk: amending.edit(talk, edited, said.text))

    async def _follow(
        self, entry: str, talk: Talk, hearing: Callable[[Talk], hear.Hearing]
    ) -> None:
        """Store what came of a message together with its entry, and carry out the effects."""
        heard = hearing(talk)
        told = tuple(e for e in heard.effects if must_arrive(e))
        await self._errands.run(told)
        if self._desk.talk is not None:
            heard = await self._hear_again(entry, hearing)
        elif heard.talk.has_begun:
            await self._desk.begin(heard.talk, entry=entry)
        else:
            await self._desk.finish(entry)
        await self._errands.run(e for e in heard.effects if e not in told)

    async def _hear_again(
        self, entry: str, hearing: Callable[[Talk], hear.Hearing]
    ) -> hear.Hearing:
        """Store what comes of a message on the latest talk: another lane may have moved it."""
        heard: list[hear.Hearing] = []

        def latest(talk: Talk) -> Talk:
            heard.append(hearing(talk))
            return heard[-1].talk

        await self._desk.change(latest, entry=entry)
        return heard[-1]

    async def _refuse(self, entry: str, heard: Heard, refusal: Mrkdwn) -> None:
        """Refuse in private who speaks to the bot; who speaks to others is no business of ours.

        Not quite none: the owner is not alone in the thread any more.
        """
        if heard.mentions_bot or heard.dm:
            await self._errands.refuse(to_author(heard, refusal))
        await self._adjust(entry, lambda talk: talk.with_speaker(heard.user))

    async def _adjust(self, entry: str, step: Callable[[Talk], Talk]) -> None:
        if self._desk.talk is None:
            await self._desk.finish(entry)
        else:
            await self._desk.change(step, entry=entry)

    async def _new(self, heard: Heard) -> Talk:
        """Return the talk of a new thread, as quiet as its channel wants it to be."""
        quiet = not heard.dm and await self._means.memory.is_quiet(heard.thread.channel)
        return Talk(thread=self._desk.thread, owner=heard.user, quiet=quiet)
