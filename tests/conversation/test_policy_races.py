"""Several people at once, and a bridge that stops meanwhile: decided once, by enough, or not."""

import asyncio
from collections.abc import Awaitable, Sequence
from random import Random

import pytest

from bot.sandbox.neo import events
from conversation.scenes import acked, ask, confirmations, finish, working
from conversation.test_policy import CYD, EVERYBODY, TWO_OF_OPS, people
from stage import ANN, BOB, Stage
from support import wait_until


def acts(stage: Stage, root: str, chance: Random) -> tuple[Sequence[Awaitable[object]], set[str]]:
    """Return what people do at once, and who of those that may approve does."""
    users = [chance.choice([ANN, BOB, BOB, CYD, CYD]) for _ in range(chance.randrange(2, 6))]
    does = [
        stage.click(root, "Approve", user=user)
        if chance.random() < 0.6
        else stage.reply(root, "yes", user=user)
        for user in users
    ]
    return does, {BOB, CYD} & {*users}


@pytest.mark.parametrize("seed", range(4))
async def test_what_several_people_do_at_once_across_a_restart_decides_once(
    stage: Stage, seed: int
) -> None:
    chance = Random(seed)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        people(stage, BOB)
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        does, approving = acts(stage, root, chance)
        await asyncio.gather(*does)
        await acked(stage)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        if len(approving) == 2:
            await wait_until(lambda: confirmations(task), "the approval")
        await stage.slack.faults.drop_sockets()
        await finish(stage, root, task)
        await stage.sees(root, "*Approved* by" if len(approving) == 2 else "nothing was decided")
    assert confirmations(task) == ([(True, "")] if len(approving) == 2 else [])
    assert "Approve" not in stage.labels(root)


async def test_a_click_that_meets_the_console_decides_nothing_more(stage: Stage) -> None:
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        people(stage, BOB)
        root, task = await working(stage)
        request = await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=BOB)
        await stage.sees(root, "Approved by <@U0BOB>.")
        now = events.rfc3339(task.last_event_at)
        denied = events.user_confirmation(request, ok=False, timestamp=now)
        await asyncio.gather(
            stage.neo.type_in_console(task.id, denied), stage.click(root, "Approve", user=CYD)
        )
        await stage.sees(root, "*Denied* by")
        await acked(stage)
        await finish(stage, root, task)
    assert (False, "") in confirmations(task)
    assert (True, "") not in confirmations(task)
    assert "Approve" not in stage.labels(root)


async def test_two_who_approve_at_once_by_two_bridges_on_one_store_decide_once(
    stage: Stage,
) -> None:
    async with (
        stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY) as one,
        stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY) as other,
    ):
        people(stage, BOB)
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await asyncio.gather(*(stage.click(root, "Approve", user=user) for user in (BOB, CYD)))
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")
        await stage.sees(root, "*Approved* by")
        await acked(stage)
        assert [one.owner.is_owner, other.owner.is_owner].count(True) == 1
    assert confirmations(task) == [(True, "")]
