"""Mistakes in a policy file: each is told, with the line where it is."""

import pytest

from bot.errors import ConfigurationProblem
from bot.policy.file import parse
from bot.policy.fitting import doubts
from policy.examples import ANN, BOB, OPS, PLATFORM


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigurationProblem) as caught:
        parse(text)
    return caught.value.lines


ASKS = "[[channel]]\napproval_mode = 'balanced'"
"""What keeps every task from running without asking anybody."""


def rule(*lines: str) -> str:
    """Return a file of one rule, whose lines are counted from 2."""
    return "\n".join(("[[rule]]", *lines))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("channels = ['#infra']", "`channels`, item 1 must be the id of a Slack channel"),
        ("channels = []", "`channels` must not be empty"),
        ("channels = 7", "`channels` must be a list"),
        ("stacks = ['prod']", "`stacks`, item 1 must be a pattern for project/stack"),
        ("stacks = ['acme/*/prod']", "`stacks`, item 1 must be a pattern for project/stack"),
        ("projects = ['a/b']", "`projects`, item 1 must be a pattern for a project's name"),
        ("sensitivity = 'high'", "`sensitivity`, item 1 must be `sensitive` or `regular`"),
        ("approval_types = 'plan'", "`approval_types`, item 1 must be `general`, `tool_"),
        ("deciders = ['owner', '@ann']", "`deciders`, item 2 must be `owner`, or the id of"),
        ("deciders = ['U1', 7]", "`deciders`, item 2 must be a text in quotes"),
        ("quorum = 0", "`quorum` must be at least 1"),
        ("quorum = true", "`quorum` must be a whole number"),
        ("quorum = '2'", "`quorum` must be a whole number"),
        ("quorum = 2", "`quorum` is 2, but only 1 person is named"),
        ("requester_counts = 'no'", "`requester_counts` must be true or false"),
        ("requester_counts = false", "`requester_counts` must not be false where"),
        ("remind_after = '30'", "`remind_after` must be a duration such as `30m`"),
        ("remind_after = 30", "`remind_after` must be a duration such as `30m`"),
        ("expire_after = '0m'", "`expire_after` must be a duration such as `30m`"),
        ("expire_after = '400d'", "`expire_after` must be a duration such as `30m`"),
        ("escalate_to = 'ann'", "`escalate_to` must be the id of a Slack user"),
        ("escalate_to = 'U1'", "`escalate_to` needs `escalate_after`, to say when"),
        ("escalate_after = '1h'", "`escalate_after` needs `escalate_to`, to say whom"),
        ("freeze = { days = ['sat'] }", "`freeze` must be a list of tables"),
        ("freeze = ['weekend']", "`freeze`, item 1 must be a table"),
        ("freeze = [{}]", "`freeze` leaves no time of the week"),
        ("freeze = [{ days = ['Sat'] }]", "`days`, item 1 must be `mon`, `tue`"),
        ("freeze = [{ from = '24:00' }]", "`from` must be a time of day such as `16:00`"),
        ("freeze = [{ from = 16:00:01 }]", "`from` must be a time of day such as `16:00`"),
        ("freeze = [{ to = '8:00' }]", "`to` must be a time of day such as `08:00`"),
        ("freeze = [{ from = '08:00', to = '08:00' }]", "`freeze`, item 1 must have `from` and"),
        ("freeze = [{ time_zone = 'CEST' }]", "`time_zone` must be a time zone by its IANA"),
        ("freeze = [{ time_zone = '../etc' }]", "`time_zone` must be a time zone by its IANA"),
        ("freeze = [{ zone = 'UTC' }]", "`zone` is no key here: did you mean `time_zone`?"),
        ("freeze = [{ start = '08:00' }]", "`start` is no key here"),
        ("quorm = 2", "`quorm` is no key here: did you mean `quorum`?"),
        ('"a\\nb" = 2', "`a\\nb` is no key here"),
        (f"{'x' * 99} = 2", f"`{'x' * 40}` is no key here"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(line: str, why: str) -> None:
    (told,) = problems(rule("# the line before", line))

    assert told.startswith(f"line 3: {why}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rules = 1", "line 1: `rules` is no key here: did you mean `rule`?"),
        ("\nrule = 1", "line 2: `rule` must be written `[[rule]]`"),
        ("\n[rule]\nquorum = 1", "line 2: `rule` must be written `[[rule]]`"),
        ("rule = ['a']", "line 1: this rule must be a table"),
        ("admins = ['U1',\n 'S1']", "line 2: `admins`, item 2 must be the id of a Slack user"),
        ("[[channel]]\nids = 'C1'", "line 1: this channel sets no bound"),
        ("[[channel]]\napproval_mode = 'off'", "line 2: `approval_mode` must be `manual`, `bal"),
        ("[[channel]]\npermission_mode = 1", "line 2: `permission_mode` must be `read-only` or"),
        ("[[channel]]\nmodes = 1", "line 2: `modes` is no key here"),
    ],
)
def test_what_is_wrong_outside_of_rules_is_named_too(text: str, why: str) -> None:
    (told,) = problems(text)

    assert told.startswith(why)


def test_every_mistake_of_a_file_is_told_at_once_in_the_order_of_its_lines() -> None:
    told = problems(
        f"""
nothing = 1
[[rule]]
channels = ["C1", "infra"]
quorum = 0
[[rule]]
deciders = [
  "{ANN}",
  "ann",  # item 2
]
[[rule.freeze]]
from = "noon"
[[channel]]
approval_mode = "free"
"""
    )

    lines = [int(line.split(":")[0].removeprefix("line ")) for line in told]
    assert lines == [2, 4, 5, 9, 12, 14]


def test_a_rule_that_nothing_reaches_is_named_with_the_one_before_it() -> None:
    text = '[[rule]]\nstacks = ["a/b", "*/prod"]\n\n[[rule]]\nstacks = "*/prod"\nchannels = "C1"\n'

    assert problems(text) == ["line 4: this rule is never reached: line 1 takes all of it"]
    assert problems("[[rule]]\n\n[[rule]]\nchannels = 'C1'\n\n[[rule]]\n") == [
        "line 3: this rule is never reached: line 1 takes all of it",
        "line 6: this rule is never reached: line 1 takes all of it",
    ]


def test_two_bounds_for_a_channel_are_one_too_many() -> None:
    bound = "[[channel]]\nids = {}\napproval_mode = 'manual'\n"
    everywhere = "[[channel]]\npermission_mode = 'read-only'\n"

    assert len(parse(bound.format("'C1'") + bound.format("'C2'") + everywhere).bounds) == 3
    assert problems(bound.format("'C1'") + bound.format("['C2', 'C1']")) == [
        "line 4: this channel names channels that have a bound before it"
    ]
    assert problems(everywhere + bound.format("'C1'")) == [
        "line 3: this channel names channels that have a bound before it"
    ]


def test_a_quorum_may_be_as_large_as_the_people_and_with_groups_larger() -> None:
    two = parse(rule(f"deciders = ['{ANN}', 'owner']", "quorum = 2"))
    many = parse(rule(f"deciders = ['{PLATFORM}']", "quorum = 9"))

    assert (two.rules[0].quorum, many.rules[0].quorum) == (2, 9)
    assert problems(rule(f"deciders = ['{ANN}', '{ANN}']", "quorum = 2")) == [
        "line 3: `quorum` is 2, but only 1 person is named"
    ]


def test_reminders_come_before_escalations_and_these_before_the_expiry() -> None:
    steps = ["remind_after = '2h'", "escalate_to = 'C1'", "escalate_after = '1h'"]

    assert problems(rule(*steps)) == ["line 4: `escalate_after` must be longer than `remind_after`"]
    assert problems(rule("expire_after = '2h'", "remind_after = '2h'")) == [
        "line 2: `expire_after` must be longer than `remind_after`"
    ]


def test_what_looks_like_a_mistake_is_doubted() -> None:
    by_stack = doubts(parse(rule("stacks = '*/prod'", "channels = ['C1', 'C2']")))
    few = doubts(
        parse(
            rule(f"deciders = ['{ANN}', '{BOB}']", "quorum = 2", "requester_counts = false", ASKS)
        )
    )

    assert [line.partition(",")[0] for line in by_stack] == [
        "line 1: where it is not known which stack is meant"
    ]
    assert [line.partition(",")[0] for line in few] == [
        "line 1: when one of those who decide starts a task"
    ]
    guarded = rule("stacks = '*/prod'", "channels = 'C1'", "[[rule]]", "channels = 'C1'")
    assert doubts(parse(guarded)) == []
    assert doubts(parse(rule(f"deciders = ['{OPS}']", "requester_counts = false", ASKS))) == []


def test_a_rule_that_a_task_in_mode_auto_passes_by_is_doubted() -> None:
    ops, passed_by = f"deciders = '{OPS}'", "line 1: a task in mode `auto` asks nobody"
    free = "[[channel]]\nids = 'C1'\npermission_mode = 'read-only'"
    cases = [
        ((ops,), True),
        ((ops, ASKS), False),
        ((ops, free, ASKS), True),
        ((ops, "channels = 'C1'", free, ASKS), True),
        ((ops, "channels = 'C2'", free, ASKS), False),
        (("quorum = 1",), False),
    ]
    for lines, doubted in cases:
        found = [line.partition(",")[0] for line in doubts(parse(rule(*lines)))]
        assert found == [passed_by] * doubted
