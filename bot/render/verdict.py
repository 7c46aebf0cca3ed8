"""How something that Neo asked was answered, in words. Pure."""

from bot.approvals.policy_words import listed
from bot.asked import Approval, Resolution
from bot.ids import UserId
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, mention, mrkdwn
from bot.view import EXPIRY

INSTRUCTIONS_LIMIT = 300


def standing(approval: Approval) -> Mrkdwn | None:
    """Return how it was settled, or that an answer is on its way; None while it waits."""
    if approval.resolution:
        return _settled(approval, approval.resolution)
    if approval.decision:
        verdict = _verdict(approval, approval.decision)
        busy = ", which is busy with something else" if approval.decision.busy else ""
        return mrkdwn("{verdict}\n_Telling Neo{busy} …_", verdict=verdict, busy=busy)
    return None


def mark(approval: Approval, how: Resolution) -> str:
    """Return the mark by which somebody who scrolls past sees how it ended."""
    if approval.resolution is None:
        return "⏳"
    if how.void:
        return "⚪"
    return "💬" if approval.question else "✅" if how.ok else "🚫"


def _settled(approval: Approval, how: Resolution) -> Mrkdwn:
    if how.void:
        return mrkdwn("*Closed*, nothing was decided. {why}", why=how.void)
    return _verdict(approval, how)


def _verdict(approval: Approval, how: Resolution) -> Mrkdwn:
    said = one_line(how.instructions, INSTRUCTIONS_LIMIT)
    if approval.question:
        verdict = mrkdwn("*Answered* {by}", by=_by(how))
    elif how.by == EXPIRY:
        verdict = mrkdwn("*Expired*: not decided in time. Neo is told")
    elif how.ok:
        verdict = mrkdwn("*Approved* {by}", by=_by(how))
    else:
        verdict = mrkdwn("*Denied* {by}", by=_by(how))
    return mrkdwn("{verdict}:\n>{said}" if said else "{verdict}.", verdict=verdict, said=said)


def _by(how: Resolution) -> Mrkdwn:
    if not how.elsewhere:
        people = [mention(UserId(user)) for user in (*how.also, how.by)]
        return mrkdwn("by {who}", who=listed(people, "and"))
    if not how.by:
        return mrkdwn("automatically, by this task's approval mode")
    return mrkdwn("by {who}, outside Slack", who=how.by)
