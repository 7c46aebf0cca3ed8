"""Why somebody may not use the bridge at all, whatever they want of it."""

from bot.conversation.means import Means
from bot.conversation.sentences import CHANNEL_NOT_ALLOWED, NOT_ALLOWED
from bot.ids import UserId
from bot.slack.mrkdwn import Mrkdwn


def refusal(means: Means, user: UserId, channel: str) -> Mrkdwn | None:
    """Return why `user` may not use the bridge in a channel; None where they may."""
    if not means.admission.admits_user(user):
        return NOT_ALLOWED
    if not means.admission.admits_channel(means.channels.of(channel)):
        return CHANNEL_NOT_ALLOWED
    return None
