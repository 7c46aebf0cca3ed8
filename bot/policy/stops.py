"""Who may stop a task in a channel. Pure."""

from bot.channels import Ids
from bot.policy.kinds import OWNER
from bot.policy.rules import Policy, Rule, rules_in


def stop_rule(policy: Policy, channel: Ids) -> Rule:
    """Return by whose word alone a task is stopped: its owner's, and every decider's.

    Those of all rules that may come to hold there: which one will is known only when Neo asks, and
    a stop is a no to whatever it would ask next. Without a policy nobody but the owner is named:
    the owner has accepted nobody else.
    """
    deciders = (decider for rule in rules_in(policy, channel) for decider in rule.deciders)
    return Rule(deciders=tuple(dict.fromkeys((OWNER, *deciders))))
