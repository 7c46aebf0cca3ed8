"""Neo may have what it was sent, and does not show it: nothing is claimed, nothing sent twice."""

from dataclasses import replace

from bot.audit.record import AuditKind
from bot.ids import Installation
from bot.sandbox.faults import ApiError, DropAfter, DropBefore
from bot.sandbox.neo import events
from bot.sandbox.neo.door import Received
from bot.sandbox.neo.state import TaskState
from bot.store import Store
from conversation.scenes import (
    QUICK,
    ask,
    cancels,
    confirmations,
    contents,
    finish,
    resting,
    sent_bodies,
    working,
)
from conversation.test_controls import recorded
from stage import ANN, Stage
from support import wait_until

PATIENT = replace(QUICK, respond=1.0, settle=1.0, give_up=10.0)
NOT_NOW = ApiError("your role was changed")
FOR_EVER = 1000


async def test_a_message_that_neo_does_not_show_at_once_is_found_later(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)
        stage.neo.silent_streams = True
        stage.neo.faults.add("respond", DropAfter())
        stage.neo.faults.add("list_events", NOT_NOW, times=2)
        await stage.reply(root, "drop the bucket")
        await wait_until(lambda: not stage.neo.faults, "looked for, in vain")
        stage.neo.silent_streams = False
        await finish(stage, root, task, "Dropped.")
        await stage.reply(root, "thanks")
        await wait_until(lambda: len(contents(task)) == 3, "the next one")
        assert stage.count(root, "did not take") == 0
        assert stage.count(root, "can't tell") == 0
    assert contents(task) == ["go", "drop the bucket", "thanks"]
    assert len(sent_bodies(stage, "respond")) == 2


async def test_a_message_that_neo_never_shows_is_not_said_to_be_refused(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await resting(stage)
        stage.neo.faults.add("respond", DropBefore())
        stage.neo.faults.add("list_events", NOT_NOW, times=FOR_EVER)
        await stage.reply(root, "drop the bucket")
        told = await stage.sees(root, "I can't tell whether Neo got this")
        assert "drop the bucket" in told.text
        assert "your role was changed" in told.text
        await stage.reply(root, "are you there?")
        await wait_until(lambda: len(contents(task)) == 2, "the next one")
        assert stage.count(root, "did not take") == 0
    assert contents(task) == ["go", "are you there?"]


async def approved_in_doubt(stage: Stage) -> tuple[str, TaskState]:
    """Let Ann approve what Neo never shows it has; return the thread's root and the task."""
    root, task = await working(stage)
    await ask(stage, root, task, "Drop it?")
    stage.neo.faults.add("respond", DropBefore())
    stage.neo.faults.add("list_events", NOT_NOW, times=FOR_EVER)
    await stage.click(root, "Approve")
    await stage.sees(root, "I can't tell whether your decision reached Neo")
    return root, task


async def test_a_decision_that_neo_never_shows_can_be_taken_again(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await approved_in_doubt(stage)
        assert stage.count(root, "did not reach Neo") == 0
        await wait_until(lambda: "Deny" in stage.labels(root), "the card is open again")
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task), "decided")
    assert confirmations(task) == [(False, "")]


async def test_a_decision_that_neo_shows_after_all_is_told_as_ours(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await approved_in_doubt(stage)
        (untold,) = await recorded(store, installation, AuditKind.DECISION_UNTOLD)
        assert (untold.who, untold.outcome) == (ANN, "approved")
        await wait_until(lambda: "Deny" in stage.labels(root), "the card is open again")
        (sent,) = sent_bodies(stage, "respond")
        await stage.neo.type_in_console(task.id, sent["event"])  # what was on its way arrives
        await stage.sees(root, f"*Approved* by <@{ANN}>.")
    (delivered,) = await recorded(store, installation, AuditKind.DECISION_DELIVERED)
    assert (delivered.who, delivered.outcome) == (ANN, "approved")
    assert await recorded(store, installation, AuditKind.DECIDED_ELSEWHERE) == []
    assert await recorded(store, installation, AuditKind.DECISION_NOT_ACCEPTED) == []


async def test_a_stop_that_neo_never_shows_is_not_said_to_have_failed(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        stage.neo.faults.add("respond", DropBefore())
        stage.neo.faults.add("list_events", NOT_NOW, times=FOR_EVER)
        await stage.click(root, "Stop")
        await stage.sees(root, "I can't tell whether Neo was asked to stop")
        assert stage.count(root, "did not stop") == 0
        await wait_until(lambda: "Stop" in stage.labels(root), "the button is back")
        await stage.click(root, "Stop")
        await wait_until(lambda: cancels(task) == 1, "asked again")


async def test_a_start_that_neo_never_shows_says_so_and_is_looked_for_when_a_person_insists(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", DropAfter())
        stage.neo.faults.add("list_tasks", NOT_NOW, times=FOR_EVER)
        root = await stage.mention("go")
        await stage.sees(root, "I can't tell whether Neo has begun it")
        await stage.click(root, "Try again")
        await wait_until(
            lambda: stage.count(root, "I can't tell whether Neo has begun it") == 2, "said again"
        )
        stage.neo.faults.clear()
        await stage.click(root, "Try again")
        await stage.sees(root, "Done")
    assert len(sent_bodies(stage, "create_task")) == 1
    assert len(stage.neo.tasks) == 1


async def long_task(stage: Stage) -> tuple[str, TaskState]:
    """Let a task have three pages of events, and its next message be lost on the way."""
    root, task = await working(stage)
    for number in range(220):
        await stage.neo.emit(task.id, events.set_task_name(f"name {number}"))
    await finish(stage, root, task)
    stage.neo.faults.add("respond", DropBefore())
    await stage.reply(root, "more")
    return root, task


def looks(stage: Stage) -> list[Received]:
    return [r for r in stage.neo.received if r.route == "list_events"]


def pages(stage: Stage) -> list[str]:
    return [r.query.get("continuationToken", "") for r in looks(stage)]


async def test_a_long_list_is_read_on_from_its_last_page_ever_more_rarely_and_whole_at_the_end(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=PATIENT):
        _, task = await long_task(stage)
        await wait_until(lambda: len(contents(task)) == 2, "sent again: it was not there")
    first, second, third = pages(stage)[:3]
    assert first == ""
    assert pages(stage)[-3:] == [first, second, third]
    between = looks(stage)[3:-3]
    assert {r.query["continuationToken"] for r in between} == {third}
    # In two seconds: about 4 where each wait is twice the last, 20 where they are alike.
    assert 1 <= len(between) <= 8


async def test_a_page_that_neo_no_longer_knows_is_looked_for_from_the_beginning(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=PATIENT):
        stage.neo.faults.add(
            "list_events", ApiError("no such page"), where=lambda _: len(looks(stage)) == 4
        )
        root, task = await long_task(stage)
        await wait_until(lambda: len(contents(task)) == 2, "sent again: it was not there")
        assert stage.count(root, "no such page") == 0
    first, second, third = pages(stage)[:3]
    assert pages(stage)[3:7] == [third, first, second, third]
