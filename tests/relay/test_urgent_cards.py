"""What nobody should wait for does not wait behind what can."""

from bot.sandbox.faults import RateLimited
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from relay.scene import LIVELY, at_work
from stage import Stage
from support import wait_until

UPDATE = "chat.update"


async def test_a_decision_is_shown_before_progress_that_waits_and_each_as_it_is_by_then(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card, progress = await scene.sees("Update prod?"), scene.card
        await wait_until(lambda: "Waiting for a decision" in plain_text(progress), "waiting")
        stage.slack.faults.add(UPDATE, RateLimited(2), where=lambda call: call["ts"] == progress.ts)
        await scene.emit(events.set_task_name("Upgrade Node"))
        await wait_until(lambda: len(stage.slack.faults) == 0, "slowed down")
        before = len(stage.slack.calls_of(UPDATE))
        await stage.click(scene.root, "Approve")
        await wait_until(lambda: scene.task.user_events[-1].body.get("ok"), "the decision")
        await scene.emit(events.exec_tool_call("c1", "pulumi__up", {"stack": "acme/prod"}))
        await wait_until(lambda: "pulumi: up (acme/prod)" in plain_text(progress), "the tool")

    after = stage.slack.calls_of(UPDATE)[before:]
    assert [call.args["ts"] for call in after] == [card.ts, progress.ts]
    assert "*Approved* by <@U0ANN>." in plain_text(card)
    assert "Telling Neo" not in plain_text(card)
