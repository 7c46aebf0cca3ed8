"""Approval cards: shown, decided from anywhere, closed with their turn, never lost."""

from bot.ids import UserId
from bot.policy.rules import Rule, Window
from bot.policy.shown import shown
from bot.relay.requests import ASK_AGAIN, LOOK_AGAIN, ByPolicy, until_change
from bot.sandbox.faults import ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from conversation.scenes import confirmations
from relay.scene import at_work, labels
from stage import ANN, INFRA, Stage
from support import wait_until

FOLLOWS_WITHIN = 2.0
"""Seconds from a decision elsewhere to the card: what is promised, load of the machine included."""

DIFF = {"index.ts": "@@ -1 +1,2 @@\n-a\n+b\n+c\n"}


def confirmation(request_id: str, *, ok: bool) -> dict[str, object]:
    return {"type": "user_confirmation", "approval_request_id": request_id, "ok": ok}


async def test_a_card_shows_what_is_asked_and_our_decision_closes_it_at_once(stage: Stage) -> None:
    async with at_work(stage) as scene:
        await scene.emit(
            events.user_approval_request(
                "Update prod?",
                request_id="r1",
                sensitivity="sensitive",
                tool_name="pulumi__up",
                git_diff=DIFF,
            )
        )
        card = await scene.sees("Update prod?")
        assert labels(card) == ["Approve", "Deny", "Review"]
        assert "index.ts  +2 -1" in plain_text(card)
        await stage.click(scene.root, "Approve")
        await wait_until(lambda: "*Approved* by <@U0ANN>." in plain_text(card), "approved")
        await wait_until(lambda: "Telling Neo" not in plain_text(card), "settled")

    assert labels(card) == []
    assert scene.task.user_events[-1].body["ok"] is True


async def test_a_card_follows_a_decision_made_elsewhere_and_the_end_of_its_turn(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        await scene.emit(events.plan_exit("Go?", "1. Do **it**", request_id="r1"))
        plan = await scene.sees("1. Do **it**")
        await stage.neo.type_in_console(scene.task.id, confirmation("r1", ok=False))
        await wait_until(lambda: "*Denied* by ada, outside Slack." in plain_text(plan), "denied")
        shown_at = stage.slack.calls_of("chat.update")[-1].at
        assert shown_at - scene.task.user_events[-1].at < FOLLOWS_WITHIN
        await scene.emit(events.question("Which one?", request_id="q1"))
        question = await scene.sees("Which one?")
        assert labels(question) == ["Answer"]
        await scene.emit(events.cancelled())
        await wait_until(lambda: "The turn was stopped." in plain_text(question), "closed")

    assert labels(plan) == labels(question) == []


async def test_a_decision_made_elsewhere_is_not_taken_for_ours_that_did_not_get_through(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        stage.neo.faults.add("respond", ServerError(), times=1000)
        await stage.click(scene.root, "Approve")
        await wait_until(lambda: "Telling Neo" in plain_text(card), "on its way")
        await stage.neo.type_in_console(scene.task.id, confirmation("r1", ok=True))
        await wait_until(lambda: "Telling Neo" not in plain_text(card), "settled")

    assert "*Approved* by ada, outside Slack." in plain_text(card)
    assert confirmations(scene.task) == [(True, "")]


async def test_a_task_in_auto_mode_shows_what_it_let_itself_do(stage: Stage) -> None:
    async with at_work(stage) as scene:
        scene.task.approval_mode = "auto"
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        await wait_until(lambda: "automatically" in plain_text(card), "approved by itself")

    assert labels(card) == []


async def test_an_open_card_that_is_deleted_comes_back_and_a_closed_one_does_not(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        channel = stage.slack.workspace.channel(INFRA)
        stage.slack.workspace.delete(channel, card)
        await wait_until(lambda: stage.count(scene.root, "Update prod?") == 1, "shown again")
        again = await scene.sees("Update prod?")
        assert again is not card
        await stage.click(scene.root, "Deny")
        await wait_until(lambda: "*Denied* by <@U0ANN>." in plain_text(again), "denied")
        await wait_until(lambda: "Telling Neo" not in plain_text(again), "settled")
        stage.slack.workspace.delete(channel, again)
        await scene.finish()
        await scene.sees("All done.")

    assert stage.count(scene.root, "Update prod?") == 0
    assert [e.body.get("ok") for e in scene.task.user_events] == [None, False]


async def test_a_reply_answers_a_question(stage: Stage) -> None:
    async with at_work(stage) as scene:
        await scene.emit(events.question("Which one?", request_id="q1"))
        card = await scene.sees("Which one?")
        await stage.reply(scene.root, "the second", user=ANN)
        await wait_until(lambda: "*Answered* by <@U0ANN>:\n>the second" in plain_text(card), "it")
        sent = scene.task.user_events
        await wait_until(lambda: sent[-1].body.get("instructions") == "the second", "the answer")


def test_a_card_is_looked_at_again_where_nobody_tells_what_it_shows() -> None:
    ops, freeze = Rule(deciders=("S0OPS",)), Rule(freeze=(Window(start=1, end=2),))
    told = ByPolicy(shown(ops, (), UserId(ANN), {"S0OPS": frozenset()}))
    untold = ByPolicy(shown(ops, (), UserId(ANN), {}, untold=["S0OPS"]))

    assert until_change([Rule()], [ByPolicy(None)], 0.0) is None
    assert until_change([Rule(), ops], [told], 0.0) == LOOK_AGAIN, "people join and leave"
    assert until_change([ops], [told, untold], 0.0) == ASK_AGAIN
    assert until_change([ops, freeze], [told], 30.0) == 30.0
    assert until_change([freeze], [], 130.0) == LOOK_AGAIN, "the next one is far"
