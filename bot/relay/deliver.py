"""What one event's outputs become in Slack; each exactly once, in order."""

from dataclasses import dataclass, field
from typing import assert_never

import structlog

from bot.clock import Clock
from bot.delivery.files import Files
from bot.delivery.posts import NotVerifiable, PostOutcome, Posts
from bot.errors import SlackFeatureMissing, SlackRejected
from bot.ids import EventId
from bot.relay.desk import Desk
from bot.relay.posting import REQUEST, Refused, again, post_somehow, say_refused, where
from bot.render.cards import show
from bot.render.notes import refused, unsure
from bot.render.outputs import Output, PostCard, PostFile, PostText
from bot.slack.ops import Content, Priority
from bot.view import View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MESSAGE = "A message"
"""What everything but an approval is called where it can't be shown."""


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

    async def _say(self, key: str, shown: Content, priority: Priority) -> None:
        """Post a text; say so where it can't be known whether it arrived."""
        outcome = await self._post(key, shown, priority)
        if isinstance(outcome, NotVerifiable):
            await self._post(f"{key}/unsure", unsure(outcome.why), priority)

    async def _post(
        self, key: str, shown: Content, priority: Priority, what: str = MESSAGE
    ) -> PostOutcome | Refused:
        """Post something, or say that Slack does not take it."""
        place = self._desk.place
        outcome = await post_somehow(self._posts, place, key, shown, priority)
        if isinstance(outcome, Refused):
            await say_refused(
                self._posts, place, key, what=what, code=outcome.code, priority=priority
            )
        return outcome

    async def _put_card(self, view: View, card: PostCard, placements: Placements) -> None:
        """Post a card; an approval's without a place is the keeper's to put up again."""
        shown = show(view, card.key, thread=self._desk.thread.key(), now=self._clock.now())
        if shown is None:
            return
        asks = card.priority is Priority.DECISION
        what = REQUEST if asks else MESSAGE
        outcome = await self._post(card.key, shown, card.priority, what)
        if isinstance(outcome, NotVerifiable) and asks:
            # Nobody can decide what they can't see: once more, before anything that follows.
            outcome = await self._post(again(card.key), shown, card.priority, what)
        version = next(c.version for c in view.cards() if c.key == card.key)
        placements.cards.append((card.key, where(outcome, version)))

    async def _attach(self, key: str, file: PostFile) -> None:
        place, name = self._desk.place, file.filename
        try:
            outcome = await self._files.attach(place, key, name, file.title, file.text)
        except (SlackRejected, SlackFeatureMissing) as error:
            log.warning("file_refused", key=key, code=error.code)
            await self._post(f"{key}/refused", refused("A file", error.code), Priority.TEXT)
            return
        if outcome is not None:
            await self._post(f"{key}/unsure", unsure(outcome.why), Priority.TEXT)
