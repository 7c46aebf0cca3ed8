"""Which rule holds: the first that takes what is asked."""

from dataclasses import replace
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.rules import LAST_RESORT, Asking, Policy, Rule, rule_for, rules_in
from policy.examples import askings, rules

HERE = frozenset({"C1"})


def is_for(rule: Rule, asking: Asking) -> bool:
    """Say in another way than the code whether a rule is for something."""
    stacks = {"/".join(("/" + stack).split("/")[-2:]) for stack in asking.stacks}
    projects = {*asking.projects} | {stack.split("/")[0] for stack in stacks}
    sensitivity = {"regular": "regular"}.get(asking.sensitivity, "sensitive")
    answers = [
        asking.channel & (rule.channels or asking.channel),
        sensitivity in (rule.sensitivity or [sensitivity]),
        asking.approval_type in (rule.approval_types or [asking.approval_type]),
        not rule.stacks or any(fnmatchcase(s, p) for s in stacks for p in rule.stacks),
        not rule.projects or any(fnmatchcase(s, p) for s in projects for p in rule.projects),
    ]
    return all(answers)


@given(st.lists(rules, max_size=4), askings)
def test_the_first_rule_that_takes_it_holds(drawn: list[Rule], asking: Asking) -> None:
    expected = [rule for rule in drawn if is_for(rule, asking)]

    assert rule_for(Policy(tuple(drawn)), asking) == [*expected, LAST_RESORT][0]


@given(rules, rules, askings)
def test_a_rule_behind_one_that_covers_it_never_holds(
    first: Rule, second: Rule, asking: Asking
) -> None:
    if first.covers(second) and second.takes(asking):
        assert first.takes(asking)


@given(st.lists(rules, max_size=4), askings)
def test_what_may_hold_in_a_channel_has_all_that_come_to_hold(
    drawn: list[Rule], asking: Asking
) -> None:
    policy = Policy(tuple(drawn))

    assert rule_for(policy, asking) in rules_in(policy, asking.channel)


@given(st.lists(rules, max_size=4), askings, st.sampled_from(["old", "new"]))
def test_a_rule_for_any_id_of_a_channel_holds_there(
    drawn: list[Rule], asking: Asking, named: str
) -> None:
    policy = Policy((*drawn, Rule(channels=frozenset({named}), quorum=2)))
    channel = frozenset({"old", "between", "new"})

    rule = rule_for(policy, replace(asking, channel=channel))

    assert rule in policy.rules
    assert rule in rules_in(policy, channel)


def test_without_a_file_only_who_asked_decides() -> None:
    assert rule_for(Policy(), Asking(HERE)) == LAST_RESORT
    assert (LAST_RESORT.deciders, LAST_RESORT.quorum) == (("owner",), 1)
    assert LAST_RESORT.requester_counts


def test_a_stack_is_known_with_and_without_its_organisation_in_any_case() -> None:
    production = Rule(stacks=("*/prod",))

    assert production.takes(Asking(HERE, stacks=("checkout/prod",)))
    assert production.takes(Asking(HERE, stacks=("acme/checkout/Prod",)))
    assert production.takes(Asking(HERE, stacks=("prod",)))
    assert production.takes(Asking(HERE, stacks=("a/dev", "a/prod")))
    assert not production.takes(Asking(HERE, stacks=("prod/dev", "a/product")))
    assert not production.takes(Asking(HERE))


def test_the_project_of_a_stack_counts_as_a_project() -> None:
    payments = Rule(projects=("pay*",))

    assert payments.takes(Asking(HERE, stacks=("acme/payments/dev",)))
    assert payments.takes(Asking(HERE, projects=("payroll",)))
    assert not payments.takes(Asking(HERE, stacks=("pay/web/dev", "pay")))


def test_a_word_of_neo_that_is_new_counts_as_sensitive() -> None:
    careful = Rule(sensitivity=frozenset({"sensitive"}))

    assert careful.takes(Asking(HERE, sensitivity="grave"))
    assert careful.takes(Asking(HERE, sensitivity=""))
    assert not careful.takes(Asking(HERE, sensitivity="regular"))


def test_a_policy_knows_where_its_rules_begin() -> None:
    one, two = Rule(quorum=2), Rule()

    assert Policy((one, two), lines=(3, 9)).line_of(two) == 9
    assert Policy((one,), lines=(3,)).line_of(LAST_RESORT) == 0
