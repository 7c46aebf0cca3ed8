"""By a policy, those who decide stop too: by every kind of Stop, and nobody else."""

from collections.abc import Awaitable, Callable

import pytest

from bot.audit.record import AuditKind
from bot.ids import Installation
from bot.policy.file import parse
from bot.sandbox.faults import ApiError
from bot.store import Store
from commanding import neo
from conversation.scenes import cancels, sent_bodies, whispered, working
from conversation.test_controls import recorded
from conversation.test_policy import CYD, EVERYBODY, OPS, people
from conversation.test_stop_by_reaction import begun
from stage import ANN, BOB, INFRA, Stage

BOB_DECIDES = parse(f'[[rule]]\nstacks = "*/prod"\ndeciders = ["{BOB}"]\n')
OPS_DECIDE = parse(f'[[rule]]\nstacks = "*/prod"\ndeciders = ["{OPS}"]\n')

Stop = Callable[[Stage, str, str, str], Awaitable[object]]
"""Lets a person stop what runs in a thread; its card's `ts` comes last."""


async def by_button(stage: Stage, user: str, root: str, _card: str) -> None:
    await stage.click(root, "Stop", user=user)


async def by_word(stage: Stage, user: str, root: str, _card: str) -> None:
    await stage.reply(root, "stop", user=user)


async def by_slack(stage: Stage, user: str, root: str, _card: str) -> None:
    await stage.slack.stop(user, INFRA, root)


async def by_reaction(stage: Stage, user: str, _root: str, card: str) -> None:
    await stage.slack.react(user, INFRA, card, "x")


async def by_command(stage: Stage, user: str, _root: str, _card: str) -> None:
    await neo(stage, "stop", user=user)


EVERY_KIND = [by_button, by_word, by_slack, by_reaction, by_command]


@pytest.mark.parametrize("stop", EVERY_KIND)
async def test_whom_the_policy_names_stops_with_the_owners_identity(
    stage: Stage, store: Store, installation: Installation, stop: Stop
) -> None:
    people(stage)
    async with stage.bridging(policy=BOB_DECIDES, allowed_users=EVERYBODY):
        root, task = await working(stage)
        assert stage.count(root, "Who decides here may also stop the task.") == 1
        card = await begun(stage, store, root)
        if stop is not by_command:
            await stop(stage, CYD, root, card)
            await whispered(stage, CYD, f"You can't stop this. <@{ANN}> can, who started it, and")
        assert cancels(task) == 0
        await stop(stage, BOB, root, card)
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 1
    stops = [
        (r.who, r.owner, r.outcome) for r in await recorded(store, installation, AuditKind.STOP)
    ]
    refused = [] if stop is by_command else [(CYD, "", "not_allowed")]
    assert stops == [*refused, (BOB, "shared", "asked")]


@pytest.mark.parametrize("stop", [by_button, by_reaction, by_command])
async def test_who_is_in_a_group_is_asked_when_it_stops(
    stage: Stage, store: Store, installation: Installation, stop: Stop
) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=OPS_DECIDE, allowed_users=EVERYBODY):
        root, task = await working(stage)
        card = await begun(stage, store, root)
        await stop(stage, CYD, root, card)
        await whispered(stage, CYD, f"those who decide here by the policy: <!subteam^{OPS}>.")
        stage.slack.faults.add("usergroups.users.list", ApiError("fatal_error"))
        await stop(stage, BOB, root, card)
        await whispered(stage, BOB, "so I can't tell whether you may stop this")
        assert cancels(task) == 0
        where = root if stop is by_reaction else card  # a second cross takes the first away
        await stop(stage, BOB, root, where)
        await stage.sees(root, "Stopped. Reply here")
    assert cancels(task) == 1
    stops = [(r.who, r.outcome) for r in await recorded(store, installation, AuditKind.STOP)]
    assert stops == [(CYD, "not_allowed"), (BOB, "group_not_told"), (BOB, "asked")]


async def test_without_a_policy_only_the_owner_stops(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        assert "None of your tasks is at work" in await neo(stage, "stop", user=BOB)
        await stage.click(root, "Stop", user=BOB)
        await whispered(stage, BOB, f"Only <@{ANN}> can do that")
    assert cancels(task) == 0


async def test_who_may_stop_may_force_it_too(stage: Stage) -> None:
    people(stage)
    async with stage.bridging(policy=BOB_DECIDES, allowed_users=EVERYBODY):
        root, _ = await working(stage)
        stage.neo.faults.add("respond", ApiError("no"), times=5)
        await stage.click(root, "Stop", user=BOB)
        await stage.sees(root, "Neo did not stop")
        await stage.click(root, "Force stop", user=CYD)
        await whispered(stage, CYD, "You can't stop this.")
        assert not sent_bodies(stage, "cancel_task")
        await stage.click(root, "Force stop", user=BOB)
        await stage.sees(root, "Stopped. Reply here")
    assert len(sent_bodies(stage, "cancel_task")) == 1
