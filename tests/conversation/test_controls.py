"""A whole task: its modes, its title, a second try of a failed turn, a new task in its thread."""

from dataclasses import replace

from bot.audit import chain
from bot.audit.record import AuditKind, AuditRecord
from bot.ids import Installation
from bot.policy.rules import Bound, Policy
from bot.sandbox.faults import ApiError, DropAfter, DropBefore
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.text import interactive_elements
from bot.store import Audit, Store
from commanding import neo
from conversation.scenes import (
    QUICK,
    acked,
    contents,
    finish,
    press,
    resting,
    sent_bodies,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

OFTEN = replace(QUICK, list_every=0.1, lapse=600.0)
"""Neo is asked often how its tasks are."""

TASK, THREAD = "neo_task", "neo_listen"


def entries(stage: Stage, root: str, menu: str) -> list[str]:
    """Return what the last card of a thread offers in a menu."""
    for message in reversed(stage.thread(root)):
        for element in interactive_elements(message.blocks):
            if element["action_id"] == menu:
                return [option["text"]["text"] for option in element["options"]]
    return []


async def choose(stage: Stage, root: str, menu: str, label: str, *, user: str = ANN) -> None:
    """Let somebody choose from a menu of the last card that has it, when it is there."""
    await wait_until(lambda: label in entries(stage, root, menu), label)
    for message in reversed(stage.thread(root)):
        if any(e["action_id"] == menu for e in interactive_elements(message.blocks)):
            await stage.slack.choose(user, INFRA, message.ts, menu, label)
            return


async def recorded(store: Store, installation: Installation, kind: AuditKind) -> list[AuditRecord]:
    """Return what the audit has of a kind, which has to be whole."""
    audit = Audit(store, installation)
    kept, length = await audit.look()
    found = await audit.entries(1, length)
    assert chain.follow(chain.Head(), found) == kept
    records = [AuditRecord.model_validate_json(entry.record) for entry in found]
    return [record for record in records if record.kind is kind]


async def typed_in_console(stage: Stage, task: TaskState, words: str) -> None:
    now = events.rfc3339(task.last_event_at)
    await stage.neo.type_in_console(task.id, events.user_message(words, timestamp=now))


async def is_recorded(store: Store, installation: Installation, outcome: str) -> None:
    """Wait until a change of modes with this outcome is in the audit."""
    while outcome not in {
        r.outcome for r in await recorded(store, installation, AuditKind.MODE_CHANGED)
    }:
        pass


async def test_modes_are_changed_from_the_card_by_those_who_may(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        everything = ["Ask before updates only", "Never ask", "Look, change nothing"]
        await wait_until(
            lambda: entries(stage, root, TASK) == [*everything, "Share read-only"], "the menu"
        )
        await choose(stage, root, TASK, "Never ask", user=EVE)
        await whispered(stage, EVE, "not on the list")
        await choose(stage, root, TASK, "Never ask", user=BOB)
        await whispered(stage, BOB, "anybody here may make Neo ask more")
        assert task.approval_mode == "manual"

        await choose(stage, root, TASK, "Never ask")
        said = f"<@{ANN}> set how Neo works here: from now on it never asks."
        await stage.sees(root, "from now on it never asks")
        assert any(said in m.text for m in stage.thread(root))
        await wait_until(lambda: "Ask before everything" in entries(stage, root, TASK), "the menu")
        assert "Never ask" not in entries(stage, root, TASK)
        await choose(stage, root, TASK, "Ask before updates only", user=BOB)
        await stage.sees(root, "from now on it asks before updates only")
        await choose(stage, root, TASK, "Look, change nothing", user=BOB)
        await stage.sees(root, "from now on it looks, but changes nothing")
        assert (task.approval_mode, task.permission_mode) == ("balanced", "read-only")
        for outcome in ("not_owner", "auto", "balanced", "read_only"):
            await is_recorded(store, installation, outcome)
    records = await recorded(store, installation, AuditKind.MODE_CHANGED)
    assert [(r.who, r.owner, r.outcome) for r in records] == [
        (EVE, "", "not_allowed"),
        (BOB, "", "not_owner"),
        (ANN, "shared", "auto"),
        (BOB, "shared", "balanced"),
        (BOB, "shared", "read_only"),
    ]
    assert {r.task for r in records} == {task.id}


async def test_nobody_goes_beyond_the_bound_of_the_channel(stage: Stage) -> None:
    bound = Bound(ids=frozenset({INFRA}), approval_mode="balanced", permission_mode="read-only")
    policy = Policy(bounds=(bound,))
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        await wait_until(lambda: entries(stage, root, TASK), "the menu")
    async with stage.bridging(patience=OFTEN, policy=policy):
        await wait_until(
            lambda: (
                "Never ask" not in entries(stage, root, TASK)
                and "Ask before updates only" in entries(stage, root, TASK)
            ),
            "what is above the bound is not offered",
        )
        card = stage.thread(root)[0]
        value = f'{{"t":"{INFRA}:{root}","s":"auto","d":"1"}}'
        await stage.slack.click(ANN, INFRA, card.ts, TASK, value=value)
        await whispered(stage, ANN, "as far as balanced and read-only, and no further")
    assert task.approval_mode == "manual"


async def test_the_bound_of_its_channel_holds_for_a_task_that_goes_on_elsewhere(
    stage: Stage,
) -> None:
    policy = Policy(bounds=(Bound(ids=frozenset({INFRA}), approval_mode="balanced"),))
    direct = stage.slack.dm(ANN)
    async with stage.bridging(patience=OFTEN, policy=policy):
        root, task = await working(stage)
        await stage.slack.delete(ANN, INFRA, root)
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        await press(stage, direct, "Continue here")
        there = stage.slack.messages(direct)[0].ts
        await stage.sees(there, "goes on in this thread", channel=direct)
        await neo(stage, "mode auto")
        await whispered(stage, ANN, "as far as balanced and default, and no further")
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await stage.sees(there, "Done.", channel=direct)
        await stage.reply(there, "more", channel=direct)
        card = await stage.sees(there, "Working", channel=direct)
        menu = [e for e in interactive_elements(card.blocks) if e["action_id"] == TASK]
        assert "Never ask" not in str(menu)
    assert task.approval_mode == "manual"


async def test_a_change_whose_answer_is_lost_is_read_back_and_a_refused_one_is_told(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        stage.neo.faults.add("update_task", DropAfter())
        await choose(stage, root, TASK, "Never ask")
        await stage.sees(root, "from now on it never asks")
        assert len(sent_bodies(stage, "update_task")) == 1
        stage.neo.faults.add("update_task", DropBefore())
        await choose(stage, root, TASK, "Ask before updates only")
        await stage.sees(root, "from now on it asks before updates only")
        assert len(sent_bodies(stage, "update_task")) == 3
        stage.neo.faults.add("update_task", ApiError("not yours"))
        await choose(stage, root, TASK, "Never ask")
        told = await stage.sees(root, "The task was not changed.")
        assert "not yours" in told.text
        await is_recorded(store, installation, "status_400")
    assert task.approval_mode == "balanced"
    records = await recorded(store, installation, AuditKind.MODE_CHANGED)
    assert [r.outcome for r in records] == ["auto", "balanced", "status_400"]


async def test_a_mode_that_changes_as_the_turn_ends_is_kept_for_the_next(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        await wait_until(lambda: entries(stage, root, TASK), "the menu")
        await choose(stage, root, TASK, "Never ask")
        await finish(stage, root, task)
        await stage.sees(root, "from now on it never asks")
        await stage.reply(root, "next")
        await wait_until(lambda: contents(task) == ["go", "next"], "the next turn")
        await wait_until(
            lambda: "Ask before everything" in entries(stage, root, TASK), "the next card"
        )
    assert task.approval_mode == "auto"


async def failing(stage: Stage, root: str, task: TaskState) -> None:
    """Let the agent's turn end in an error."""
    await stage.neo.emit(task.id, events.error("out of luck"))
    await stage.sees(root, "Ended in an error")


async def test_a_failed_turn_is_tried_again_once_with_the_same_words(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        assert "Try that again" not in entries(stage, root, THREAD)
        await failing(stage, root, task)
        card = (await stage.sees(root, "Ended in an error")).ts
        await choose(stage, root, THREAD, "Try that again", user=BOB)
        await wait_until(lambda: contents(task) == ["go", "go"], "the message, again")
        await stage.slack.click(
            ANN, INFRA, card, THREAD, value=f'{{"t":"{INFRA}:{root}","s":"retry:1"}}'
        )
        await whispered(stage, ANN, "There is nothing to try again")
        await finish(stage, root, task)
        await stage.reply(root, "now this")
        await wait_until(lambda: len(contents(task)) == 3, "the next message")
        stamps = [e.body["timestamp"] for e in task.user_events]
        assert stamps == sorted(set(stamps))
        await wait_until(lambda: stage.count(root, "Working"), "the turn")
        await failing(stage, root, task)
        await choose(stage, root, THREAD, "Try that again")
        await wait_until(lambda: contents(task)[2:] == ["now this"] * 2, "that one, again")


async def test_what_was_begun_in_the_console_is_not_repeated_from_here(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await resting(stage)
        await typed_in_console(stage, task, "mine")
        await stage.sees(root, "Working")
        await failing(stage, root, task)
        await wait_until(
            lambda: "New task in this thread" in entries(stage, root, THREAD), "the menu"
        )
        assert "Try that again" not in entries(stage, root, THREAD)
        assert contents(task) == ["go", "mine"]


async def test_a_thread_leaves_its_task_and_the_next_message_starts_another(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, first = await working(stage)
        old_card = (await stage.sees(root, "Working")).ts
        assert "New task in this thread" not in entries(stage, root, THREAD)
        await finish(stage, root, first)
        await choose(stage, root, THREAD, "New task in this thread", user=BOB)
        await whispered(stage, BOB, "Only")
        await choose(stage, root, THREAD, "New task in this thread")
        told = await stage.sees(root, "is done with the task above")
        assert "Pulumi Cloud" in told.text
        await wait_until(
            lambda: not stage.neo.open_streams(first.id), "nobody follows it", timeout=5
        )
        await stage.reply(root, "well done", user=BOB)
        await stage.reply(root, "thanks")
        await acked(stage)
        assert contents(first) == ["go"]
        await typed_in_console(stage, first, "old one")
        await stage.neo.emit(first.id, events.assistant_message("From the old one."))
    async with stage.bridging(patience=OFTEN):
        await stage.reply(root, "something else")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the new task")
        second = next(t for t in stage.neo.tasks.values() if t is not first)
        await wait_until(lambda: stage.count(root, "Working"), "its card")
        await stage.slack.click(
            ANN, INFRA, old_card, TASK, value=f'{{"t":"{INFRA}:{root}","s":"auto","d":"1"}}'
        )
        await whispered(stage, ANN, "not about that task any more")
        await finish(stage, root, second, "Done with the second.")
        await stage.reply(root, "go on", user=BOB)
        await wait_until(lambda: len(contents(second)) == 2, "a reply to the new task")
    assert contents(second)[0].startswith(
        "Ann: something else\n\nEarlier in this Slack thread (quoted"
    )
    assert stage.count(root, "From the old one") == 0
    assert first.approval_mode == second.approval_mode == "manual"
    assert not [w for w in whispers(stage, ANN) if "at work" in w]
