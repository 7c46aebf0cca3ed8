"""What a thread shows when Slack fails, refuses, or lacks what others have."""

import pytest

from bot.sandbox.faults import ApiError, DropAfter, DropBefore, RateLimited, ServerError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from conversation.scenes import confirmations, whispered
from relay.scene import LIVELY, at_work, labels
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

POST = "chat.postMessage"
UPDATE = "chat.update"


async def test_lost_answers_and_slow_downs_leave_each_text_once_and_in_order(stage: Stage) -> None:
    async with at_work(stage) as scene:
        stage.slack.faults.add(POST, DropAfter())
        await scene.say("one", "two")
        stage.slack.faults.add(POST, RateLimited(1), where=lambda call: call["text"] == "two")
        await scene.finish("three")
        await scene.sees("three")

    assert scene.texts() == ["one", "two", "three"]
    assert len(stage.slack.faults) == 0


async def test_blocks_that_slack_refuses_come_as_plain_text(stage: Stage) -> None:
    async with at_work(stage) as scene:
        stage.slack.faults.add(POST, ApiError("invalid_blocks"))
        await scene.say("**one**")
        one = await scene.sees("**one**")
        stage.slack.faults.add(POST, ApiError("msg_too_long"), times=2)
        await scene.say("two")
        await scene.sees("did not take it (msg_too_long)")
        stage.slack.faults.add(UPDATE, ApiError("invalid_blocks"))
        await scene.finish("")
        await wait_until(lambda: "Done after" in scene.card.text, "the end")

    assert one.blocks == []
    assert stage.count(scene.root, "two") == 0
    assert scene.card.blocks == []  # and with them the Stop button


async def test_an_approval_whose_blocks_slack_refuses_can_still_be_decided(stage: Stage) -> None:
    async with at_work(stage) as scene:
        stage.slack.faults.add(POST, ApiError("invalid_blocks"))
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        assert card.blocks == []
        await stage.reply(scene.root, "yes")
        await wait_until(lambda: "*Approved* by <@U0ANN>." in plain_text(card), "approved")


async def test_an_approval_that_could_not_be_found_again_twice_is_still_shown_and_decided(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        stage.slack.faults.add(POST, DropBefore(), 2, where=lambda c: "prod?" in c["text"])
        stage.slack.faults.add("conversations.replies", ApiError("missing_scope"), 1000)
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        await stage.reply(scene.root, "yes")
        await wait_until(lambda: "*Approved* by <@U0ANN>." in plain_text(card), "approved")

    assert stage.count(scene.root, "Update prod?") == 1


async def test_an_approval_that_slack_takes_in_no_form_is_not_decided_by_a_reply_until_it_is_shown(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        stage.slack.faults.add(
            POST, ApiError("msg_too_long"), 1000, where=lambda c: "prod?" in c["text"]
        )
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        await scene.sees("did not take it (msg_too_long)")
        await stage.reply(scene.root, "yes")
        await whispered(stage, ANN, "the card changed after you wrote this")
        stage.slack.faults.clear()
        await scene.sees("Update prod?")
        assert confirmations(scene.task) == []
        await stage.reply(scene.root, "yes")
        await wait_until(lambda: confirmations(scene.task) == [(True, "")], "approved")

    assert stage.count(scene.root, "did not take it") == 1


async def test_what_may_or_may_not_have_arrived_is_not_repeated_and_that_is_said_once(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        stage.slack.faults.add(POST, DropAfter())
        stage.slack.faults.add("conversations.replies", ApiError("missing_scope"))
        await scene.say("one")
        await scene.finish("two")
        await scene.sees("two")

    one, note, two = scene.texts()
    assert (one, two) == ("one", "two")
    assert "could not be checked" in note


async def test_a_text_whose_answer_was_lost_and_that_somebody_deleted_is_not_posted_again(
    stage: Stage,
) -> None:
    async with at_work(stage) as scene:
        stage.slack.faults.add(POST, DropAfter())
        await scene.say("the first")
        text = await scene.sees("the first")
        stage.slack.workspace.delete(stage.slack.workspace.channel(INFRA), text)
        await scene.finish("the second")
        await scene.sees("the second")

    note, second = scene.texts()
    assert "a message was deleted here" in note
    assert second == "the second"


async def test_a_reply_that_its_author_deleted_keeps_no_lost_text_back(stage: Stage) -> None:
    async with at_work(stage) as scene:
        reply = await stage.reply(scene.root, "oh", user=BOB)
        stage.slack.faults.add(POST, DropBefore())
        await scene.say("the first")
        await wait_until(lambda: len(stage.slack.faults) == 0, "lost")
        await stage.slack.delete(BOB, INFRA, reply)
        await scene.sees("the first")

    assert scene.texts() == ["the first"]


async def test_a_card_that_was_deleted_is_given_up_and_the_texts_go_on(stage: Stage) -> None:
    async with at_work(stage) as scene:
        channel = stage.slack.workspace.channel("C0INFRA")
        stage.slack.workspace.delete(channel, scene.card)
        stage.slack.faults.add(UPDATE, ServerError())
        await scene.finish("answer")
        await scene.sees("answer")
        await wait_until(lambda: len(stage.slack.calls_of(UPDATE)) == 2, "tried again")

    assert scene.texts() == ["answer"]
    assert len(scene.messages) == 1


async def test_without_permission_for_files_a_long_text_is_a_preview_and_a_sentence(
    stage: Stage,
) -> None:
    stage.slack.faults.missing["files."] = "missing_scope"
    async with at_work(stage) as scene:
        await scene.finish("word " * 3000)
        await scene.sees("did not take it (missing_scope)")

    preview, note = scene.texts()
    assert preview.startswith("word word")
    assert "A file" in note


@pytest.mark.parametrize("code", ["unknown_method", "feature_disabled"])
async def test_everything_works_in_a_workspace_without_agent_features(
    stage: Stage, code: str
) -> None:
    stage.slack.faults.without_agent_features(code)
    async with at_work(stage) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        await stage.click(scene.root, "Approve")
        await wait_until(lambda: "*Approved* by <@U0ANN>." in plain_text(card), "approved")
        await scene.finish("Updated.")
        await scene.sees("Updated.")
        await wait_until(lambda: "Done after" in plain_text(scene.card), "the end")
        again = await stage.mention("and again")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "a second task")
        await stage.sees(again, "Working")

    assert labels(scene.card) == []
    # Once was enough to learn that the workspace does not have it.
    assert len(stage.slack.calls_of("agents.sessions.setStatus")) == 1
    assert stage.slack.sessions == {}
