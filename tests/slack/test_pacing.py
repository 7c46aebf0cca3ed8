"""Turns: how many, how soon, and whose."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.door import spread
from bot.slack.pacing import Lane, Pace, Pacer
from slack_caller import SleepingClock


class Line:
    """People in a line: who went, and when."""

    def __init__(self) -> None:
        self.clock = SleepingClock()
        self.pacer = Pacer(self.clock, self.clock.sleep)
        self.start = self.clock.time
        self.went: list[tuple[str, float]] = []

    def join(self, name: str, lanes: Sequence[Lane], priority: int = 0) -> asyncio.Task[None]:
        return asyncio.create_task(self._wait(name, lanes, priority, self.pacer.seat()))

    async def _wait(self, name: str, lanes: Sequence[Lane], priority: int, seat: int) -> None:
        await self.pacer.turn(lanes, priority, seat)
        self.went.append((name, round(self.clock.time - self.start, 3)))

    @property
    def order(self) -> str:
        return "".join(name for name, _ in self.went)


async def test_a_burst_goes_at_once_and_the_rest_at_the_pace() -> None:
    line, lane = Line(), Lane(Pace(per_second=2, burst=3))
    await asyncio.gather(*(line.join(name, [lane]) for name in "abcde"))
    assert line.went == [("a", 0), ("b", 0), ("c", 0), ("d", 0.5), ("e", 1.0)]


async def test_the_more_urgent_goes_first_and_equals_in_the_order_they_came() -> None:
    line, lane = Line(), Lane(Pace(per_second=1, burst=1))
    urgency = {"a": 0, "b": 3, "c": 3, "d": 1, "e": 2}
    await asyncio.gather(*(line.join(name, [lane], urgency[name]) for name in urgency))
    assert line.order == "adebc"


async def test_who_comes_back_keeps_the_place() -> None:
    line, lane = Line(), Lane(Pace(per_second=1, burst=1))
    seat = line.pacer.seat()
    await line.pacer.turn([lane], 1, seat)
    waiting = [line.join(name, [lane], 1) for name in "ab"]
    await asyncio.sleep(0)
    await line.pacer.turn([lane], 1, seat)
    assert line.order == ""
    await asyncio.gather(*waiting)
    assert line.order == "ab"


async def test_a_busy_channel_does_not_hold_up_another() -> None:
    line = Line()
    method = Lane(Pace(per_second=100, burst=100))
    busy, quiet = Lane(Pace(1, 1)), Lane(Pace(1, 1))
    await asyncio.gather(
        line.join("a", [method, busy]),
        line.join("b", [method, busy]),
        line.join("c", [method, quiet], 4),
    )
    assert line.went == [("a", 0), ("c", 0), ("b", 1)]


async def test_a_pause_lets_nobody_through_before_its_end() -> None:
    line, lane = Line(), Lane(Pace(per_second=10, burst=5))
    line.pacer.pause([lane], 30)
    await asyncio.gather(*(line.join(name, [lane]) for name in "ab"))
    assert line.went == [("a", 30), ("b", 30.1)]


async def test_a_pause_counts_for_those_who_already_wait() -> None:
    line, lane = Line(), Lane(Pace(per_second=1, burst=1))
    await line.join("a", [lane])
    waiting = line.join("b", [lane])
    await asyncio.sleep(0)
    line.pacer.pause([lane], 7)
    await waiting
    assert line.went == [("a", 0), ("b", 7)]


async def test_who_gives_up_takes_no_turn_from_the_others() -> None:
    line, lane = Line(), Lane(Pace(per_second=1, burst=1))
    tasks = [line.join(name, [lane]) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert line.went == [("a", 0), ("c", 1)]


async def test_nothing_is_left_running_when_nobody_waits() -> None:
    clock = SleepingClock()
    forever = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await forever.wait()

    pacer, lane = Pacer(clock, sleep), Lane(Pace(per_second=1, burst=1))
    await pacer.turn([lane], 0, pacer.seat())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pacer.turn([lane], 0, pacer.seat()), 0.01)
    await asyncio.sleep(0)
    assert pacer.waiting == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_one_who_needs_no_lane_goes_at_once() -> None:
    line, lane = Line(), Lane(Pace(per_second=1, burst=1))
    tasks = [line.join("a", [lane]), line.join("b", [lane]), line.join("c", [], 9)]
    await asyncio.gather(*tasks)
    assert line.went == [("a", 0), ("c", 0), ("b", 1)]


@given(st.integers(2, 300), st.lists(st.floats(0, 40), max_size=80))
def test_no_minute_has_more_calls_than_its_limit(per_minute: int, gaps: list[float]) -> None:
    lane, now, taken = Lane(spread(per_minute)), 0.0, list[float]()
    for gap in [*gaps, *([0.0] * (per_minute + 1))]:
        now = max(now + gap, lane.ready_at())
        lane.take(now)
        taken.append(now)
    for index, first in enumerate(taken):
        within = [at for at in taken[index:] if at < first + 59.999]
        assert len(within) <= per_minute
