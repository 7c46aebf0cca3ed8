"""Cards that Slack does not let us change any more: what they do not show was not seen."""

from bot.sandbox.faults import ApiError, RateLimited
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from conversation.scenes import confirmations, whispered
from relay.scene import LIVELY, at_work, labels
from stage import ANN, Stage
from support import wait_until

POST = "chat.postMessage"
UPDATE = "chat.update"
CLOSED = ApiError("edit_window_closed")
OFTEN = 1000


async def test_a_yes_counts_only_after_what_neo_asks_now_was_shown(stage: Stage) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        await scene.emit(events.user_approval_request("Delete dev?", request_id="r1"))
        old = await scene.sees("Delete dev?")
        stage.slack.faults.add(UPDATE, CLOSED, OFTEN, where=lambda call: call["ts"] == old.ts)
        stage.slack.faults.add(POST, RateLimited(2), where=lambda call: "PROD" in call["text"])
        await scene.emit(events.user_approval_request("Delete PROD?", request_id="r1"))
        await wait_until(
            lambda: any(call.args["ts"] == old.ts for call in stage.slack.calls_of(UPDATE)),
            "an update of the card",
        )
        await stage.reply(scene.root, "yes")
        await whispered(stage, ANN, "the card changed after you wrote this")
        assert stage.count(scene.root, "Delete PROD?") == 0
        new = await scene.sees("Delete PROD?")
        assert confirmations(scene.task) == []
        assert labels(new)[:2] == ["Approve", "Deny"]

        await stage.reply(scene.root, "yes")
        await wait_until(lambda: confirmations(scene.task) == [(True, "")], "approved")
        await wait_until(lambda: "*Approved* by <@U0ANN>." in plain_text(new), "shown")

    assert stage.count(scene.root, "Delete PROD?") == 1


async def test_a_click_on_what_a_card_showed_before_decides_nothing_when_it_could_not_follow(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        await scene.emit(events.user_approval_request("Delete dev?", request_id="r1"))
        old = await scene.sees("Delete dev?")
        stage.slack.faults.add(UPDATE, CLOSED, OFTEN, where=lambda call: call["ts"] == old.ts)
        await scene.emit(events.user_approval_request("Delete PROD?", request_id="r1"))
        await scene.sees("Delete PROD?")
        await stage.click(scene.root, "Approve", last=False)
        await whispered(stage, ANN, "the card has changed since you saw it")

    assert confirmations(scene.task) == []


async def test_a_decision_that_a_card_cannot_show_any_more_is_shown_in_a_new_one(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        old = await scene.sees("Update prod?")
        stage.slack.faults.add(UPDATE, CLOSED, OFTEN, where=lambda call: call["ts"] == old.ts)
        await stage.click(scene.root, "Approve")
        new = await scene.sees("*Approved* by <@U0ANN>")
        await wait_until(lambda: "Telling Neo" not in plain_text(new), "settled")
        await scene.finish()
        await scene.sees("All done.")

    assert labels(new) == []
    assert stage.count(scene.root, "*Approved* by <@U0ANN>") == 1
    assert confirmations(scene.task) == [(True, "")]


async def test_a_progress_card_that_cannot_be_changed_is_given_up_and_the_next_turn_has_one(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        old = scene.card
        stage.slack.faults.add(UPDATE, CLOSED, OFTEN, where=lambda call: call["ts"] == old.ts)
        await scene.emit(events.exec_tool_call("c1", "pulumi__preview", {"stack": "acme/prod"}))
        await wait_until(lambda: len(stage.slack.calls_of(UPDATE)) == 2, "both forms refused")
        await scene.say("Half way.")
        await scene.finish()
        await scene.sees("All done.")
        await stage.reply(scene.root, "go on")
        await wait_until(lambda: scene.card is not old, "a card for the next turn")
        await scene.finish("Done again.")
        await wait_until(lambda: "Done after" in plain_text(scene.card), "the end")

    assert sum(call.args["ts"] == old.ts for call in stage.slack.calls_of(UPDATE)) == 2
    assert scene.texts() == ["Half way.", "All done.", "Done again."]
