"""By a policy, others than the owner decide, several together, and only those who may."""

import pytest

from bot.audit.record import AuditKind
from bot.clock import SystemClock
from bot.ids import Installation
from bot.policy.file import parse
from bot.policy.kinds import DAY_MINUTES
from bot.policy.rules import Policy, Rule, Window
from bot.sandbox.faults import ServerError
from bot.sandbox.neo import events
from bot.store import Store
from conversation.scenes import acked, ask, confirmations, whispered, whispers, working
from conversation.test_controls import recorded
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

CYD = "U0CYD"
OPS = "S0OPS"

TWO_OF_OPS = parse(
    f'[[rule]]\ndeciders = ["{OPS}", "{CYD}"]\nquorum = 2\nrequester_counts = false\n'
)
EVERYBODY = frozenset({ANN, BOB, CYD})


def people(stage: Stage, *members: str) -> None:
    """Let Cyd be there, too, and these be in the group."""
    stage.slack.add_user(CYD, "Cyd")
    stage.slack.workspace.add_member(stage.slack.workspace.channels[INFRA], CYD)
    stage.slack.set_group(OPS, list(members))


async def test_an_approval_takes_as_many_different_people_as_the_policy_says(stage: Stage) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "First?")
        await stage.sees(root, "2 of these must approve: <!subteam^S0OPS> and <@U0CYD>")
        await stage.click(root, "Approve")
        await whispered(stage, ANN, "Your approval does not count here.")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "Your approval counts: 1 of 2. 1 more needed, of <@U0CYD>.")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "Your approval counted before: 1 of 2.")
        await stage.sees(root, "Approved by <@U0BOB>. 1 more needed, of <@U0CYD>.")
        assert confirmations(task) == []
        await stage.click(root, "Approve", user=CYD)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")
        await stage.sees(root, "*Approved* by <@U0BOB> and <@U0CYD>.")
        await ask(stage, root, task, "Second?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "counts: 1 of 2")
        await stage.click(root, "Deny")
        await wait_until(lambda: len(confirmations(task)) == 2, "the owner's denial")
    assert confirmations(task) == [(True, ""), (False, "")]


async def test_who_may_not_use_the_bridge_is_none_of_those_who_may_approve(stage: Stage) -> None:
    people(stage, BOB, EVE)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "1 more needed, of <@U0CYD>.")


async def test_who_has_left_a_group_since_the_card_was_shown_decides_nothing(stage: Stage) -> None:
    people(stage, ANN, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=CYD)
        await whispered(stage, CYD, "counts: 1 of 2")
        people(stage, ANN)
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "You can't decide this. 2 of")
        people(stage, BOB)
        await stage.click(root, "Approve", user=BOB)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")


async def test_where_slack_does_not_say_who_is_in_a_group_nobody_in_it_decides(
    stage: Stage,
) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "counts: 1 of 2")
        stage.slack.faults.add("usergroups.users.list", ServerError(), times=2)
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "Slack does not say now who is in <!subteam^S0OPS>")
        await stage.click(root, "Approve", user=CYD)
        await whispered(stage, CYD, "nobody there counts yet. Press it again")
        assert confirmations(task) == []
        await stage.click(root, "Approve", user=CYD)
        await wait_until(lambda: confirmations(task) == [(True, "")], "nothing was lost")


async def test_whose_word_counts_in_no_group_is_not_told_of_the_group_that_slack_keeps_back(
    stage: Stage, store: Store, installation: Installation
) -> None:
    people(stage, ANN, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.slack.faults.add("usergroups.users.list", ServerError())
        await stage.click(root, "Approve")
        await whispered(stage, ANN, "Your approval does not count here.")
        refused = await recorded(store, installation, AuditKind.DECISION_REFUSED)
        assert [(r.who, r.outcome) for r in refused] == [(ANN, "not_allowed")]


ALWAYS_FROZEN = [
    '[[rule.freeze]]\nfrom = "00:00"\nto = "12:00"\n',
    '[[rule.freeze]]\nfrom = "12:00"\nto = "23:59"\n',
]


def frozen(*deciders: str) -> Policy:
    """Return a policy whose only rule freezes all of the day but a minute."""
    who = ", ".join(f'"{each}"' for each in deciders)
    return parse(f"[[rule]]\ndeciders = [{who}]\n\n" + "\n".join(ALWAYS_FROZEN))


class BeforeTheMinute(SystemClock):
    """A clock that is two seconds short of a full minute when it is made."""

    def __init__(self) -> None:
        now = super().now()
        self.minute = int((now + 62) // 60)
        """That minute, counted from the epoch."""
        self._ahead = self.minute * 60 - 2 - now

    def now(self) -> float:
        """Return seconds since the epoch."""
        return super().now() + self._ahead


@pytest.mark.parametrize("edge", ["start", "end"])
async def test_a_card_shows_a_freeze_from_its_beginning_to_its_end(stage: Stage, edge: str) -> None:
    clock, begins = BeforeTheMinute(), edge == "start"
    soon, later = clock.minute % DAY_MINUTES, (clock.minute + 60) % DAY_MINUTES
    start, end = (soon, later) if begins else (later, soon)
    policy = Policy(rules=(Rule(freeze=(Window(start=start, end=end or DAY_MINUTES),)),))
    async with stage.bridging(policy=policy, clock=clock):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        for frozen in (not begins, begins):
            await wait_until(
                lambda now=frozen: bool(stage.count(root, "nothing is approved until")) is now,
                f"frozen is {frozen}",
            )


async def test_in_a_freeze_only_a_denial_decides(stage: Stage) -> None:
    async with stage.bridging(policy=frozen("owner", BOB)):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "by the policy nothing is approved here until ")
        assert "23:59 UTC. Denying is possible." in whispers(stage, BOB)[0]
        await stage.click(root, "Deny", user=BOB)
        await wait_until(lambda: confirmations(task) == [(False, "")], "the denial")


async def test_a_typed_yes_or_no_of_anybody_who_may_decide_counts_like_a_click(
    stage: Stage,
) -> None:
    people(stage, BOB)
    policy = parse(f'[[rule]]\ndeciders = ["{OPS}"]\n')
    async with stage.bridging(policy=policy, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "First?")
        await stage.reply(root, "yes", user=CYD)
        await whispered(stage, CYD, "You can't decide this. 1 of <!subteam^S0OPS> must approve.")
        await stage.reply(root, "yes")
        await whispered(stage, ANN, "You can deny it.")
        await stage.reply(root, "yes", user=BOB)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the typed yes")
        await ask(stage, root, task, "Second?")
        await stage.reply(root, "no", user=BOB)
        await wait_until(lambda: len(confirmations(task)) == 2, "the typed no")
        await ask(stage, root, task, "Third?")
        await stage.reply(root, "in dev only", user=BOB)  # others' words are for Neo, later
        await stage.reply(root, f"{stage.slack.mention('in dev only')}")
        await wait_until(lambda: len(confirmations(task)) == 3, "the owner's words")
    assert confirmations(task)[1:] == [(False, ""), (False, "in dev only")]


async def test_a_task_starts_within_the_bounds_of_its_channel_and_names_the_policy(
    stage: Stage,
) -> None:
    people(stage, BOB)
    stage.slack.set_group(OPS, [BOB], handle="ops")
    policy = parse(
        f'[[rule]]\nstacks = "*/prod"\ndeciders = ["{OPS}", "{CYD}"]\nquorum = 2\n'
        '[[channel]]\napproval_mode = "balanced"\npermission_mode = "read-only"\n'
    )
    async with stage.bridging(policy=policy, allowed_users=EVERYBODY):
        stage.neo.manual = True
        root = await stage.mention("--mode auto go")
        task = await stage.task()
        said = await stage.sees(root, "which you accept by starting:")
    assert (task.approval_mode, task.permission_mode) == ("balanced", "read-only")
    assert said.text == (
        "In this channel, Neo starts in mode balanced, not auto as you asked.\n"
        "In this channel, Neo starts read-only: it changes nothing.\n"
        "*What Neo asks here is decided by a policy*, which you accept by starting:\n"
        "• stacks `*/prod`: 2 of these must approve: *@ops* and *Cyd*.\n"
        "• everything else: The person who started the task must approve.\n"
        "Who decides here may also stop the task."
    )


async def test_who_types_while_somebody_else_is_counted_is_counted_too(stage: Stage) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        for user in (BOB, CYD):  # the second word comes before the card shows the first
            await stage.reply(root, "yes", user=user)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")
        await stage.sees(root, "*Approved* by <@U0BOB> and <@U0CYD>.")


async def test_who_approved_what_has_changed_since_has_not_approved_what_it_became(
    stage: Stage,
) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        request = await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "counts: 1 of 2")
        again = {**events.user_approval_request("May I do more?"), "id": request}
        await stage.neo.emit(task.id, again)
        await stage.sees(root, "May I do more?")
        await stage.click(root, "Approve", user=CYD)
        await whispered(stage, CYD, "Your approval counts: 1 of 2. 1 more needed, of <@U0BOB>.")
        assert confirmations(task) == []
        await stage.click(root, "Approve", user=BOB)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")


async def test_where_neo_refuses_what_several_approved_all_of_them_are_asked_again(
    stage: Stage,
) -> None:
    people(stage, BOB)
    async with stage.bridging(policy=TWO_OF_OPS, allowed_users=EVERYBODY):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", ServerError(403, "no role for this stack"))
        for user in (BOB, CYD):
            await stage.click(root, "Approve", user=user)
        refusal = await stage.sees(root, "Your decision did not reach Neo")
        assert refusal.text.startswith("❌ <@U0BOB> <@U0CYD> ")
        assert "does not allow it to the bridge's user: no role for this stack" in refusal.text
        await wait_until(lambda: "Approve" in stage.labels(root), "the buttons are back")
        await stage.click(root, "Approve", user=CYD)
        await whispered(stage, CYD, "Your approval counts: 1 of 2.")
        await stage.click(root, "Approve", user=BOB)
        await wait_until(lambda: confirmations(task) == [(True, "")], "the approval")


async def test_a_card_closes_where_neo_does_not_know_the_task_any_more(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        stage.neo.faults.add("respond", ServerError(404, "no such task"))
        await stage.click(root, "Approve")
        await stage.sees(root, "Pulumi Cloud does not know this task any more.")
        await stage.sees(root, "*Closed*, nothing was decided.")
    assert "Approve" not in stage.labels(root)


async def test_a_rule_holds_in_a_channel_whatever_slack_calls_it_by_now(stage: Stage) -> None:
    for named in (INFRA, "C0NEW"):
        policy = Policy(rules=(Rule(channels=frozenset({named}), deciders=(BOB,)),))
        async with stage.bridging(policy=policy):
            before = INFRA if named == INFRA else "C0NEW"
            root = await begun(stage, before, f"go in {named}")
            if named == INFRA:
                await stage.slack.move_channel(INFRA, "C0NEW")
                await acked(stage)
            await bob_alone_decides(stage, root)
        async with stage.bridging(policy=policy):
            await bob_alone_decides(stage, await begun(stage, "C0NEW", f"more in {named}"))


async def begun(stage: Stage, channel: str, words: str) -> str:
    """Let Ann start a task in a channel and its agent work; return the thread's root."""
    stage.neo.manual = True
    root = await stage.mention(words, channel=channel)
    await stage.sees(root, "Working", channel=channel)
    return root


async def bob_alone_decides(stage: Stage, root: str) -> None:
    """Let the newest task ask something, in the channel with its new id."""
    task = [*stage.neo.tasks.values()][-1]
    await stage.neo.emit(task.id, events.user_approval_request("May I?"))
    await stage.sees(root, "May I?", channel="C0NEW")
    told = len(stage.slack.ephemerals)
    await stage.click(root, "Approve", channel="C0NEW")
    await wait_until(lambda: len(stage.slack.ephemerals) > told, "Ann is refused")
    assert confirmations(task) == []
    await stage.click(root, "Approve", user=BOB, channel="C0NEW")
    await wait_until(lambda: confirmations(task) == [(True, "")], "Bob's approval")


async def test_a_task_that_began_under_an_old_id_is_bound_by_a_rule_for_the_new_one(
    stage: Stage,
) -> None:
    policy = Policy(rules=(Rule(channels=frozenset({"C0NEW"}), deciders=(BOB,)),))
    async with stage.bridging(policy=policy):
        root = await begun(stage, INFRA, "go")
        await stage.slack.move_channel(INFRA, "C0NEW")
        await acked(stage)
        await bob_alone_decides(stage, root)
