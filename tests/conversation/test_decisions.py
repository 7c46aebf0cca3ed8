"""A decision: taken once, by its owner, on what they saw; and it reaches Neo once."""

import asyncio

import pytest

from bot import actions
from bot.ids import ApprovalRequestId, ButtonValue, Installation
from bot.sandbox.faults import ApiError, Conflict, DropAfter, DropBefore, Fault, ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons, plain_text
from bot.store import Lease, Store
from conversation.scenes import (
    QUICK,
    acked,
    ask,
    confirmations,
    contents,
    finish,
    sent_bodies,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, INFRA, Stage
from support import wait_until


async def test_the_owner_decides_by_a_click_or_by_typing(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "First?")
        await stage.click(root, "Approve")
        await stage.click(root, "Approve")
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task) == [(True, "")], "approved once")
        await ask(stage, root, task, "Second?")
        await stage.reply(root, "Yes!")
        await wait_until(lambda: len(confirmations(task)) == 2, "the typed yes")
        await ask(stage, root, task, "Third?")
        await stage.reply(root, "no")
        await wait_until(lambda: len(confirmations(task)) == 3, "the typed no")
        await ask(stage, root, task, "Fourth?")
        await stage.reply(root, "only on dev")
        await wait_until(lambda: len(confirmations(task)) == 4, "the instructions")
        await finish(stage, root, task)
        await acked(stage)
    assert confirmations(task) == [(True, ""), (True, ""), (False, ""), (False, "only on dev")]
    assert contents(task) == ["go"]


async def test_where_others_talk_words_are_held_until_the_owner_sends_them(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, f"<@{ANN}> careful", user=BOB)
        await ask(stage, root, task, "May I?")
        ts = await stage.reply(root, "hm, not on a Friday")
        await stage.sees(root, "Was this for Neo")
        await stage.slack.edit(ANN, INFRA, ts, "not on a Friday")
        await stage.click(root, "Send it to Neo", user=BOB)
        await whispered(stage, BOB, "Only")
        assert confirmations(task) == []
        await stage.click(root, "Send it to Neo")
        await stage.click(root, "Send it to Neo")
        await wait_until(lambda: confirmations(task), "the denial")
        await whispered(stage, ANN, "settled before")
        await finish(stage, root, task)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next message")
    assert confirmations(task) == [(False, "not on a Friday")]
    assert contents(task) == ["go", "Ann: next"]


async def test_held_words_that_are_sent_too_late_become_a_message(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, f"<@{ANN}> careful", user=BOB)
        await ask(stage, root, task, "May I?")
        await stage.reply(root, "check the costs")
        await stage.sees(root, "Was this for Neo")
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task), "the approval")
        await finish(stage, root, task)
        await stage.click(root, "Send it to Neo")
        await wait_until(lambda: len(contents(task)) == 2, "the message")
        await whispered(stage, ANN, "as a message instead")
    assert confirmations(task) == [(True, "")]
    assert contents(task) == ["go", "Ann: check the costs"]


async def test_any_words_of_the_owner_answer_a_question(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, f"<@{ANN}> careful", user=BOB)
        await stage.neo.emit(task.id, events.question("Which region?"))
        await stage.sees(root, "Which region?")
        await stage.reply(root, "Frankfurt", user=BOB)
        await whispered(stage, BOB, "Only")
        await stage.reply(root, "yes")
        await wait_until(lambda: confirmations(task), "the answer")
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the other's words")
    assert confirmations(task) == [(False, "yes")]
    assert contents(task) == ["go", "Bob: Frankfurt"]


async def test_a_click_on_what_has_changed_decides_nothing_and_says_so(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        request = await ask(stage, root, task, "May I?")
        card = next(m for m in stage.thread(root) if "May I?" in plain_text(m))
        approve = next(v for _, label, v in buttons(card) if label == "Approve")
        seen = ButtonValue.decode(approve).model_copy(update={"digest": "0" * 32})
        await stage.slack.click(ANN, INFRA, card.ts, actions.APPROVE, value=seen.encode())
        await whispered(stage, ANN, "Nothing was decided")
        assert confirmations(task) == []
        unknown = ButtonValue(t=seen.thread, s=ApprovalRequestId("other"), d=seen.digest)
        await stage.slack.click(ANN, INFRA, card.ts, actions.APPROVE, value=unknown.encode())
        await whispered(stage, ANN, "no longer know")
        assert list(task.open_approvals) == [request]
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task) == [(False, "")], "the denial")


async def test_what_was_typed_before_the_card_was_shown_decides_nothing(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.slack.faults.lose_deliveries()
        await stage.reply(root, "yes")
        stage.slack.faults.lose_deliveries(lose=False)
        await ask(stage, root, task, "May I?")
        await stage.slack.faults.drop_sockets()  # so that the history is read
        await whispered(stage, ANN, "changed after you wrote this")
        assert (confirmations(task), len(task.open_approvals)) == ([], 1)
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task), "the denial")
        await finish(stage, root, task)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the message")
    assert contents(task) == ["go", "next"], "a bare yes is kept for nothing else"


FAULTS = [
    (DropAfter(), 1),
    (DropBefore(), 2),
    (ServerError(), 2),
    (ServerError(after=True), 1),
    (Conflict(), 2),
]


@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        (DropAfter(), 1),
        (DropBefore(), 2),
        (ServerError(), 2),
        (ServerError(after=True), 1),
        (Conflict(), 2),
    ],
)
async def test_a_decision_reaches_neo_once_whatever_becomes_of_its_call(
    stage: Stage, fault: Fault, posts: int
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", fault)
        await stage.click(root, "Deny")
        await stage.sees(root, "Denied")
        await wait_until(lambda: confirmations(task), "the denial")
        await finish(stage, root, task)
    assert confirmations(task) == [(False, "")]
    assert len(sent_bodies(stage, "respond")) == posts
    assert len({str(body) for body in sent_bodies(stage, "respond")}) == 1


async def test_a_decision_that_neo_refuses_reopens_the_card(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", ApiError("not just now"))
        await stage.click(root, "Approve")
        refusal = await stage.sees(root, "Your decision did not reach Neo")
        assert "not just now" in refusal.text
        await wait_until(lambda: "Approve" in stage.labels(root), "the buttons are back")
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task) == [(False, "")], "the denial")


async def test_a_decision_made_elsewhere_meanwhile_is_no_refusal(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        request = await ask(stage, root, task, "May I?")
        stage.neo.silent_streams = True
        now = events.rfc3339(task.last_event_at)
        denied = events.user_confirmation(request, ok=False, timestamp=now)
        await stage.neo.type_in_console(task.id, denied)
        await stage.click(root, "Approve")
        await wait_until(lambda: sent_bodies(stage, "respond"), "the approval")
        await acked(stage)
        stage.neo.silent_streams = False
        await stage.sees(root, "Denied")
    assert stage.count(root, "did not reach") == 0


async def test_an_approval_that_cannot_be_delivered_lapses_and_a_denial_does_not(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Approve")
        await stage.sees(root, "did not reach Neo within 10 minutes")
        await wait_until(lambda: "Deny" in stage.labels(root), "the buttons are back")
        before = len(sent_bodies(stage, "respond"))
        await stage.click(root, "Deny")
        await wait_until(lambda: len(sent_bodies(stage, "respond")) > before + 8, "many tries")
        stage.neo.faults.clear()
        await wait_until(lambda: confirmations(task) == [(False, "")], "the denial")
    assert stage.count(root, "did not reach Neo") == 1


async def test_an_approval_that_nobody_looked_at_for_too_long_lapses(
    stage: Stage, store: Store, installation: Installation
) -> None:
    other = Lease(store, installation, seconds=30, holder="another process")
    async with stage.bridging(patience=QUICK) as bridge:
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        assert await other.acquire(exclusive=True)
        await wait_until(lambda: not bridge.owner.is_owner, "nobody works")
        await stage.click(root, "Approve")
        await acked(stage)
        await asyncio.sleep(QUICK.lapse + 0.1)  # the age of the click is what is tested
        await other.release()
        await stage.sees(root, "did not reach Neo")
        await wait_until(lambda: "Approve" in stage.labels(root), "the buttons are back")
        assert confirmations(task) == []
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the fresh one")


async def test_the_end_of_the_turn_ends_what_was_decided_and_not_delivered(stage: Stage) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Deny")
        await wait_until(lambda: sent_bodies(stage, "respond"), "a try")
        await finish(stage, root, task)
        await stage.sees(root, "nothing was decided")
        stage.neo.faults.clear()
        before = len(sent_bodies(stage, "respond"))
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next message")
    assert confirmations(task) == []
    assert len(sent_bodies(stage, "respond")) == before + 1
    assert whispers(stage, ANN) == []
