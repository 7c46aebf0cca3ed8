"""Who decides, and when enough did: against a model that keeps a set of people."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.ids import UserId
from bot.policy.rules import LAST_RESORT, Rule
from bot.policy.votes import (
    Denied,
    Groups,
    Met,
    Open,
    Vote,
    may_decide,
    standing,
    who_may_approve,
)
from policy.examples import ANN, BOB, CYD, DAN, OPS, PEOPLE, PLATFORM, groups, rules

people = st.sampled_from(PEOPLE)
votes = st.lists(st.builds(Vote, people, ok=st.booleans() | st.just(True)), max_size=5)

TWO_OF_PLATFORM = Rule(deciders=(PLATFORM,), quorum=2, requester_counts=False)
MEMBERS: Groups = {PLATFORM: frozenset({ANN, BOB, CYD})}


def model(rule: Rule, cast: list[Vote], owner: UserId, now: Groups) -> tuple[str, set[UserId]]:
    """Say in another way than the code where it stands, and who approved."""
    named: set[UserId] = set()
    for decider in rule.deciders:
        named |= {owner} if decider == "owner" else now.get(decider, {UserId(decider)})
    if any(not vote.ok and vote.user in named | {owner} for vote in cast):
        return "denied", set()
    counting = named if rule.requester_counts else named - {owner}
    have = {vote.user for vote in cast if vote.ok and vote.user in counting}
    return ("met" if len(have) >= rule.quorum else "open"), have


@given(rules, votes, people, groups)
def test_it_stands_as_the_model_says(
    rule: Rule, cast: list[Vote], owner: UserId, now: Groups
) -> None:
    state, have = model(rule, cast, owner, now)

    match standing(rule, cast, owner, now):
        case Denied(by):
            assert state == "denied"
            assert Vote(by, ok=False) in cast
        case Met(by):
            assert (state, have) == ("met", {*by})
        case Open() as waits:
            assert (state, have) == ("open", {*waits.have})
            assert waits.need == rule.quorum > len(waits.have)
            assert not waits.who_may & have
            assert waits.can_be_met == (len(waits.who_may) + len(have) >= rule.quorum)


@given(rules, votes, people, groups)
def test_the_order_and_the_number_of_votes_change_nothing(
    rule: Rule, cast: list[Vote], owner: UserId, now: Groups
) -> None:
    kinds = {type(standing(rule, [*order, *order[:1]], owner, now)) for order in permutations(cast)}

    assert len(kinds) == 1


@given(rules, votes, people, groups)
def test_a_vote_of_somebody_who_may_not_changes_nothing(
    rule: Rule, cast: list[Vote], owner: UserId, now: Groups
) -> None:
    could = [v for v in cast if may_decide(rule, v.user, owner, now, ok=v.ok)]

    assert standing(rule, cast, owner, now) == standing(rule, could, owner, now)


@given(rules, people, people, groups)
def test_who_may_approve_may_deny(rule: Rule, user: UserId, owner: UserId, now: Groups) -> None:
    assert may_decide(rule, user, owner, now) == (user in who_may_approve(rule, owner, now))
    if may_decide(rule, user, owner, now) or user == owner:
        assert may_decide(rule, user, owner, now, ok=False)


@given(rules, people, groups, st.permutations(PEOPLE))
def test_when_all_who_may_have_approved_it_is_met_if_it_can_be(
    rule: Rule, owner: UserId, now: Groups, order: list[UserId]
) -> None:
    ended = standing(rule, [Vote(user, ok=True) for user in order], owner, now)

    assert isinstance(ended, Met) or (isinstance(ended, Open) and not ended.can_be_met)


def test_two_of_a_group_approve_and_the_one_who_asked_is_not_one_of_them() -> None:
    asked = Vote(ANN, ok=True), Vote(BOB, ok=True)

    waits = standing(TWO_OF_PLATFORM, asked, ANN, MEMBERS)
    met = standing(TWO_OF_PLATFORM, (*asked, Vote(CYD, ok=True)), ANN, MEMBERS)

    assert waits == Open((BOB,), 2, frozenset({CYD}))
    assert met == Met((BOB, CYD))


def test_the_one_who_asked_may_always_deny() -> None:
    assert standing(TWO_OF_PLATFORM, [Vote(DAN, ok=False)], DAN, MEMBERS) == Denied(DAN)
    assert not may_decide(TWO_OF_PLATFORM, DAN, ANN, MEMBERS, ok=False)


def test_a_vote_of_somebody_who_left_the_group_counts_no_more() -> None:
    cast = [Vote(BOB, ok=True), Vote(CYD, ok=True)]
    left = {PLATFORM: frozenset({ANN, CYD})}

    assert standing(TWO_OF_PLATFORM, cast, ANN, MEMBERS) == Met((BOB, CYD))
    assert standing(TWO_OF_PLATFORM, cast, ANN, left) == Open((CYD,), 2, frozenset())
    assert standing(TWO_OF_PLATFORM, [Vote(BOB, ok=False)], ANN, left) == Open(
        (), 2, frozenset({CYD})
    )


def test_a_group_that_is_not_known_has_nobody_in_it() -> None:
    assert not may_decide(Rule(deciders=(OPS,)), ANN, ANN, {})


def test_by_the_last_resort_only_the_owner_decides() -> None:
    assert [may_decide(LAST_RESORT, user, ANN, {}) for user in PEOPLE] == [True] + [False] * 3
