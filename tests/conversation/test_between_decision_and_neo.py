"""What may come between a decision and Neo: it is looked at once more, and never lost."""

from dataclasses import replace

from bot.approvals.store import Decision
from bot.ids import ApprovalRequestId, Installation, TaskId, UserId
from bot.policy.file import parse
from bot.sandbox.faults import Conflict, Delay, Hang, ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons, plain_text
from bot.store import Approvals, Lease, Store
from conversation.scenes import (
    QUICK,
    acked,
    ask,
    confirmations,
    contents,
    finish,
    sent_bodies,
    whispered,
    working,
)
from conversation.test_policy import frozen
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

TRIED_OFTEN = replace(QUICK, lapse=600.0)
EITHER = parse(f'[[rule]]\ndeciders = ["owner", "{BOB}"]\n')
BOTH = parse(f'[[rule]]\ndeciders = ["owner", "{BOB}"]\nquorum = 2\n')


async def test_an_approval_does_not_go_out_for_what_is_asked_by_then(stage: Stage) -> None:
    async with stage.bridging(patience=TRIED_OFTEN):
        root, task = await working(stage)
        request = await ask(stage, root, task, "Delete one?")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Approve")
        await stage.sees(root, "Telling Neo, which is busy with something else")
        changed = events.user_approval_request("Delete everything?", request_id=request)
        await stage.neo.emit(task.id, changed)
        await stage.sees(root, "What Neo asks has changed meanwhile")
        stage.neo.faults.clear()
        await wait_until(lambda: "Deny" in stage.labels(root), "the card is open again")
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task), "the decision on what is asked now")
    assert confirmations(task) == [(False, "")]


async def test_an_approval_does_not_go_out_into_a_freeze(stage: Stage) -> None:
    async with stage.bridging(policy=EITHER, patience=TRIED_OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Approve", user=BOB)
        await stage.sees(root, "Telling Neo")
    stage.neo.faults.clear()
    async with stage.bridging(policy=frozen("owner"), patience=TRIED_OFTEN):
        await stage.sees(root, "did not reach Neo.* By the policy nothing is approved until")
    assert confirmations(task) == []


async def test_an_approval_does_not_go_out_while_neo_is_asked_to_stop(stage: Stage) -> None:
    async with stage.bridging(patience=replace(TRIED_OFTEN, stop_waits=(0.3,) * 20)):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Approve")
        await stage.sees(root, "Telling Neo")
        await stage.click(root, "Stop")
        told = "did not reach Neo.* Neo is being asked to stop"
        await stage.sees(root, told)
        await wait_until(lambda: "Approve" in stage.labels(root), "the card is open again")
        await stage.click(root, "Approve")
        await wait_until(lambda: stage.count(root, told) == 2, "nothing is approved after it")
        stage.neo.faults.clear()
        await stage.sees(root, "Stopped. Reply here")
    assert confirmations(task) == []


async def test_a_stop_of_a_turn_that_is_over_holds_up_nothing_in_the_next(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.neo.faults.add("respond", Hang())
        await stage.click(root, "Stop")
        await wait_until(lambda: sent_bodies(stage, "respond"), "the stop that hangs")
        await finish(stage, root, task)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next turn")
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve")
        await stage.sees(root, f"*Approved* by <@{ANN}>")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")


async def test_who_denies_while_it_is_told_that_an_approval_has_lapsed_is_heard(
    stage: Stage,
) -> None:
    async with stage.bridging(policy=EITHER, patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        card = next(m for m in stage.thread(root) if "May I?" in plain_text(m))
        deny = next(action for action, label, _ in buttons(card) if label == "Deny")
        await stage.slack.click(BOB, INFRA, card.ts, deny)
        await stage.opens("Deny", user=BOB)
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Approve")
        await stage.sees(root, "Telling Neo")
        stage.slack.faults.add("chat.postMessage", Delay(1.0, after=True))
        await stage.sees(root, "did not reach Neo")
        await wait_until(lambda: not len(stage.slack.faults), "its post is at Slack")
        await stage.submit("not today", user=BOB)
        await acked(stage)
        stage.neo.faults.clear()
        await wait_until(lambda: confirmations(task), "the denial")
    assert confirmations(task) == [(False, "not today")]


async def test_what_did_not_reach_neo_as_people_were_told_never_goes_out_later(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=TRIED_OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", ServerError(403, "no role for this stack"), times=1000)
        stage.slack.faults.add("chat.postMessage", Delay(10.0, after=True))
        await stage.click(root, "Approve")
        await stage.sees(root, "did not reach Neo")
        assert not len(stage.slack.faults), "its post is not answered yet"
    stage.neo.faults.clear()
    async with stage.bridging(patience=TRIED_OFTEN):
        await wait_until(lambda: "Deny" in stage.labels(root), "the card is open again")
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task), "the decision that people know of")
        await stage.sees(root, "*Denied*")
    assert confirmations(task) == [(False, "")]
    assert stage.count(root, "did not reach Neo") == 1


async def test_a_decision_whose_process_died_before_it_was_pending_still_reaches_neo(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        request = ApprovalRequestId(await ask(stage, root, task, "First?"))
    lease = Lease(store, installation)
    assert await lease.acquire(exclusive=True)
    approvals, of = Approvals(lease), TaskId(task.id)
    kept = await approvals.get(of, request)
    assert kept is not None
    now = await store.time()
    won = Decision(entry="1-1", user=UserId(ANN), ok=True, decided_at=now).model_dump_json()
    await approvals.decide(of, request, digest=kept.digest, decision=won)
    await lease.release()
    async with stage.bridging():
        await stage.reply(root, "anything that wakes the thread", user=BOB)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the decision")
        await stage.sees(root, f"*Approved* by <@{ANN}>")


async def test_words_to_who_has_approved_too_are_no_denial(stage: Stage) -> None:
    async with stage.bridging(policy=BOTH):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.reply(root, "yes", user=BOB)
        await whispered(stage, BOB, "counts: 1 of 2")
        await stage.reply(root, "thanks Bob, let me look at it with Carol first")
        await stage.sees(root, "Was this for Neo")
    assert confirmations(task) == []


async def test_a_typed_stop_does_not_begin_a_thread_in_the_place_of_its_first_message(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        stage.slack.faults.add("download", ServerError(), times=1000)
        words = stage.slack.mention("deploy prod")
        root = await stage.slack.say(ANN, INFRA, words, files=[("plan.log", b"log")])
        await stage.reply(root, stage.slack.mention("stop"), user=BOB)
        await acked(stage)
        stage.slack.faults.clear()
        task = await stage.task()
        await ask(stage, root, task, "May I?")
        assert contents(task)[0].startswith("deploy prod")
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the owner's decision")
