"""A rule as people read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.policy_words import NAMED, RULES_SHOWN, in_words, of_channel
from bot.policy.rules import LAST_RESORT, Rule
from bot.slack.mrkdwn import Mrkdwn, escape
from policy.examples import rules

NAMES = {"U1": "@ann", "U2": "@bob", "S1": "@platform", "S2": "@ops"}


def named(subject: str) -> Mrkdwn:
    return escape(NAMES[subject])


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (LAST_RESORT, "The person who started the task must approve."),
        (Rule(deciders=("U1",)), "@ann must approve."),
        (Rule(deciders=("U1", "U2")), "@ann or @bob must approve."),
        (Rule(deciders=("U1", "U2"), quorum=2), "@ann and @bob must approve."),
        (Rule(deciders=("S1",)), "1 of @platform must approve."),
        (
            Rule(deciders=("S1",), quorum=2, requester_counts=False),
            "2 of @platform must approve; the requester does not count.",
        ),
        (
            Rule(deciders=("owner", "U1", "S1", "S2"), quorum=3),
            "3 of these must approve: the person who started the task, @ann, @platform and @ops.",
        ),
        (
            Rule(deciders=("owner", "U1")),
            "The person who started the task or @ann must approve.",
        ),
    ],
)
def test_a_rule_is_one_sentence(rule: Rule, sentence: str) -> None:
    assert in_words(rule, named) == sentence


def test_who_decides_is_mentioned_unless_names_are_given() -> None:
    rule = Rule(deciders=("S1", "W2"), quorum=2)

    assert in_words(rule) == "2 of these must approve: <!subteam^S1> and <@W2>."


def test_of_many_deciders_the_rest_is_counted() -> None:
    rule = Rule(deciders=tuple(f"U{n}" for n in range(NAMED + 5)), quorum=2)

    assert in_words(rule).endswith("<@U9> and 5 more.")


def test_the_rules_of_a_channel_are_told_in_their_order_with_what_they_are_for() -> None:
    prod = Rule(stacks=("*/prod", "pay/*"), deciders=("S1",), quorum=2)
    grave = Rule(
        projects=("pay",),
        sensitivity=frozenset({"sensitive"}),
        approval_types=frozenset({"plan_exit"}),
        deciders=("U1",),
    )
    assert of_channel([prod, grave, LAST_RESORT], named) == (
        "• stacks `*/prod` or `pay/*`: 2 of @platform must approve.\n"
        "• projects `pay`, type `plan_exit`, sensitive: @ann must approve.\n"
        "• everything else: The person who started the task must approve."
    )
    here = Rule(channels=frozenset({"C1"}), deciders=("U1",))
    assert of_channel([here], named) == "@ann must approve."
    assert of_channel([prod] * (RULES_SHOWN + 2), named).endswith("… and 2 more rules")


@given(rules, st.text())
def test_whatever_the_names_are_it_is_a_sentence_of_one_line(rule: Rule, name: str) -> None:
    sentence = in_words(rule, lambda _: escape(name.replace("\n", " ")))

    assert sentence.endswith(".")
    assert "must approve" in sentence
