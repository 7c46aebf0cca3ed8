"""Who may decide by a rule, and where it stands after what people said. Pure.

A group's members are passed in as they are now: `groups` has a set of users for each group of the
rule, and one that is missing has nobody in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.ids import UserId
from bot.policy.kinds import OWNER
from bot.policy.rules import Rule

Groups = Mapping[str, frozenset[UserId]]
"""The members of user groups, by the groups' ids."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said: `ok` approves."""

    user: UserId
    ok: bool


@dataclass(frozen=True, slots=True)
class Met:
    """Enough people approved, in this order."""

    by: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """Somebody who may said no, the first of them if several did."""

    by: UserId


@dataclass(frozen=True, slots=True)
class Open:
    """It waits: `have` approved, in this order, of `need`; `who_may` can still approve."""

    have: tuple[UserId, ...]
    need: int
    who_may: frozenset[UserId]

    @property
    def can_be_met(self) -> bool:
        """Whether there are people enough; where not, only a denial or another policy helps."""
        return len(self.have) + len(self.who_may) >= self.need


Standing = Met | Denied | Open


def may_decide(rule: Rule, user: UserId, owner: UserId, groups: Groups, *, ok: bool = True) -> bool:
    """Say whether a person's approval counts or, with `ok` false, their denial.

    Whoever started the task may always deny, also where their approval does not count.
    """
    return user in who_may_approve(rule, owner, groups) or (
        not ok and (user == owner or _is_named(rule, user, groups))
    )


def who_may_approve(rule: Rule, owner: UserId, groups: Groups) -> frozenset[UserId]:
    """Return everybody whose approval counts."""
    named = {UserId(user) for user in rule.people}.union(
        *(groups.get(group, frozenset()) for group in rule.groups)
    )
    own = {owner} if OWNER in rule.deciders else set[UserId]()
    return frozenset(named | own if rule.requester_counts else named - {owner})


def standing(rule: Rule, votes: Sequence[Vote], owner: UserId, groups: Groups) -> Standing:
    """Return where it stands after `votes`, oldest first, by who may decide now.

    One denial denies, whatever was said before or after it. Each person counts once, and a vote
    of somebody who may not, or no longer may, not at all.
    """
    counted = [v for v in votes if may_decide(rule, v.user, owner, groups, ok=v.ok)]
    for vote in counted:
        if not vote.ok:
            return Denied(vote.user)
    have = tuple(dict.fromkeys(vote.user for vote in counted))
    if len(have) >= rule.quorum:
        return Met(have)
    return Open(have, rule.quorum, who_may_approve(rule, owner, groups).difference(have))


def _is_named(rule: Rule, user: UserId, groups: Groups) -> bool:
    return user in rule.people or any(user in groups.get(g, frozenset()) for g in rule.groups)
