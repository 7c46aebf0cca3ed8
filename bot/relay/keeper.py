"""Keeps the cards in Slack equal to the view: one update per interval, the latest state wins."""

import asyncio
from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.delivery.backoff import backoff
from bot.delivery.posts import Posted, Posts
from bot.errors import SlackError, SlackGone, SlackUnavailable
from bot.ids import Ts
from bot.relay.desk import Desk
from bot.render.cards import show
from bot.slack.door import Door
from bot.slack.ops import ChatUpdate, Content, Priority
from bot.view import Approval, Card, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

UPDATE_INTERVAL = 3.0
"""Seconds between two updates of one card: Slack's advice for progress displays."""

SHARE_PER_CARD = 1.5
"""Seconds per live card of the workspace: together they stay under 50 updates a minute."""

ELAPSED_INTERVAL = 30.0
"""Seconds after which a running turn's card is shown again, for its elapsed time."""


class CardKeeper:
    """Shows the cards of one conversation."""

    def __init__(
        self,
        desk: Desk,
        *,
        posts: Posts,
        door: Door,
        live_cards: Callable[[], int],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._posts = posts
        self._door = door
        self._live_cards = live_cards
        self._clock = clock
        self._shown_at: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._delays = backoff()

    async def run(self) -> None:
        """Keep showing until cancelled."""
        while True:
            await self.show_due()
            await self._wait()

    async def reassert(self) -> None:
        """Show every approval's card once more: the last owner's call may have been lost.

        For a new owner, after the last one's longest call can no longer take effect.
        """
        for approval in self._desk.view.approvals:
            if approval.card.ts and not approval.card.lost:
                await self._show(approval.card.key, Priority.DECISION)

    async def show_due(self) -> None:
        """Show every card that differs from Slack's, urgent ones at once, others at their time."""
        for card in self._desk.view.cards():
            if card.stale and self._is_due(card):
                urgent = _is_urgent(self._desk.view, card)
                await self._show(card.key, Priority.DECISION if urgent else Priority.PROGRESS)

    async def _wait(self) -> None:
        """Sleep until something changed, or a card is due, or the elapsed time is old."""
        self._desk.changed.clear()
        view = self._desk.view
        waits = [max(0.05, self._next_try_in(c)) for c in view.cards() if c.stale]
        if view.turn and view.turn.ended_at is None and view.turn.card.ts:
            waits.append(max(0.1, self._due_in(view.turn.card, ELAPSED_INTERVAL)))
        try:
            async with asyncio.timeout(min(waits, default=None)):
                await self._desk.changed.wait()
        except TimeoutError:
            await self._refresh_elapsed()

    def _next_try_in(self, card: Card) -> float:
        if _is_urgent(self._desk.view, card):
            return self._not_before.get(card.key, 0.0) - self._clock.monotonic()
        return self._due_in(card)

    async def _refresh_elapsed(self) -> None:
        turn = self._desk.view.turn
        if turn and turn.ended_at is None and self._due_in(turn.card, ELAPSED_INTERVAL) <= 0:
            await self._desk.change(lambda view: view.with_turn())

    def _is_due(self, card: Card) -> bool:
        return self._next_try_in(card) <= 0

    def _due_in(self, card: Card, interval: float | None = None) -> float:
        every = interval or max(UPDATE_INTERVAL, SHARE_PER_CARD * self._live_cards())
        last = self._shown_at.setdefault(card.key, self._clock.monotonic())
        due = max(last + every, self._not_before.get(card.key, 0.0))
        return due - self._clock.monotonic()

    async def _show(self, key: str, priority: Priority) -> None:
        """Show the card as it is now; after a failure it stays stale and is shown later."""
        card = self._card(key)
        content = self._content(key)
        if card is None or content is None:
            return
        self._shown_at[key] = self._clock.monotonic()
        op = ChatUpdate(self._desk.place.channel, card.ts, content, key)
        try:
            sent = await self._door.call(op, priority)
        except SlackUnavailable as error:
            log.info("card_unanswered", card=key, code=error.code)
            self._not_before[key] = self._clock.monotonic() + next(self._delays)
        except SlackGone as error:
            await self._lost(key, error)
        except SlackError as error:
            # Refused for what it says: the next change of the view is the next try.
            log.warning("card_refused", card=key, code=error.code)
            await self._mark(key, card.version, card.shown_ts)
        else:
            self._delays = backoff()
            # A repeat of the same version shows nothing new, so replies typed since then count.
            repeat = card.shown == card.version and card.shown_ts
            now = sent.edited_ts or Ts(f"{self._clock.now():.6f}")
            await self._mark(key, card.version, card.shown_ts if repeat else now)

    def _card(self, key: str) -> Card | None:
        return next((c for c in self._desk.view.cards() if c.key == key), None)

    def _content(self, key: str) -> Content | None:
        thread = self._desk.thread.key()
        return show(self._desk.view, key, thread=thread, now=self._clock.now())

    async def _mark(self, key: str, version: int, at: Ts) -> None:
        await self._desk.change(lambda view: view.with_card(key, shown=version, shown_ts=at))

    async def _lost(self, key: str, error: SlackGone) -> None:
        """Give a deleted card up; an approval that still waits is shown again as a new message."""
        log.info("card_gone", card=key, code=error.code)
        approval, content = _approval_of(self._desk.view, key), self._content(key)
        again = approval and approval.is_open and error.code == "message_not_found"
        if not (again and approval and content):
            await self._desk.change(lambda view: view.with_card(key, lost=True))
            return
        new_key = f"{key}/after/{approval.card.ts}"
        outcome = await self._posts.post(self._desk.place, new_key, content, Priority.DECISION)
        if isinstance(outcome, Posted):
            where = {"ts": outcome.ts, "shown": approval.card.version, "shown_ts": outcome.ts}
            await self._desk.change(lambda view: view.with_card(key, **where))


def _approval_of(view: View, key: str) -> Approval | None:
    return next((a for a in view.approvals if a.card.key == key), None)


def _is_urgent(view: View, card: Card) -> bool:
    """Whether the card shows a decision or an end: nobody should wait to see those."""
    if _approval_of(view, card.key) is not None:
        return True
    return bool(view.turn and (view.turn.ended_at is not None or view.turn.stopping))
