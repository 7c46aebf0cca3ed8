"""Brings one card in Slack up to date, whatever Slack says to that.

Only what Slack has taken counts as shown. Where a card can't be changed any more, an approval gets
a new message: it has to be read as it is, and a decision has to be seen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from bot.clock import Clock
from bot.delivery.backoff import backoff, wait_after
from bot.delivery.posts import NotVerifiable, Posted, PostOutcome, Posts
from bot.errors import (
    SlackFeatureMissing,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.ids import Ts
from bot.relay.desk import Desk
from bot.relay.posting import REQUEST, Refused, again, post_somehow, say_refused, where
from bot.render.cards import show
from bot.render.notes import plain
from bot.slack.door import Door
from bot.slack.ops import ChatUpdate, Content, Priority, Sent
from bot.view import Card

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MAY_HEAL = (
    SlackUnavailable,
    SlackRateLimited,
    SlackUnauthorized,  # says nothing about the card: it is due when the token is renewed
)

LONGEST_BETWEEN_MESSAGES = 600.0
"""Seconds between two tries to put up an approval of which nobody knows whether it is there: each
may leave one more message."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A card as the view has it at one moment."""

    card: Card
    content: Content


GoesOut = Callable[[Card], None]
"""Told of the card as it goes out, right before the wire."""


@dataclass(slots=True)
class _Tries:
    """How often one card was tried since Slack took it last."""

    unanswered: Iterator[float] = field(default_factory=backoff)
    unplaced: Iterator[float] = field(
        default_factory=lambda: backoff(longest=LONGEST_BETWEEN_MESSAGES)
    )
    uncertain: int = 0
    """New messages of which nobody knows whether they are there."""


class Showing:
    """Shows the cards of one conversation, each when it is told to."""

    def __init__(self, desk: Desk, *, posts: Posts, door: Door, clock: Clock) -> None:
        self._desk = desk
        self._posts = posts
        self._door = door
        self._clock = clock
        self._tries: dict[str, _Tries] = {}

    async def show(self, key: str, priority: Priority, goes_out: GoesOut) -> float | None:
        """Show a card as it is when its turn comes; return the seconds until another try.

        None when there is nothing to try again. Raises `SlackError` for what has nothing to do
        with the card, `LeaseLost` and `StoreUnavailable` as they come.
        """
        place = self._desk.place
        try:
            return await self._bring(key, priority, goes_out)
        except MAY_HEAL as error:
            log.info("card_unanswered", card=key, code=error.code)
            await self._unsure(key)
            return wait_after(error, self._tries_of(key).unanswered)
        except SlackGone:
            await self._desk.told()
            if self._desk.place == place:
                raise
            await self._unsure(key)
            return 0.0

    async def _bring(self, key: str, priority: Priority, goes_out: GoesOut) -> float | None:
        drawing = self._draw(key)
        if drawing is None:
            return None
        if drawing.card.is_missing:
            return await self._put_anew(key, goes_out)
        try:
            shown, sent = await self._update(drawing, priority, goes_out)
        except SlackGone as error:
            if error.code != "message_not_found":
                raise
            return await self._gone(key, goes_out)
        except (SlackRejected, SlackFeatureMissing) as error:
            log.warning("card_refused", card=key, code=error.code)
            return await self._refused(key, goes_out)
        await self._shown(shown.card, sent)
        return None

    async def _update(
        self, drawing: Drawing, priority: Priority, goes_out: GoesOut
    ) -> tuple[Drawing, Sent]:
        """Update; what Slack refuses for its form as plain text, so that no old button stays."""
        try:
            return await self._call(drawing, priority, goes_out)
        except SlackRejected as error:
            log.warning("blocks_refused", card=drawing.card.key, code=error.code)
            return await self._call(drawing, priority, goes_out, plain)

    async def _call(
        self,
        drawing: Drawing,
        priority: Priority,
        goes_out: GoesOut,
        form: Callable[[Content], Content] = lambda content: content,
    ) -> tuple[Drawing, Sent]:
        """Update the card with what it shows when the door opens; return what that was."""
        key, last = drawing.card.key, drawing

        def latest() -> ChatUpdate:
            nonlocal last
            last = self._draw(key) or last
            goes_out(last.card)
            return ChatUpdate(self._desk.place.channel, last.card.ts, form(last.content), key)

        first = ChatUpdate(self._desk.place.channel, last.card.ts, last.content, key)
        sent = await self._door.call(first, priority, latest=latest)
        return last, sent

    def _draw(self, key: str) -> Drawing | None:
        view = self._desk.view
        card = next((c for c in view.cards() if c.key == key), None)
        thread = self._desk.thread.key()
        content = show(view, key, thread=thread, now=self._clock.now())
        return Drawing(card, content) if card and content else None

    async def _shown(self, card: Card, sent: Sent) -> None:
        self._tries.pop(card.key, None)
        # A repeat shows nothing new to decide by, so replies typed since the first one count.
        repeat = card.shows_news and card.shown_ts
        now = sent.edited_ts or Ts(f"{self._clock.now():.6f}")
        at = card.shown_ts if repeat else now
        await self._change(card.key, shown=card.version, shown_ts=at)

    async def _gone(self, key: str, goes_out: GoesOut) -> float | None:
        """Give a deleted card up; an approval that still waits is shown again as a new message."""
        log.info("card_gone", card=key)
        approval = self._desk.view.approval_of(key)
        if approval and approval.is_open:
            return await self._put_anew(key, goes_out)
        await self._change(key, lost=True)
        return None

    async def _refused(self, key: str, goes_out: GoesOut) -> float | None:
        """Give a card up that can't be changed; an approval's goes on as a new message."""
        drawing = self._draw(key)
        if drawing is None or not drawing.card.stale:
            return None  # what Slack refused to repeat it shows
        if self._desk.view.approval_of(key):
            return await self._put_anew(key, goes_out)
        await self._change(key, lost=True)
        return None

    async def _put_anew(self, key: str, goes_out: GoesOut) -> float | None:
        """Post an approval's card as a new message, what still waits until it is there.

        The key is that of the message before it: after a crash the new one is found, not repeated.
        """
        drawing, approval = self._draw(key), self._desk.view.approval_of(key)
        if drawing is None or approval is None:
            return None
        card, tries = drawing.card, self._tries_of(key)
        goes_out(card)
        name = again(key, card.ts)
        if tries.uncertain:
            name = f"{name}/{tries.uncertain}"
        outcome = await self._post(name, drawing)
        await self._change(key, **where(outcome, card.version))
        if isinstance(outcome, Posted):
            del self._tries[key]
            return 0.0 if outcome.adopted else None
        tries.uncertain += isinstance(outcome, NotVerifiable)
        return next(tries.unplaced) if approval.is_open else None

    async def _post(self, name: str, drawing: Drawing) -> PostOutcome | Refused:
        place, priority = self._desk.place, Priority.DECISION
        outcome = await post_somehow(self._posts, place, name, drawing.content, priority)
        if isinstance(outcome, Refused):
            key, code = drawing.card.key, outcome.code
            await say_refused(self._posts, place, key, what=REQUEST, code=code, priority=priority)
        return outcome

    async def _unsure(self, key: str) -> None:
        """Let a card be shown again, one that was shown already too: its repeat did not arrive."""
        drawing = self._draw(key)
        if drawing and not drawing.card.is_missing and not drawing.card.stale:
            await self._change(key, shown=0)

    async def _change(self, key: str, **changes: object) -> None:
        await self._desk.change(lambda view: view.with_card(key, **changes))

    def _tries_of(self, key: str) -> _Tries:
        return self._tries.setdefault(key, _Tries())
