"""Who may decide about what was asked, by the rule that takes it."""

from bot.approvals.deciders import deciders_of, rule_of
from bot.approvals.store import Asked
from bot.channels import ChannelIds
from bot.errors import SlackUnavailable
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.policy.rules import LAST_RESORT, OWNER_ONLY, Policy, Rule
from bot.policy.votes import Denied, Met, Open, Vote

ANN, BOB, CYD = map(UserId, ("U0ANN", "U0BOB", "U0CYD"))
PROD = Rule(stacks=("*/prod",), deciders=("S0OPS", BOB), quorum=2)
HERE = Rule(channels=frozenset({"C1"}), deciders=("owner", BOB))
POLICY = Policy(rules=(PROD, HERE))
ASKED = Asked(
    task_id=TaskId("t"),
    request_id=ApprovalRequestId("r"),
    owner=ANN,
    approval_type="general",
    sensitivity="regular",
    digest="d",
    channel="C1",
)


async def none_moved() -> dict[str, str]:
    """Return what the store knows where no channel has got a new id."""
    return {}


CHANNELS = ChannelIds(none_moved)


class Slack:
    """Knows one group, and remembers whether it was asked as for a decision."""

    def __init__(self, *members: UserId) -> None:
        self.members = frozenset(members)
        self.anew = False

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        self.anew = anew
        if not self.members:
            raise SlackUnavailable(group)
        return self.members


def test_the_first_rule_that_takes_what_is_asked_holds() -> None:
    about_prod = ASKED.model_copy(update={"stacks": ("pay/prod",)})
    elsewhere = ASKED.model_copy(update={"channel": "C2"})
    assert rule_of(POLICY, about_prod, CHANNELS) == PROD
    assert rule_of(POLICY, ASKED, CHANNELS) == HERE
    assert rule_of(POLICY, elsewhere, CHANNELS) == LAST_RESORT
    assert rule_of(OWNER_ONLY, ASKED, CHANNELS) == LAST_RESORT


def test_a_question_is_for_whoever_started_the_task() -> None:
    question = ASKED.model_copy(update={"question": True})
    assert rule_of(POLICY, question, CHANNELS) == LAST_RESORT


async def test_the_members_of_a_group_decide_as_slack_has_them_now() -> None:
    asked, slack = ASKED.model_copy(update={"stacks": ("pay/prod",)}), Slack(CYD)
    deciders = await deciders_of(POLICY, asked, CHANNELS, slack, anew=True)
    assert slack.anew
    assert [deciders.may(user, ok=True) for user in (ANN, BOB, CYD)] == [False, True, True]
    assert deciders.may(ANN, ok=False)
    assert deciders.standing([Vote(BOB, ok=True)]) == Open((BOB,), 2, frozenset({CYD}))
    assert deciders.standing([Vote(BOB, ok=True), Vote(CYD, ok=True)]) == Met((BOB, CYD))
    assert deciders.standing([Vote(BOB, ok=True), Vote(ANN, ok=False)]) == Denied(ANN)


async def test_nobody_counts_as_a_member_where_slack_does_not_say() -> None:
    asked = ASKED.model_copy(update={"stacks": ("pay/prod",)})
    deciders = await deciders_of(POLICY, asked, CHANNELS, Slack())
    assert deciders.members.untold == {"S0OPS": "S0OPS"}
    assert (deciders.may(CYD, ok=True), deciders.may(BOB, ok=True)) == (False, True)
