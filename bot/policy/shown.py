"""How far a decision is, as a card shows it: a part of the thread's view. Pure."""

from collections.abc import Sequence

from bot.documents import Model
from bot.ids import UserId
from bot.policy.rules import Rule
from bot.policy.votes import Groups, Vote, who_may_approve


class Shown(Model):
    """Whom it takes, who has approved, and who still may."""

    deciders: tuple[str, ...]
    quorum: int = 1
    requester_counts: bool = True
    have: tuple[UserId, ...] = ()
    """Who has approved, in this order."""
    may: tuple[UserId, ...] = ()
    """Who can still approve."""
    untold: tuple[str, ...] = ()
    """The user groups that Slack says nothing of now."""

    @property
    def rule(self) -> Rule:
        """Return as much of the rule as says who decides."""
        return Rule(
            deciders=self.deciders, quorum=self.quorum, requester_counts=self.requester_counts
        )

    @property
    def missing(self) -> int:
        """How many more have to approve."""
        return max(0, self.quorum - len(self.have))

    @property
    def can_be_met(self) -> bool:
        """Whether there are people enough, or may be: Slack does not say of every group."""
        return bool(self.untold) or len(self.may) >= self.missing


def shown(
    rule: Rule,
    votes: Sequence[Vote],
    owner: UserId,
    groups: Groups,
    *,
    untold: Sequence[str] = (),
) -> Shown:
    """Return how far a decision is after `votes`, oldest first, by who may decide now."""
    may = who_may_approve(rule, owner, groups)
    have = tuple(dict.fromkeys(v.user for v in votes if v.ok and v.user in may))
    return Shown(
        deciders=rule.deciders,
        quorum=rule.quorum,
        requester_counts=rule.requester_counts,
        have=have,
        may=tuple(sorted(may.difference(have))),
        untold=tuple(sorted(untold)),
    )
