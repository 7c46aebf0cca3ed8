"""Where a thread goes on: it follows its channel to a new id, and whoever brings it back."""

from bot.conversation.click import Click
from bot.conversation.desk import TalkDesk
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.sentences import goes_on_here
from bot.conversation.talk import Talk
from bot.ids import ThreadRef
from bot.slack.inbound import ChannelClosed, ChannelMoved


class Whereabouts:
    """Keeps the place of one conversation's thread."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands

    async def take(self, entry: str, given: ChannelMoved | ChannelClosed) -> None:
        """Follow the thread's channel, or give the thread up with it; finishes the entry."""
        place = self._errands.place
        match given:
            case ChannelMoved(old=old, new=new):
                if self._desk.talk is not None and old == place.channel:
                    await self.go_on_in(place.model_copy(update={"channel": new}))
            case ChannelClosed(channel=channel, reason=reason):
                if channel == place.channel:
                    await self._means.lost(self._desk.thread, reason)
        await self._desk.finish(entry)

    async def continue_here(self, talk: Talk, click: Click) -> None:
        """Let the thread go on where its owner was offered that, which is said there first."""
        clicked = click.clicked.thread
        place = ThreadRef(channel=clicked.channel, root=clicked.root)
        await self._means.records.alias(place.key(), talk.thread.key())
        self._errands.place = place
        moved, view = talk.moved_to(place), await self._desk.view()
        await self._errands.run([goes_on_here(moved, view.title if view else "")])
        await self.go_on_in(place, entry=click.entry)

    async def go_on_in(self, place: ThreadRef, *, entry: str | None = None) -> None:
        """Let the thread go on in another place; `entry` is finished with that."""
        self._errands.place = place
        await self._desk.change(lambda talk: talk.moved_to(place), entry=entry)
        self._means.wakes.relay(self._desk.thread)
