"""Who is in the groups of a rule: asked for live, and only where a rule names some."""

from bot.errors import SlackUnavailable
from bot.ids import UserId
from bot.policy.groups import Members, members_for
from bot.policy.rules import LAST_RESORT, Rule
from policy.examples import ANN, BOB, OPS, PLATFORM


class Known:
    """Groups as some network knows them, with a record of what was asked for."""

    def __init__(self, **members: frozenset[UserId]) -> None:
        self.members = members
        self.asked: list[str] = []

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        self.asked.append(f"{group} anew" if anew else group)
        if group not in self.members:
            raise SlackUnavailable("timed_out")
        return self.members[group]


async def test_the_members_of_every_group_of_a_rule_are_asked_for_once() -> None:
    known = Known(S0PLATFORM=frozenset({ANN}), S0OPS=frozenset({ANN, BOB}))
    rule = Rule(deciders=("owner", PLATFORM, OPS, PLATFORM, BOB))

    assert await members_for(rule, known) == Members(known.members)
    assert sorted(known.asked) == [OPS, PLATFORM]
    await members_for(rule, known, anew=True)
    assert sorted(known.asked[2:]) == [f"{OPS} anew", f"{PLATFORM} anew"]


async def test_a_rule_without_groups_asks_nobody() -> None:
    known = Known()

    assert await members_for(LAST_RESORT, known) == Members({})
    assert known.asked == []


async def test_where_slack_does_not_say_nobody_is_guessed() -> None:
    known = Known(S0OPS=frozenset({ANN}))
    found = await members_for(Rule(deciders=(PLATFORM, OPS)), known)
    assert found == Members({OPS: frozenset({ANN})}, untold={PLATFORM: "timed_out"})
