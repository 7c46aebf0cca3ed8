"""Sharing a task read-only: its owner alone, once, and the link is in the thread."""

from bot import actions
from bot.ids import ButtonValue, Installation, ThreadRef, Ts
from bot.sandbox.faults import ApiError, DropAfter, ServerError
from bot.store import Audit, Store
from commanding import neo
from conversation.scenes import QUICK, ask, sent_bodies, whispered, working
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def share(stage: Stage, root: str, *, user: str = ANN) -> None:
    """Let somebody choose to share the task."""
    value = ButtonValue(t=ThreadRef(channel=INFRA, root=Ts(root)).key(), s="share").encode()
    card = stage.thread(root)[0]
    await stage.slack.click(user, INFRA, card.ts, actions.SHARE_LINK, value=value)


async def outcomes(store: Store, installation: Installation) -> list[tuple[str, str]]:
    """Return who shared what came of it, as the audit has it."""
    entries = await Audit(store, installation).entries(1, 100)
    records = [entry.record for entry in entries if '"link_shared"' in entry.record]
    return [(r.split('"who":"')[1][:5], r.split('"outcome":"')[1].split('"')[0]) for r in records]


async def test_the_owner_shares_a_task_and_the_link_is_in_the_thread(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await share(stage, root, user=BOB)
        await whispered(stage, BOB, "Only")
        assert not task.is_shared
        stage.neo.faults.add("update_task", DropAfter())
        stage.neo.faults.add("update_task", ServerError())
        await share(stage, root)
        await stage.sees(root, "shared this task read-only")
        assert task.is_shared
        assert sent_bodies(stage, "update_task") == [{"isShared": True}] * 3
        await share(stage, root)
        await whispered(stage, ANN, "can read this task")
    assert stage.count(root, "shared this task read-only") == 1
    assert await outcomes(store, installation) == [(BOB, "not_allowed"), (ANN, "shared")]


async def test_the_owner_shares_a_task_by_a_command_too(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=QUICK):
        assert "no task that could be shared" in await neo(stage, "share")
        root, task = await working(stage)
        assert "no task that could be shared" in await neo(stage, "share", user=BOB)
        assert "Asking Neo to share" in await neo(stage, "share")
        await stage.sees(root, "shared this task read-only")
        assert task.is_shared
        await neo(stage, "share")
        await whispered(stage, ANN, "can read this task")
    assert await outcomes(store, installation) == [(ANN, "shared")]


async def test_what_neo_does_not_share_is_said(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        stage.neo.faults.add("update_task", ApiError("sharing is switched off here"))
        await share(stage, root)
        await stage.sees(root, "This task was not shared")
        assert stage.count(root, "sharing is switched off here") == 1
        await wait_until(lambda: not task.is_shared, "nothing shared")
        await share(stage, root)
        await stage.sees(root, "shared this task read-only")
    assert await outcomes(store, installation) == [(ANN, "status_400"), (ANN, "shared")]
