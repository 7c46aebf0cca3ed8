"""The Home tab shows a person what waits for them, with buttons that decide there."""

import json

from bot.conversation.patience import Patience
from bot.policy.rules import Policy, Rule
from bot.sandbox.faults import RateLimited
from commanding import neo
from conversation.scenes import ask, confirmations, working
from stage import ANN, BOB, EVE, Stage
from support import wait_until

OFTEN = Patience(home=0.1)


def reads(stage: Stage, user: str) -> str:
    """Return what somebody's Home shows, as JSON."""
    return json.dumps(stage.slack.homes.views.get(user, {}), ensure_ascii=False)


async def shows(stage: Stage, user: str, words: str) -> None:
    """Wait until somebody's Home shows these words."""
    await wait_until(
        lambda: words in reads(stage, user), f"{words!r} at home", also=lambda: reads(stage, user)
    )


async def test_a_home_lists_what_waits_and_what_works_and_decides(stage: Stage) -> None:
    policy = Policy(rules=(Rule(deciders=("owner", BOB)),))
    async with stage.bridging(patience=OFTEN, policy=policy, admins=frozenset({ANN})):
        await stage.slack.open_home(ANN)
        await shows(stage, ANN, "Nothing waits for you.")
        await shows(stage, ANN, "None of your tasks is at work.")
        root, task = await working(stage)
        await ask(stage, root, task, "Delete the bucket?")
        await shows(stage, ANN, "Delete the bucket?")
        await shows(stage, ANN, "waits for your decision")
        await stage.slack.open_home(BOB)
        await shows(stage, BOB, "Delete the bucket?")
        assert "None of your tasks is at work." in reads(stage, BOB)
        await neo(stage, "pause")
        await shows(stage, ANN, "Approvals are paused")
        await neo(stage, "resume")
        await stage.slack.press_home(BOB, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "approved at home")
        await shows(stage, ANN, "Nothing waits for you.")


async def test_who_decides_at_home_is_answered_in_the_direct_message(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "Delete the bucket?")
        await stage.slack.open_home(ANN)
        await shows(stage, ANN, "Delete the bucket?")
        await stage.slack.press_home(ANN, "Deny")
        await stage.opens("Deny")
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "approved in the thread")
        await stage.submit("keep it")
        await told(stage, ANN, "settled before", 1)

        await ask(stage, root, task, "Delete the table?")
        await shows(stage, ANN, "Delete the table?")
        await stage.slack.press_home(ANN, "Review")
        await stage.opens("Review", words="Deny")
        await stage.press("Deny")
        await stage.opens("Deny")
        await stage.click(root, "Approve")
        await wait_until(lambda: len(confirmations(task)) == 2, "approved in the thread")
        await stage.submit("keep it")
        await told(stage, ANN, "settled before", 2)
    assert stage.slack.ephemerals == []


async def told(stage: Stage, user: str, words: str, times: int) -> None:
    """Wait until somebody was told so in their direct message, so often."""
    direct = stage.slack.dm(user)
    await wait_until(
        lambda: sum(words in m.text for m in stage.slack.messages(direct)) == times,
        f"{words!r} in private",
        also=lambda: [m.text for m in stage.slack.messages(direct)],
    )


async def test_a_home_is_not_for_who_may_not_use_the_bot_and_outlasts_refusals(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.slack.faults.add("views.publish", RateLimited(1))
        await stage.slack.open_home(EVE)
        await stage.slack.open_home(ANN, "messages")
        await shows(stage, EVE, "You are not on the list")
        assert ANN not in stage.slack.homes.views
        before = stage.slack.homes.published[EVE]
        await stage.slack.open_home(EVE)
        await wait_until(lambda: stage.slack.homes.published[EVE] > before, "shown anew")
