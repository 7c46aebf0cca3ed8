"""Keeps the cards in Slack equal to the view: one update per interval, the latest state wins."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.clock import Clock
from bot.delivery.backoff import backoff, wait_after
from bot.delivery.posts import Posted, Posts
from bot.errors import (
    SlackError,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.ids import Ts
from bot.relay.desk import Desk
from bot.relay.posting import post_somehow
from bot.render.cards import show
from bot.render.notes import plain
from bot.slack.door import Door
from bot.slack.ops import ChatUpdate, Content, Priority, Sent
from bot.view import Approval, Card, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_MAY_HEAL = (
    SlackUnavailable,
    SlackRateLimited,
    SlackUnauthorized,  # says nothing about the card: it is due when the token is renewed
)

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
        self._changed = desk.watch()
        self._shown_at: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._standing: dict[str, str] = {}
        """What was shown last of a card that nobody should wait for."""
        self._deleted: set[Ts] = set()
        self._showing = asyncio.Lock()
        self._delays = backoff()

    async def run(self) -> None:
        """Keep showing until cancelled."""
        while True:
            await self.show_due()
            await self._wait()

    async def reassert(self) -> None:
        """Show every approval's card once more, and what else has been shown here before now.

        For a new owner, after the last one's longest call can no longer take effect: such a call
        may have been lost, or have come after ours and put an older state in its place.
        """
        approvals = {a.card.key for a in self._desk.view.approvals}
        for card in self._desk.view.cards():
            if card.ts and not card.lost and card.key in approvals | self._standing.keys():
                await self._show(card.key, Priority.DECISION)

    async def show_due(self) -> None:
        """Show every card that differs from Slack's, urgent ones at once, others at their time."""
        for card in [a.card for a in self._desk.view.open_approvals]:
            if card.ts in self._deleted:
                self._deleted.discard(card.ts)
                again = card.version + 1
                await self._desk.change(lambda v, c=card, n=again: v.with_card(c.key, version=n))
        for card in self._desk.view.cards():
            if card.stale and self._is_due(card):
                urgent = self._is_urgent(card)
                await self._show(card.key, Priority.DECISION if urgent else Priority.PROGRESS)

    def deleted(self, ts: Ts) -> None:
        """Take note that somebody deleted a message: a card that is still needed comes back."""
        if any(card.ts == ts for card in self._desk.view.cards()):
            self._deleted.add(ts)
            self._changed.set()

    async def _wait(self) -> None:
        """Sleep until something changed, or a card is due, or the elapsed time is old."""
        self._changed.clear()
        view = self._desk.view
        waits = [max(0.05, self._next_try_in(c)) for c in view.cards() if c.stale]
        if view.turn and view.turn.ended_at is None and view.turn.card.ts:
            waits.append(max(0.1, self._due_in(view.turn.card, ELAPSED_INTERVAL)))
        try:
            async with asyncio.timeout(min(waits, default=None)):
                await self._changed.wait()
        except TimeoutError:
            await self._refresh_elapsed()

    def _next_try_in(self, card: Card) -> float:
        if self._is_urgent(card):
            return self._not_before.get(card.key, 0.0) - self._clock.monotonic()
        return self._due_in(card)

    async def _refresh_elapsed(self) -> None:
        turn = self._desk.view.turn
        if turn and turn.ended_at is None and self._due_in(turn.card, ELAPSED_INTERVAL) <= 0:
            await self._desk.change(lambda view: view.with_turn())

    def _is_urgent(self, card: Card) -> bool:
        """Whether the card would show something urgent that it does not show yet."""
        standing = _standing(self._desk.view, card)
        return bool(standing) and standing != self._standing.get(card.key, "")

    def _is_due(self, card: Card) -> bool:
        return self._next_try_in(card) <= 0

    def _due_in(self, card: Card, interval: float | None = None) -> float:
        every = interval or self._door.update_interval(self._live_cards())
        last = self._shown_at.setdefault(card.key, self._clock.monotonic())
        due = max(last + every, self._not_before.get(card.key, 0.0))
        return due - self._clock.monotonic()

    async def _show(self, key: str, priority: Priority) -> None:
        """Show the card as it is now; after a failure it stays stale and is shown later."""
        # One at a time: of two updates on the wire the older one could arrive last.
        async with self._showing:
            await self._show_now(key, priority)

    async def _show_now(self, key: str, priority: Priority) -> None:
        card = self._card(key)
        content = self._content(key)
        if card is None or content is None:
            return
        self._shown_at[key] = self._clock.monotonic()
        self._standing[key] = _standing(self._desk.view, card)
        op = ChatUpdate(self._desk.place.channel, card.ts, content, key)
        try:
            sent = await self._update(op, priority)
        except _MAY_HEAL as error:
            log.info("card_unanswered", card=key, code=error.code)
            wait = wait_after(error, self._delays)
            self._not_before[key] = self._clock.monotonic() + wait
            await self._unsure(key)
        except SlackGone as error:
            if error.code == "message_not_found":
                await self._lost(key)
            elif await self._has_moved(op.channel):
                await self._unsure(key)
            else:
                raise
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

    async def _update(self, op: ChatUpdate, priority: Priority) -> Sent:
        """Update; what Slack refuses for its form as plain text, so that no old button stays."""
        try:
            return await self._door.call(op, priority)
        except SlackRejected as error:
            log.warning("blocks_refused", card=op.key, code=error.code)
            return await self._door.call(replace(op, content=plain(op.content)), priority)

    def _card(self, key: str) -> Card | None:
        return next((c for c in self._desk.view.cards() if c.key == key), None)

    def _content(self, key: str) -> Content | None:
        thread = self._desk.thread.key()
        return show(self._desk.view, key, thread=thread, now=self._clock.now())

    async def _has_moved(self, channel: str) -> bool:
        """Whether the thread goes on elsewhere than in `channel`, as it stands now."""
        await self._desk.told()
        return self._desk.place.channel != channel

    async def _unsure(self, key: str) -> None:
        """Let a card be shown again, one that was shown already too: its repeat did not arrive."""
        del self._standing[key]
        card = self._card(key)
        if card is not None and not card.stale:
            await self._desk.change(lambda view: view.with_card(key, shown=0))

    async def _mark(self, key: str, version: int, at: Ts) -> None:
        await self._desk.change(lambda view: view.with_card(key, shown=version, shown_ts=at))

    async def _lost(self, key: str) -> None:
        """Give a deleted card up; an approval that still waits is shown again as a new message."""
        log.info("card_gone", card=key)
        approval, content = self._desk.view.approval_of(key), self._content(key)
        if not (approval and approval.is_open and content):
            await self._desk.change(lambda view: view.with_card(key, lost=True))
            return
        where = await self._put_again(approval, content)
        await self._desk.change(lambda view: view.with_card(key, **where))

    async def _put_again(self, approval: Approval, content: Content) -> dict[str, object]:
        """Post an open approval's card anew; return where it is now, for the view."""
        card = approval.card
        for name in (f"{card.key}/after/{card.ts}", f"{card.key}/after/{card.ts}/again"):
            outcome = await post_somehow(
                self._posts, self._desk.place, name, content, Priority.DECISION
            )
            if isinstance(outcome, Posted):
                return {"ts": outcome.ts, "shown": card.version, "shown_ts": outcome.ts}
        return {"lost": True}


def _standing(view: View, card: Card) -> str:
    """Return, in a word, what nobody should wait to see: a decision, an end, a stop under way."""
    if view.approval_of(card.key) is not None:
        return f"approval {card.version}"
    if (turn := view.turn_of(card.key)) is None:
        return ""
    return turn.outcome or ("stopping" if turn.stopping else "")
