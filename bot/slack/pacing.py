"""Turns at a limited rate: lanes with a pace, and waiters let through by priority."""

import asyncio
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.clock import Clock, Sleep

_SLACK = 1e-6
"""Seconds by which a turn may come early: a sleep of `a - b` need not end at `a` exactly."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` turns at once, then `per_second`."""

    per_second: float
    burst: int


class Lane:
    """One rate limit: a token bucket kept as the time at which it will be full again."""

    def __init__(self, pace: Pace) -> None:
        self._interval = 1 / pace.per_second
        self._tolerance = (pace.burst - 1) * self._interval
        self._full_at = float("-inf")

    def ready_at(self) -> float:
        """Return when the next turn may be taken, on the pacer's monotonic clock."""
        return self._full_at - self._tolerance

    def take(self, now: float) -> None:
        """Take a turn."""
        self._full_at = max(self._full_at, now) + self._interval

    def pause(self, until: float) -> None:
        """Let nobody through before `until`, and then one at a time."""
        self._full_at = max(self._full_at, until + self._tolerance)

    def is_idle(self, now: float) -> bool:
        """Tell whether a new lane would behave the same."""
        return self._full_at <= now


@dataclass(order=True, slots=True)
class _Waiter:
    priority: int
    seat: int
    lanes: Sequence[Lane] = field(compare=False)
    turn: "asyncio.Future[None]" = field(compare=False)

    def ready_at(self) -> float:
        return max((lane.ready_at() for lane in self.lanes), default=0.0)


class Pacer:
    """Lets waiters through, lowest priority value first, then first come first served.

    A waiter goes when all its lanes are ready, so one that waits for a busy channel does not
    hold up those behind it in other channels.
    """

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._seats = count()
        self._waiting: list[_Waiter] = []
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = float("inf")

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def seat(self) -> int:
        """Return a place in the order of arrival, to be kept by one who must come back."""
        return next(self._seats)

    async def turn(self, lanes: Sequence[Lane], priority: int, seat: int) -> None:
        """Wait for a turn in all `lanes` and take it. Cancelling gives the place up."""
        turn = asyncio.get_running_loop().create_future()
        waiter = _Waiter(priority, seat, lanes, turn)
        insort(self._waiting, waiter)
        self._let_through()
        try:
            if not turn.done():
                self._set_alarm()
            await turn
        finally:
            self._leave(waiter)

    def pause(self, lanes: Sequence[Lane], seconds: float) -> None:
        """Let nobody into `lanes` for `seconds`."""
        until = self._clock.monotonic() + seconds
        for lane in lanes:
            lane.pause(until)

    def _let_through(self) -> None:
        now = self._clock.monotonic()
        for waiter in tuple(self._waiting):
            if waiter.ready_at() > now + _SLACK:
                continue
            self._waiting.remove(waiter)
            if waiter.turn.done():  # cancelled in this very turn of the loop
                continue
            for lane in waiter.lanes:
                lane.take(now)
            waiter.turn.set_result(None)

    def _set_alarm(self) -> None:
        soonest = min(waiter.ready_at() for waiter in self._waiting)
        if self._alarm is not None and self._alarm_at <= soonest:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = soonest
        self._alarm = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        while self._waiting:
            self._alarm_at = min(waiter.ready_at() for waiter in self._waiting)
            await self._sleep(max(0.0, self._alarm_at - self._clock.monotonic()))
            self._let_through()
        self._alarm = None

    def _leave(self, waiter: _Waiter) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if not self._waiting and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
