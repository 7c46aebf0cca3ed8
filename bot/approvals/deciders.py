"""Who may decide about what was asked: its rule, with the members of its groups as they are now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.approvals.store import Asked
from bot.channels import ChannelIds
from bot.ids import UserId
from bot.policy import votes
from bot.policy.groups import GroupMembers, Members, members_for
from bot.policy.kinds import OWNER
from bot.policy.rules import LAST_RESORT, Asking, Policy, Rule, rule_for

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ASKED_SECONDS = 5.0
"""The longest that Slack is asked: a stop may wait behind a click."""


@dataclass(frozen=True, slots=True)
class Deciders:
    """The rule that holds, whoever started the task, and who is in the rule's groups."""

    rule: Rule
    owner: UserId
    members: Members

    @property
    def is_owner_alone(self) -> bool:
        """Whether nobody but the person who started the task decides."""
        return is_owner_alone(self.rule)

    def may(self, user: UserId, *, ok: bool) -> bool:
        """Say whether a person's approval counts or, with `ok` false, their denial."""
        return votes.may_decide(self.rule, user, self.owner, self.members.groups, ok=ok)

    def might(self, user: UserId, *, ok: bool) -> bool:
        """Say whether it would count if they were in the groups that Slack says nothing of now."""
        untold = dict.fromkeys(self.members.untold, frozenset({user}))
        groups = {**self.members.groups, **untold}
        return votes.may_decide(self.rule, user, self.owner, groups, ok=ok)

    def standing(self, given: Sequence[votes.Vote]) -> votes.Standing:
        """Return where it stands after what people said, oldest first."""
        return votes.standing(self.rule, given, self.owner, self.members.groups)


def is_owner_alone(rule: Rule) -> bool:
    """Whether by a rule nobody decides but the person who started the task. Pure."""
    return all(decider == OWNER for decider in rule.deciders)


def rule_of(policy: Policy, asked: Asked, channels: ChannelIds) -> Rule:
    """Return the rule that holds for what was asked, by the policy as it is now.

    A question is for whoever started the task: it asks what they want, not whether it may be done.
    """
    if asked.question:
        return LAST_RESORT
    asking = Asking(
        channel=channels.of(asked.channel),
        stacks=asked.stacks,
        sensitivity=asked.sensitivity,
        approval_type=asked.approval_type,
    )
    return rule_for(policy, asking)


async def deciders_of(
    policy: Policy,
    asked: Asked,
    channels: ChannelIds,
    known: GroupMembers,
    *,
    anew: bool = False,
) -> Deciders:
    """Return who may decide; `anew` asks Slack now who is in the groups, as for a decision.

    Never raises `SlackError`: nobody counts who is in a group that Slack says nothing of.
    """
    return await with_members(
        rule_of(policy, asked, channels), UserId(asked.owner), known, anew=anew
    )


async def with_members(
    rule: Rule, owner: UserId, known: GroupMembers, *, anew: bool = False
) -> Deciders:
    """Return who may decide by a rule, as `deciders_of` does."""
    try:
        async with asyncio.timeout(ASKED_SECONDS):
            members = await members_for(rule, known, anew=anew)
    except TimeoutError:
        members = Members({}, dict.fromkeys(rule.groups, "no_answer"))
    for group, code in members.untold.items():
        log.warning("group_not_told", group=group, code=code)
    return Deciders(rule, owner, members)
