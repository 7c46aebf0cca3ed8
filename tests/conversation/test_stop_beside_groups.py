"""While Slack is asked who is in a user group, for a click or another's stop, a Stop goes on."""

import pytest

from bot.policy.file import parse
from bot.sandbox.faults import Delay
from bot.store import Store
from conversation.scenes import ask, cancels, confirmations, whispered, whispers, working
from conversation.test_policy import EVERYBODY, OPS, people
from conversation.test_stop_by_reaction import begun
from conversation.test_who_may_stop import (
    OPS_DECIDE,
    Stop,
    by_button,
    by_reaction,
    by_slack,
    by_word,
)
from stage import ANN, BOB, Stage
from support import wait_until

ALL_BY_OPS = parse(f'[[rule]]\ndeciders = ["{OPS}"]\n')

PATIENT = 10.0
"""Seconds of the lease: with the tests' own, Slack would be given up too soon."""

SLOW = Delay(2.5)
"""Longer than a Stop takes, and not so long that Slack is given up."""


async def asked_of_slack(stage: Stage, before: int) -> None:
    """Wait until Slack is asked once more who is in a group."""
    await wait_until(lambda: asked(stage) > before, "a question to Slack")


def asked(stage: Stage) -> int:
    return sum(call.method == "usergroups.users.list" for call in stage.slack.calls)


@pytest.mark.parametrize("stop", [by_button, by_word, by_slack, by_reaction])
async def test_a_stop_reaches_neo_while_a_decision_waits_which_then_decides_nothing(
    stage: Stage, store: Store, stop: Stop
) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=ALL_BY_OPS, allowed_users=EVERYBODY, lease_seconds=PATIENT):
        root, task = await working(stage)
        card = await begun(stage, store, root)
        await ask(stage, root, task, "May I?")
        before = asked(stage)
        stage.slack.faults.add("usergroups.users.list", SLOW)
        await stage.click(root, "Approve", user=BOB)
        await asked_of_slack(stage, before)
        await stop(stage, ANN, root, card)
        await wait_until(lambda: cancels(task) == 1, "the stop")
        assert whispers(stage, BOB) == [], "the click still waits"
        await stage.sees(root, "Stopped. Reply here")
        await whispered(stage, BOB, "settled before")
    assert confirmations(task) == []
    assert cancels(task) == 1


async def test_the_owners_stop_waits_for_no_stop_of_who_may_be_in_a_group(stage: Stage) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=OPS_DECIDE, allowed_users=EVERYBODY, lease_seconds=PATIENT):
        root, task = await working(stage)
        before = asked(stage)
        stage.slack.faults.add("usergroups.users.list", SLOW)
        await stage.click(root, "Stop", user=BOB)
        await asked_of_slack(stage, before)
        await stage.click(root, "Stop")
        await wait_until(lambda: cancels(task) == 1, "the stop")
        assert whispers(stage, BOB) == [], "the other stop still waits"
        await stage.sees(root, "Stopped. Reply here")
        await whispered(stage, BOB, "that turn is over")
    assert cancels(task) == 1
