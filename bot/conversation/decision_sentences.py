"""What people are told whose word decided nothing, by the policy. Pure."""

from collections.abc import Iterable
from datetime import datetime

from bot.approvals.policy_words import in_words, listed, moment
from bot.conversation import sentences
from bot.conversation.voting import Counted, Frozen, NotAllowed, Outcome, TooLate
from bot.ids import UserId
from bot.slack.mrkdwn import Mrkdwn, group_mention, mention, mrkdwn
from bot.store.approvals import Verdict

TOO_LATE = mrkdwn(
    "Nothing was decided: I found your approval only more than 10 minutes after you gave it. "
    "Please look again, and approve once more if you still mean it."
)


def by_policy(outcome: Outcome) -> Mrkdwn | None:
    """Say what the policy made of somebody's word; None where it is not by the policy."""
    match outcome:
        case NotAllowed():
            return _not_allowed(outcome)
        case Frozen(until):
            return frozen(until)
        case TooLate():
            return TOO_LATE
        case Counted():
            return _counted(outcome)
        case Verdict():
            return None


def without_effect(outcome: Outcome) -> Mrkdwn | None:
    """Say to who clicked why that decided nothing; None where it did."""
    return _CLICKS[outcome] if isinstance(outcome, Verdict) else by_policy(outcome)


def not_taken(outcome: Outcome) -> Mrkdwn:
    """Say to who typed an answer why it decided nothing."""
    if why := by_policy(outcome):
        return why
    match outcome:
        case Verdict.OUTDATED:
            return sentences.CARD_CHANGED
        case Verdict.PAUSED:
            return sentences.PAUSED
        case _:
            return sentences.ALREADY_DECIDED


def _not_allowed(refused: NotAllowed) -> Mrkdwn:
    deciders = refused.deciders
    if deciders.is_owner_alone:
        return sentences.not_owner(mention(deciders.owner))
    if deciders.might(refused.user, ok=refused.ok):
        return mrkdwn(
            "Nothing was decided: Slack does not say now who is in {groups}, so I can't tell "
            "whether you may decide. Please try again in a moment.",
            groups=listed([group_mention(g) for g in sorted(deciders.members.untold)], "and"),
        )
    rule = in_words(deciders.rule)
    if refused.ok and deciders.may(refused.user, ok=False):
        return mrkdwn("Your approval does not count here. {rule} You can deny it.", rule=rule)
    return mrkdwn("You can't decide this. {rule}", rule=rule)


def frozen(until: datetime) -> Mrkdwn:
    """Say until when nothing can be approved."""
    return mrkdwn(
        "Nothing was decided: by the policy nothing is approved here until {until}. "
        "Denying is possible.",
        until=moment(until),
    )


def _counted(counted: Counted) -> Mrkdwn:
    standing = counted.standing
    need = standing.need - len(standing.have)
    told = "Your approval counts" if counted.new else "Your approval counted before"
    return mrkdwn(
        "{told}: {have} of {need_all}. {more}",
        told=told,
        have=str(len(standing.have)),
        need_all=str(standing.need),
        more=_more(need, standing.who_may, counted.deciders.members.untold),
    )


def _more(need: int, who_may: Iterable[UserId], untold: Iterable[str]) -> Mrkdwn:
    people = [mention(user) for user in sorted(who_may)]
    groups = [group_mention(group) for group in sorted(untold)]
    if groups:
        return mrkdwn(
            "Slack does not say now who is in {groups}, so nobody there counts yet. "
            "Press it again in a moment.",
            groups=listed(groups, "and"),
        )
    if len(people) < need:
        return mrkdwn("There are not enough people who may approve: only a denial is possible.")
    return mrkdwn("{need} more needed, of {people}.", need=str(need), people=listed(people, "and"))


_CLICKS = {
    Verdict.WON: None,
    Verdict.LAPSED: None,
    Verdict.LOST: sentences.NO_LONGER_OPEN,
    Verdict.CLOSED: sentences.NO_LONGER_OPEN,
    Verdict.OUTDATED: sentences.OUTDATED,
    Verdict.PAUSED: sentences.PAUSED,
    Verdict.UNKNOWN: sentences.UNKNOWN_BUTTON,
}
