"""What waits for a decision never waits in silence, and each step is taken once."""

import json
from dataclasses import replace

from bot.clock import SystemClock
from bot.ids import Installation
from bot.ownership.minder import REMIND_AFTER, timed
from bot.policy.rules import LAST_RESORT, Policy, Rule
from bot.sandbox.faults import DropAfter, ServerError
from bot.sandbox.slack.text import plain_text
from bot.store import Audit, Store
from conversation.scenes import QUICK, ask, confirmations, finish, working
from stage import ANN, BOB, Stage
from support import wait_until

OFTEN = replace(QUICK, mind=0.1)
OPS = "C0OPS"


def by(**rule: object) -> Policy:
    """Return a policy of one rule, whose times may be shorter than a file's."""
    return Policy(rules=(Rule(**rule),))  # pyright: ignore[reportArgumentType] -- as the tests say


class TwoHoursSlow(SystemClock):
    """The clock of a machine that nobody sets."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return super().now() - 7200


async def outcomes(store: Store, installation: Installation) -> list[tuple[str, str, str]]:
    """Return what the audit has of decisions."""
    entries = await Audit(store, installation).entries(1, 100)
    records = [json.loads(entry.record) for entry in entries]
    return [(r["kind"], r["who"], r["outcome"]) for r in records if "decision" in r["kind"]]


async def test_those_who_may_decide_are_reminded_and_others_told_once(stage: Stage) -> None:
    stage.slack.add_channel(OPS, "ops", members=[BOB])
    told = by(deciders=("owner", BOB), remind_after=1, escalate_after=2, escalate_to=OPS)
    async with stage.bridging(policy=told, patience=OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "Delete the bucket?")
        stage.slack.faults.add("chat.postMessage", DropAfter())
        reminded = await stage.sees(root, "still waits for a decision")
        card = next(m for m in stage.thread(root) if "Delete the bucket?" in plain_text(m))
        assert f"<@{ANN}> <@{BOB}>" in json.dumps(reminded.blocks)
        assert f"p{card.ts.replace('.', '')}?thread_ts={root}" in json.dumps(reminded.blocks)
        await stage.sees(root, "Undecided for")
        await wait_until(lambda: stage.slack.messages(OPS), "it is passed on")
    async with stage.bridging(policy=told, patience=OFTEN):
        await ask(stage, root, task, "And the volume?")
        await wait_until(lambda: stage.count(root, "still waits for a decision") == 2, "reminded")
        assert stage.count(root, ">Delete the bucket?") == 2, (
            "as before: a reminder, one escalation"
        )
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")
    (passed_on,) = stage.slack.messages(OPS)
    assert "what Neo asks in *Neo task*" in json.dumps(passed_on.blocks)


async def test_a_person_is_told_directly_that_nobody_decides(stage: Stage) -> None:
    told = by(escalate_after=1, escalate_to=BOB)
    async with stage.bridging(policy=told, patience=OFTEN):
        root, task = await working(stage)
        stage.slack.faults.add("conversations.open", ServerError())
        await ask(stage, root, task, "May I?")
        direct = stage.slack.dm(BOB)
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        said = await stage.sees(root, "Undecided for")
        assert "could not tell" not in said.text


async def test_a_thread_says_that_a_channel_could_not_be_told(stage: Stage) -> None:
    stage.slack.add_channel(OPS, "ops", members=[BOB])
    await stage.slack.remove_bot(OPS)
    async with stage.bridging(policy=by(escalate_after=1, escalate_to=OPS), patience=OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        said = await stage.sees(root, "Undecided for")
        assert f"I could not tell <#{OPS}> (not_in_channel)" in said.text


async def test_how_long_something_waits_is_said_by_one_clock(stage: Stage) -> None:
    policy = by(remind_after=1, expire_after=3600)
    async with stage.bridging(policy=policy, patience=OFTEN, clock=TwoHoursSlow()):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.sees(root, "still waits for a decision")
    assert confirmations(task) == [], "nothing expired before its time"


def test_what_no_rule_gives_a_time_is_called_to_mind_all_the_same() -> None:
    for rule in (LAST_RESORT, Rule(deciders=(BOB,))):
        assert timed(rule).remind_after == REMIND_AFTER
    for rule in (Rule(remind_after=60), Rule(expire_after=60)):
        assert timed(rule) == rule


async def test_what_nobody_decides_in_time_expires_and_the_task_goes_on(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(policy=by(expire_after=1), patience=OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", DropAfter())
        await stage.sees(root, "A request of Neo's expired")
        await stage.sees(root, "*Expired*: not decided in time")
        ((ok, words),) = confirmations(task)
        assert not ok
        assert words.startswith("Not decided within 1s, so this request expired")
        await finish(stage, root, task)
    assert stage.count(root, "A request of Neo's expired") == 1
    assert await outcomes(store, installation) == [
        ("decision_taken", "expiry", "expired"),
        ("decision_delivered", "expiry", "expired"),
    ]


async def test_who_decides_at_the_last_moment_has_decided(stage: Stage) -> None:
    async with stage.bridging(policy=by(expire_after=2), patience=OFTEN):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve")
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")
        await ask(stage, root, task, "And this?")
        await wait_until(lambda: len(confirmations(task)) == 2, "expired")
        await stage.sees(root, "*Expired*: not decided in time")
    assert [ok for ok, _ in confirmations(task)] == [True, False], "the first one expired never"
