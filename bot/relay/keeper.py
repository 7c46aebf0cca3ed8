"""Keeps the cards in Slack equal to the view: one update per interval, the latest state wins."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.delivery.posts import Posts
from bot.ids import Ts
from bot.relay.desk import Desk
from bot.relay.showing import Showing
from bot.slack.door import Door
from bot.slack.ops import Priority
from bot.view import Card, View

ELAPSED_INTERVAL = 30.0
"""Seconds after which a running turn's card is shown again, for its elapsed time."""


@dataclass(slots=True)
class _Watched:
    """What is known of one card's showings; times by the monotonic clock."""

    shown_at: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One showing at a time: of two updates on the wire the older one could arrive last."""
    not_before: float = 0.0
    standing: str | None = None
    """What was shown last of it that nobody should wait for; None while nothing was."""
    flight: "asyncio.Task[None] | None" = None
    """Its showing, under way or waiting for its turn."""
    may_be_hurried: bool = False
    """Whether that waits its turn with what can wait."""


class CardKeeper:
    """Shows the cards of one conversation when they are due."""

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
        self._door = door
        self._live_cards = live_cards
        self._clock = clock
        self._showing = Showing(desk, posts=posts, door=door, clock=clock)
        self._changed = desk.watch()
        self._watched: dict[str, _Watched] = {}
        self._flights: set[asyncio.Task[None]] = set()
        self._deleted: set[Ts] = set()

    async def run(self) -> None:
        """Keep showing until cancelled."""
        try:
            while True:
                self._changed.clear()
                self._land()
                await self._start_due()
                await self._wait()
        finally:
            await self._cancel()

    async def reassert(self) -> None:
        """Show every approval's card once more, and what else has been shown here before now.

        For a new owner, after the last one's longest call can no longer take effect: such a call
        may have been lost, or have come after ours and put an older state in its place.
        """
        approvals = {a.card.key for a in self._desk.view.approvals}
        for card in self._desk.view.cards():
            was_shown = card.key in approvals or self._of(card).standing is not None
            if was_shown and not card.is_missing:
                await self._show(card, Priority.DECISION)

    async def show_due(self) -> None:
        """Show every card that differs from Slack's, urgent ones at once, others at their time."""
        try:
            await self._start_due()
            while self._flights:
                await asyncio.wait(self._flights, return_when=asyncio.FIRST_COMPLETED)
                self._land()
        finally:
            await self._cancel()

    def deleted(self, ts: Ts) -> None:
        """Take note that somebody deleted a message: a card that is still needed comes back."""
        if any(card.ts == ts for card in self._desk.view.cards()):
            self._deleted.add(ts)
            self._changed.set()

    async def _start_due(self) -> None:
        """Begin to show what is due, without waiting for it: no card waits for another one."""
        await self._revive()
        for card in self._desk.view.cards():
            if self._is_wanted(card) and self._next_try_in(card) <= 0:
                self._start(card)

    async def _revive(self) -> None:
        """Make a card due that still waits for somebody and was deleted."""
        for card in [a.card for a in self._desk.view.open_approvals]:
            if card.ts in self._deleted:
                self._deleted.discard(card.ts)
                again = card.version + 1
                await self._desk.change(
                    lambda v, c=card, n=again: v.with_card(c.key, version=n, news=n)
                )

    def _start(self, card: Card) -> None:
        """Begin to show a card; what is urgent does not wait as long as it did before it was."""
        watched, urgent = self._of(card), self._is_urgent(card)
        if watched.flight and not (urgent and watched.may_be_hurried):
            return
        if watched.flight:
            watched.flight.cancel()
        priority = Priority.DECISION if urgent else Priority.PROGRESS
        watched.may_be_hurried = not urgent
        watched.flight = asyncio.create_task(self._show(card, priority))
        self._flights.add(watched.flight)
        watched.flight.add_done_callback(lambda _: self._changed.set())

    async def _show(self, card: Card, priority: Priority) -> None:
        """Show the card as it is by then; after a failure it stays due and is shown later."""
        watched = self._of(card)
        async with watched.lock:
            wait = await self._showing.show(card.key, priority, self._goes_out)
            if wait is not None:
                watched.not_before = self._clock.monotonic() + wait
                watched.standing = None

    def _goes_out(self, card: Card) -> None:
        watched = self._of(card)
        watched.may_be_hurried = False
        watched.shown_at = self._clock.monotonic()
        watched.standing = _standing(self._desk.view, card)

    def _land(self) -> None:
        """Let go of what has ended; raise what it ended with."""
        for flight in [f for f in self._flights if f.done()]:
            self._flights.discard(flight)
            for watched in self._watched.values():
                if watched.flight is flight:
                    watched.flight = None
            if not flight.cancelled():
                flight.result()

    async def _cancel(self) -> None:
        flights, self._flights = self._flights, set()
        for watched in self._watched.values():
            watched.flight = None
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _wait(self) -> None:
        """Sleep until something changed, or a card is due, or the elapsed time is old."""
        view = self._desk.view
        waits = [
            max(0.05, self._next_try_in(card))
            for card in view.cards()
            if self._is_wanted(card) and self._of(card).flight is None
        ]
        if running := self._running():
            waits.append(max(0.1, self._due_in(running, ELAPSED_INTERVAL)))
        try:
            async with asyncio.timeout(min(waits, default=None)):
                await self._changed.wait()
        except TimeoutError:
            await self._refresh_elapsed()

    def _running(self) -> Card | None:
        """Return the card whose elapsed time grows; one that is due shows it anyway."""
        turn = self._desk.view.turn
        if turn is None or turn.ended_at is not None or turn.card.is_missing or turn.card.stale:
            return None
        return turn.card

    async def _refresh_elapsed(self) -> None:
        running = self._running()
        if running and self._due_in(running, ELAPSED_INTERVAL) <= 0:
            await self._desk.change(lambda view: view.with_turn())

    def _is_wanted(self, card: Card) -> bool:
        """Whether Slack does not show the card as it is, or not at all where somebody waits."""
        approval = self._desk.view.approval_of(card.key)
        return card.stale or bool(approval and approval.is_open and card.is_missing)

    def _is_urgent(self, card: Card) -> bool:
        """Whether the card would show something urgent that it does not show yet."""
        standing = _standing(self._desk.view, card)
        return bool(standing) and standing != self._of(card).standing

    def _next_try_in(self, card: Card) -> float:
        if self._is_urgent(card):
            return self._of(card).not_before - self._clock.monotonic()
        return self._due_in(card)

    def _due_in(self, card: Card, interval: float | None = None) -> float:
        every = interval or self._door.update_interval(self._live_cards())
        watched = self._of(card)
        due = max(watched.shown_at + every, watched.not_before)
        return due - self._clock.monotonic()

    def _of(self, card: Card) -> _Watched:
        if card.key not in self._watched:
            self._watched[card.key] = _Watched(shown_at=self._clock.monotonic())
        return self._watched[card.key]


def _standing(view: View, card: Card) -> str:
    """Return, in a word, what nobody should wait to see: a decision, an end, a stop under way."""
    if view.approval_of(card.key) is not None:
        return f"approval {card.version}"
    if (turn := view.turn_of(card.key)) is None:
        return ""
    return turn.outcome or ("stopping" if turn.stopping else "")
