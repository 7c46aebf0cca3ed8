"""The one door for outgoing calls: order, back-off, and the lease before the wire."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.errors import LeaseLost, SlackGone, SlackUnavailable
from bot.ids import Ts
from bot.sandbox.faults import DropAfter, RateLimited
from bot.sandbox.slack import SlackSandbox
from bot.slack.door import Door, Limits, Priority
from bot.slack.ops import ChatPostMessage, ChatUpdate, Content
from bot.slack.pacing import Pace
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession
from slack_caller import SleepingClock, open_workspace
from support import wait_until


class Keeper:
    """Notes each check of the lease, and refuses when told to."""

    def __init__(self, clock: SleepingClock) -> None:
        self.clock = clock
        self.checks: list[tuple[float, float]] = []
        self.lost = False

    async def check(self, seconds: float) -> None:
        self.checks.append((self.clock.time, seconds))
        if self.lost:
            raise LeaseLost("another process has it")


@asynccontextmanager
async def open_door(
    limits: Limits | None = None,
) -> AsyncGenerator[tuple[SlackSandbox, SlackSession, Door, Keeper]]:
    clock = SleepingClock()
    keeper = Keeper(clock)
    async with open_workspace() as (slack, session):
        slack.add_channel("C2", "other", ["U1"])
        door = Door(
            SlackSender(session),
            before_call=keeper.check,
            clock=clock,
            sleep=clock.sleep,
            limits=limits,
        )
        yield slack, session, door, keeper


def post(text: str, channel: str = "C1") -> ChatPostMessage:
    return ChatPostMessage(channel, Content(text))


def texts(slack: SlackSandbox, channel: str = "C1") -> list[str]:
    return [message.text for message in slack.messages(channel)]


SLOW = Limits(channel=Pace(per_second=1, burst=1))


async def test_a_decision_overtakes_progress_that_waits() -> None:
    async with open_door(SLOW) as (slack, _, door, _keeper):
        calls = [
            door.call(post("first"), Priority.PROGRESS),
            door.call(post("progress"), Priority.PROGRESS),
            door.call(post("text"), Priority.TEXT),
            door.call(post("decision"), Priority.DECISION),
        ]
        await asyncio.gather(*calls)
        assert texts(slack) == ["first", "decision", "text", "progress"]


async def test_a_channel_gets_one_post_a_second_after_a_burst() -> None:
    async with open_door() as (_, _session, door, keeper):
        await asyncio.gather(*(door.call(post(str(n)), Priority.TEXT) for n in range(5)))
        start = keeper.checks[0][0]
        assert [round(at - start) for at, _ in keeper.checks] == [0, 0, 0, 1, 2]


async def test_an_update_does_not_wait_for_the_channels_posts() -> None:
    async with open_door(SLOW) as (slack, _, door, keeper):
        sent = await door.call(post("card"), Priority.TEXT)
        await door.call(ChatUpdate("C1", sent.ts, Content("card 2")), Priority.PROGRESS)
        assert texts(slack) == ["card 2"]
        assert keeper.checks[0][0] == keeper.checks[1][0]


async def test_the_lease_is_checked_after_the_wait_with_the_time_a_call_may_take() -> None:
    async with open_door(SLOW) as (slack, session, door, keeper):
        await door.call(post("one"), Priority.TEXT)
        keeper.lost = True
        with pytest.raises(LeaseLost):
            await door.call(post("two"), Priority.TEXT)
        assert texts(slack) == ["one"]
        (first, seconds), (second, _) = keeper.checks
        assert second - first == pytest.approx(1.0)
        assert seconds == session.call_timeout


async def test_who_loses_the_lease_while_a_call_is_recorded_does_not_make_it() -> None:
    async with open_door() as (slack, _, door, keeper):

        async def record() -> None:
            keeper.lost = True

        with pytest.raises(LeaseLost):
            await door.call(post("one"), Priority.TEXT, record=record)
        assert texts(slack) == []


async def test_a_rate_limit_pauses_the_method_and_the_same_op_goes_first() -> None:
    async with open_door() as (slack, _, door, keeper):
        slack.faults.add("chat.postMessage", RateLimited(9))
        limited = asyncio.create_task(door.call(post("limited"), Priority.TEXT))
        limits = door.stats.calls
        await wait_until(lambda: limits["chat.postMessage", "ratelimited"], "Slack refuses")
        later = asyncio.create_task(door.call(post("later"), Priority.TEXT))
        await asyncio.gather(limited, later)
        assert texts(slack) == ["limited", "later"]
        times = [at for at, _ in keeper.checks]
        assert times[1] - times[0] == pytest.approx(9)
        assert door.stats.calls == {
            ("chat.postMessage", "ratelimited"): 1,
            ("chat.postMessage", "ok"): 2,
        }


async def test_a_rate_limited_post_holds_up_no_other_method() -> None:
    async with open_door() as (slack, _, door, keeper):
        sent = await door.call(post("card"), Priority.TEXT)
        slack.faults.add("chat.postMessage", RateLimited(9))
        keeper.clock.going.clear()
        posting = asyncio.create_task(door.call(post("limited"), Priority.TEXT))
        limits = door.stats.calls
        await wait_until(lambda: limits["chat.postMessage", "ratelimited"], "Slack refuses")
        await door.call(ChatUpdate("C1", sent.ts, Content("card 2")), Priority.PROGRESS)
        assert texts(slack) == ["card 2"]
        keeper.clock.going.set()
        await posting
        assert texts(slack) == ["card 2", "limited"]


async def test_a_lost_answer_is_told_and_not_tried_again() -> None:
    async with open_door() as (slack, _, door, _keeper):
        slack.faults.add("chat.postMessage", DropAfter())
        with pytest.raises(SlackUnavailable):
            await door.call(post("once"), Priority.TEXT)
        assert texts(slack) == ["once"]
        assert door.stats.calls == {("chat.postMessage", "connection_lost"): 1}


async def test_a_refusal_is_counted_by_slacks_word() -> None:
    async with open_door() as (_, _session, door, _keeper):
        with pytest.raises(SlackGone):
            await door.call(ChatUpdate("C1", Ts("1700000000.000100"), Content("x")), Priority.TEXT)
        assert door.stats.calls == {("chat.update", "message_not_found"): 1}


async def test_a_cancelled_call_is_not_made() -> None:
    async with open_door(SLOW) as (slack, _, door, _keeper):
        await door.call(post("one"), Priority.TEXT)
        two = asyncio.create_task(door.call(post("two"), Priority.TEXT))
        await asyncio.sleep(0)
        assert door.waiting == 1
        two.cancel()
        await asyncio.gather(two, return_exceptions=True)
        await door.call(post("three"), Priority.TEXT)
        assert texts(slack) == ["one", "three"]
        assert door.waiting == 0


async def test_reads_are_paced_and_come_back_after_a_rate_limit() -> None:
    limits = Limits(per_minute={"users.info": 2})
    async with open_door(limits) as (slack, session, door, keeper):
        slack.faults.add("users.info", RateLimited(90))
        read = door.paced(session.call)
        for _ in range(2):
            assert (await read("users.info", {"user": "U1"}))["ok"] is True
        assert keeper.checks == []  # reading changes nothing: any replica may
        assert door.stats.calls["users.info", "ok"] == 2
        assert door.stats.waited["users.info"] == 150_000  # the pause, and then one a minute
