"""Slack or Neo away for a while, and clocks that jump: what waits comes once, in order."""

import time

import pytest

from bot.clock import SystemClock
from bot.ids import Installation
from bot.sandbox.faults import EVERYTHING, DropBefore, Fault, RateLimited, ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from bot.store import Inbox, Store
from conversation.scenes import QUICK, acked, ask, cancels, confirmations, contents, working
from stage import Stage
from support import wait_until

STEPS = 40
AWAY = 100_000
"""More requests than anybody makes before the outage is over."""


@pytest.mark.parametrize("outage", [DropBefore(), ServerError(), RateLimited(1)])
async def test_while_slack_is_away_texts_wait_in_order_and_no_step_is_played_again(
    stage: Stage, outage: Fault
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        shown = len(stage.slack.calls_of("chat.update"))
        stage.slack.faults.add(EVERYTHING, outage, times=AWAY)
        for step in range(STEPS):
            await stage.neo.emit(task.id, events.exec_tool_call(f"t{step}", "pulumi__preview"))
            await stage.neo.emit(task.id, events.tool_response(f"t{step}", "pulumi__preview"))
            if step % 10 == 9:
                await stage.neo.emit(task.id, events.assistant_message(f"text {step}"))
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        refused = len(stage.slack.calls)
        await wait_until(lambda: len(stage.slack.calls) > refused, "a try meanwhile", timeout=30)
        stage.slack.faults.clear()
        await stage.sees(root, "Done.", timeout=60)
        await stage.sees(root, f"{STEPS} tool calls", timeout=30)
    texts = [plain_text(m) for m in stage.thread(root)]
    said = [words for text in texts for words in ("text 9", "text 19", "text 29", "Done.")
            if words in text]  # fmt: skip
    assert said == ["text 9", "text 19", "text 29", "Done."]
    assert len(stage.slack.calls_of("chat.update")) - shown < STEPS


@pytest.mark.parametrize("outage", [DropBefore(), ServerError(), RateLimited(1)])
async def test_while_neo_is_away_everything_waits_and_nothing_is_given_up(
    stage: Stage, store: Store, installation: Installation, outage: Fault
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add(EVERYTHING, outage, times=AWAY)
        stage.neo.cut_streams()
        await stage.reply(root, "careful, Bob", user="U0BOB")
        await stage.click(root, "Deny")
        await acked(stage)
        asked = len(stage.neo.received)
        await wait_until(lambda: len(stage.neo.received) > asked + 5, "tries", timeout=30)
        assert await Inbox(store, installation).dead_letters() == []
        stage.neo.faults.clear()
        await wait_until(lambda: confirmations(task) == [(False, "")], "the denial", timeout=60)
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await stage.sees(root, "Done.", timeout=60)
    assert stage.count(root, "Done.") == 1
    assert await Inbox(store, installation).dead_letters() == []


class Jumping(SystemClock):
    """A clock of the machine's that somebody sets."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, as far as this clock knows."""
        return time.time() + self.offset


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
async def test_a_clock_that_jumps_by_an_hour_does_no_harm(stage: Stage, jump: float) -> None:
    clock = Jumping()
    async with stage.bridging(clock=clock) as bridge:
        root, task = await working(stage)
        clock.offset = jump
        await stage.reply(root, "one")
        await stage.neo.emit(task.id, events.assistant_message("First.", is_final=True))
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await ask(stage, root, task, "May I?")
        clock.offset = 0.0
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the decision")
        clock.offset = -jump
        await stage.click(root, "Stop", last=False)
        await wait_until(lambda: cancels(task) == 1, "the stop")
        await stage.sees(root, "Stopped")
        assert bridge.owner.is_owner
    assert contents(task) == ["go", "one"]
    assert stage.count(root, "First.") == 1
    said_at = [event.body["timestamp"] for event in task.user_events]
    assert said_at == sorted(said_at), "rising, whatever the clock says"
