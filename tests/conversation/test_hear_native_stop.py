"""Slack's own stop button of an agent session is a Stop: the owner's, and of what runs now."""

from conversation.scenes import acked, cancels, contents, resting, whispered, whispers, working
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until


async def test_it_stops_the_turn_that_runs_for_its_owner_alone(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "later")
        await stage.slack.stop(BOB, INFRA, root)
        await whispered(stage, BOB, "Only")
        await stage.slack.stop(EVE, INFRA, root)
        await whispered(stage, EVE, "not on the list")
        assert cancels(task) == 0
        stage.slack.faults.duplicate_next(1)
        await stage.slack.stop(ANN, INFRA, root)
        await stage.sees(root, "Stopped. Reply here")
        await wait_until(lambda: len(contents(task)) == 2, "what waited")
        await acked(stage)
    assert cancels(task) == 1
    assert whispers(stage, ANN) == []


async def test_where_nothing_runs_it_says_so_and_the_next_turn_is_not_stopped(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        await stage.slack.stop(ANN, INFRA, root)
        await whispered(stage, ANN, "that turn is over")
        chatter = await stage.slack.say(ANN, INFRA, "no task here")
        await stage.slack.stop(ANN, INFRA, chatter)
        await acked(stage)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next turn")
    assert cancels(task) == 0
    assert len(whispers(stage, ANN)) == 1
