"""A rule in words, for the start of a task and for the cards. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.ids import UserId
from bot.policy.kinds import OWNER
from bot.policy.rules import Rule
from bot.slack.mrkdwn import Mrkdwn, code, group_mention, joined, mention, mrkdwn

NAMED = 10
"""How many deciders a sentence names; of more, it counts the rest."""

RULES_SHOWN = 6
"""How many rules of a channel are told; of more, the rest is counted."""

Naming = Callable[[str], Mrkdwn]
"""Gives the name to show for the id of a user or a user group."""


def mentioned(subject: str) -> Mrkdwn:
    """Return a mention of a user or a user group, which notifies them in a new message."""
    return group_mention(subject) if subject.startswith("S") else mention(UserId(subject))


def in_words(rule: Rule, named: Naming = mentioned) -> Mrkdwn:
    """Return one sentence that says who must approve by a rule.

    "2 of @platform must approve; the requester does not count." `named` gives the names where a
    mention would notify people too early.
    """
    said = mrkdwn("{who_must}{but}.", who_must=_who_must(rule, named), but=_but(rule))
    return Mrkdwn(said[0].upper() + said[1:])


def of_channel(rules: Sequence[Rule], named: Naming = mentioned) -> Mrkdwn:
    """Return who must approve in a channel, by the rules that may hold there, the first first."""
    if len(rules) == 1 and rules[0].takes_all:
        return in_words(rules[0], named)
    lines = [
        mrkdwn("• {what}: {who}", what=_what(rule), who=in_words(rule, named))
        for rule in rules[:RULES_SHOWN]
    ]
    if len(rules) > RULES_SHOWN:
        lines.append(mrkdwn("… and {count} more rules", count=str(len(rules) - RULES_SHOWN)))
    return joined("\n", lines)


def _what(rule: Rule) -> Mrkdwn:
    """Return what a rule is for, the channel aside."""
    words = {
        "stacks": rule.stacks or (),
        "projects": rule.projects or (),
        "type": sorted(rule.approval_types or ()),
    }
    parts = [
        mrkdwn("{word} {values}", word=word, values=listed([code(v) for v in values], "or"))
        for word, values in words.items()
        if values
    ]
    parts += [mrkdwn("{word}", word=word) for word in sorted(rule.sensitivity or ())]
    return joined(", ", parts) if parts else mrkdwn("everything else")


def moment(at: datetime) -> str:
    """Return a moment in words, in its own time zone."""
    return f"{at:%A}, {at.day} {at:%B, %H:%M %Z}"


def _who_must(rule: Rule, named: Naming) -> Mrkdwn:
    deciders = [*dict.fromkeys(rule.deciders)]
    names, count = [_name(decider, named) for decider in deciders], str(rule.quorum)
    if not rule.groups and rule.quorum == len(deciders):
        return mrkdwn("{names} must approve", names=listed(names, "and"))
    if not rule.groups and rule.quorum == 1:
        return mrkdwn("{names} must approve", names=listed(names, "or"))
    if len(names) == 1:
        return mrkdwn("{count} of {name} must approve", count=count, name=names[0])
    return mrkdwn("{count} of these must approve: {names}", count=count, names=listed(names, "and"))


def _but(rule: Rule) -> Mrkdwn:
    return mrkdwn("" if rule.requester_counts else "; the requester does not count")


def _name(decider: str, named: Naming) -> Mrkdwn:
    return mrkdwn("the person who started the task") if decider == OWNER else named(decider)


def listed(names: Sequence[Mrkdwn], last_word: str) -> Mrkdwn:
    """Return names as a sentence has them, of many the first ones: "a, b and c"."""
    shown = [*names[:NAMED]]
    if len(names) > NAMED:
        shown.append(mrkdwn("{count} more", count=str(len(names) - NAMED)))
    if len(shown) == 1:
        return shown[0]
    before = joined(", ", shown[:-1])
    return mrkdwn("{before} {word} {last}", before=before, word=last_word, last=shown[-1])
