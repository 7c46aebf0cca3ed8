"""What one event's outputs become in Slack; each exactly once, in order."""

from dataclasses import dataclass, field
from typing import assert_never

import structlog

from bot.clock import Clock
from bot.delivery.files import Files
from bot.delivery.posts import NotVerifiable, Posted, PostOutcome, Posts
from bot.errors import SlackRejected
from bot.ids import EventId
from bot.relay.desk import Desk
from bot.render.cards import show
from bot.render.outputs import Output, PostCard, PostFile, PostText
from bot.slack.blocks import content, section
from bot.slack.limits import UPDATE_TEXT
from bot.slack.mrkdwn import Mrkdwn, mrkdwn, shorten
from bot.slack.ops import Content, Priority
from bot.view import View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass
class Placements:
    """Where the cards of one event came to be; applied to the view when the event is finished."""

    cards: list[tuple[str, dict[str, object]]] = field(
        default_factory=list[tuple[str, dict[str, object]]]
    )

    def applied(self, view: View) -> View:
        """Return `view` with the cards in their places."""
        for key, changes in self.cards:
            view = view.with_card(key, **changes)
        return view


class Deliverer:
    """Delivers the outputs of events into one thread."""

    def __init__(self, desk: Desk, posts: Posts, files: Files, clock: Clock) -> None:
        self._desk = desk
        self._posts = posts
        self._files = files
        self._clock = clock

    async def deliver(self, view: View, event: EventId, outputs: list[Output]) -> Placements:
        """Deliver `outputs` as `view` (the one after the event) shows them.

        Raises `SlackGone` when the place is gone, `LeaseLost` and `StoreUnavailable` as they come.
        """
        placements = Placements()
        for index, output in enumerate(outputs):
            key = f"{view.task_id}/{event}/{index}"
            match output:
                case PostText():
                    await self._say(key, output.content, output.priority)
                case PostCard():
                    await self._put_card(view, output, placements)
                case PostFile():
                    await self._attach(key, output)
                case _:
                    assert_never(output)
        return placements

    async def _say(self, key: str, shown: Content, priority: Priority) -> PostOutcome:
        """Post a text; one that Slack refuses for its form is posted as plain text."""
        try:
            outcome = await self._posts.post(self._desk.place, key, shown, priority)
        except SlackRejected as error:
            log.warning("blocks_refused", key=key, code=error.code)
            plain = Content(shorten(Mrkdwn(shown.text), UPDATE_TEXT))
            outcome = await self._posts.post(self._desk.place, f"{key}/plain", plain, priority)
        if isinstance(outcome, NotVerifiable):
            await self._posts.post(
                self._desk.place, f"{key}/unsure", _unsure(outcome.why), priority
            )
        return outcome

    async def _put_card(self, view: View, card: PostCard, placements: Placements) -> None:
        shown = show(view, card.key, thread=self._desk.thread.key(), now=self._clock.now())
        if shown is None:
            return
        outcome = await self._posts.post(self._desk.place, card.key, shown, card.priority)
        if isinstance(outcome, NotVerifiable):
            # An approval nobody can see could never be decided: it is shown again in any case.
            if card.priority is not Priority.DECISION:
                placements.cards.append((card.key, {"lost": True}))
                return
            again = f"{card.key}/again"
            outcome = await self._posts.post(self._desk.place, again, shown, card.priority)
        if isinstance(outcome, Posted):
            version = next(c.version for c in view.cards() if c.key == card.key)
            seen = 0 if outcome.adopted else version
            where: dict[str, object] = {"ts": outcome.ts, "shown": seen, "shown_ts": outcome.ts}
            placements.cards.append((card.key, where))

    async def _attach(self, key: str, file: PostFile) -> None:
        try:
            await self._files.attach(self._desk.place, key, file.filename, file.title, file.text)
        except SlackRejected as error:
            log.warning("file_refused", key=key, code=error.code)
            said = mrkdwn("The whole text could not be attached here ({code}).", code=error.code)
            told = content(said, section(said))
            await self._posts.post(self._desk.place, f"{key}/refused", told, Priority.TEXT)


def _unsure(why: str) -> Content:
    said = mrkdwn(
        "⚠️ A message of Neo's belongs here. Whether it arrived could not be checked, so it is not "
        "repeated; Pulumi Cloud has it. ({why})",
        why=why,
    )
    return content(said, section(said))
