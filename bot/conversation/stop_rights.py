"""Who may stop the task of a conversation, by whichever kind of stop: one rule for all of them."""

from dataclasses import dataclass

from bot.approvals import facts
from bot.approvals.deciders import Deciders, with_members
from bot.approvals.policy_words import listed, mentioned
from bot.channels import ChannelIds
from bot.conversation.sentences import not_owner
from bot.conversation.talk import Talk
from bot.ids import UserId
from bot.policy.groups import GroupMembers
from bot.policy.kinds import OWNER
from bot.policy.rules import Policy, Rule
from bot.policy.stops import stop_rule
from bot.policy.votes import may_decide
from bot.slack.mrkdwn import Mrkdwn, group_mention, mention, mrkdwn


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody may not stop: what they are told, and the audit's word for it."""

    said: Mrkdwn
    outcome: str


@dataclass(frozen=True, slots=True)
class StopRights:
    """Knows who may stop: whoever started the task, and whom the policy lets decide there.

    Everybody else's stop goes out with the owner's identity, which the owner accepted by starting
    the task under that policy.
    """

    policy: Policy
    channels: ChannelIds
    known: GroupMembers

    def is_known(self, talk: Talk, user: UserId) -> bool:
        """Whether that can be told of somebody without asking Slack who is in a group."""
        rule = self._rule(talk)
        return not rule.groups or may_decide(rule, user, talk.owner, {})

    def may_perhaps(self, talk: Talk, user: UserId) -> bool:
        """Whether somebody may stop the task, or may if they are in a group: nobody is asked."""
        return not self.is_known(talk, user) or may_decide(self._rule(talk), user, talk.owner, {})

    async def refused(self, talk: Talk, user: UserId) -> Refused | None:
        """Return why somebody may not stop the task; None where they may."""
        rule = self._rule(talk)
        if may_decide(rule, user, talk.owner, {}):
            return None
        deciders = await with_members(rule, talk.owner, self.known, anew=True)
        if deciders.may(user, ok=False):
            return None
        outcome = facts.GROUP_NOT_TOLD if deciders.members.untold else facts.NOT_ALLOWED
        return Refused(_may_not_stop(deciders), outcome)

    def _rule(self, talk: Talk) -> Rule:
        """Return the rule, of the channel where the task was started, as for its approvals."""
        return stop_rule(self.policy, self.channels.of(talk.thread.channel))


def _may_not_stop(deciders: Deciders) -> Mrkdwn:
    """Say to somebody whose stop does not count who may stop here."""
    owner, rule = mention(deciders.owner), deciders.rule
    if deciders.is_owner_alone:
        return not_owner(owner)
    if deciders.members.untold:
        return mrkdwn(
            "Nothing was stopped: Slack does not say now who is in {groups}, so I can't tell "
            "whether you may stop this. Please try again in a moment.",
            groups=listed([group_mention(g) for g in sorted(deciders.members.untold)], "and"),
        )
    others = [mentioned(decider) for decider in rule.deciders if decider != OWNER]
    return mrkdwn(
        "You can't stop this. {owner} can, who started it, and so can those who decide here by "
        "the policy: {others}.",
        owner=owner,
        others=listed(others, "and"),
    )
