"""`/neo pause`: from its answer on, nothing is approved here, until `/neo resume`."""

import json

from bot.ids import Installation
from bot.sandbox.faults import Hang
from bot.store import Audit, Store
from commanding import neo
from conversation.scenes import QUICK, ask, confirmations, whispered, whispers, working
from stage import ANN, BOB, EVE, Stage
from support import wait_until


async def braked(store: Store, installation: Installation) -> list[str]:
    """Return what the audit has of pauses: what, who, how."""
    entries = await Audit(store, installation).entries(1, 100)
    records = [json.loads(entry.record) for entry in entries]
    kinds = ("paused", "resumed")
    return [f"{r['kind']} {r['who']} {r['outcome']}" for r in records if r["kind"] in kinds]


async def test_nothing_is_approved_while_an_admin_has_paused_that(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(admins=frozenset({BOB})):
        root, task = await working(stage)
        await ask(stage, root, task, "First?")
        assert f"Only an admin can pause and resume approvals: <@{BOB}>" in await neo(
            stage, "pause"
        )
        assert "not on the list" in await neo(stage, "pause", user=EVE)
        assert "*All approvals are paused.*" in await neo(stage, "pause", user=BOB)
        await stage.click(root, "Approve")
        await whispered(stage, ANN, "Nothing was approved")
        assert f"paused already: by <@{BOB}>" in await neo(stage, "Pause", user=BOB)
        await stage.sees(root, "Approvals are paused")
    async with stage.bridging(admins=frozenset({BOB})):
        while sum("Nothing was approved" in t for t in whispers(stage, ANN)) < 2:
            told = len(whispers(stage, ANN))
            await stage.reply(root, "yes")  # before the card is up again, that alone is said
            await wait_until(lambda n=told: len(whispers(stage, ANN)) > n, "an answer")
        assert confirmations(task) == []
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task) == [(False, "")], "denials still work")
        await ask(stage, root, task, "Second?")
        await wait_until(lambda: stage.count(root, "Approvals are paused") == 1, "a new card, too")
        assert "Only an admin" in await neo(stage, "resume")
        assert "Approvals are resumed" in await neo(stage, "resume", user=BOB)
        assert "not paused" in await neo(stage, "resume", user=BOB)
        await wait_until(lambda: not stage.count(root, "Approvals are paused"), "all as before")
        await stage.click(root, "Approve")
        await wait_until(lambda: len(confirmations(task)) == 2, "the approval")
    assert await braked(store, installation) == [
        f"paused {ANN} not_allowed",
        f"paused {BOB} asked",
        f"resumed {ANN} not_allowed",
        f"resumed {BOB} asked",
    ]


async def test_an_approval_that_has_not_reached_neo_yet_is_paused_too(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK, admins=frozenset({EVE})):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", Hang())
        await stage.click(root, "Approve")
        await stage.sees(root, "Telling Neo")
        assert "paused" in await neo(stage, "pause", user=EVE), "an admin needs no other right"
        await stage.sees(root, "Your decision did not reach Neo")
        await stage.sees(root, "Approvals are paused")
        assert confirmations(task) == []


async def test_without_admins_nobody_pauses(stage: Stage) -> None:
    async with stage.bridging():
        assert "no admin is named" in await neo(stage, "pause")
