"""What an open card says of who decides, where a policy says it is not the owner alone. Pure."""

from collections.abc import Iterable, Iterator

from bot.approvals.policy_words import in_words, listed
from bot.ids import UserId
from bot.policy.shown import Shown
from bot.slack.blocks import context, section
from bot.slack.mrkdwn import Mrkdwn, group_mention, mention, mrkdwn
from bot.slack.ops import Block
from bot.view import View


def standing(shown: Shown) -> list[Block]:
    """Return who must approve, who has and who still may.

    With mentions: they notify in a new message, and so the first time that the card is shown, and
    not when it is edited.
    """
    return [section(in_words(shown.rule)), *(context(line) for line in _notes(shown))]


def hint(view: View) -> Mrkdwn:
    """Say how to decide by typing."""
    reply = "mention me with your reply" if view.quiet else "reply"
    owner = mention(UserId(view.owner))
    told = "Or {reply}: yes approves, no denies. Other words of {owner} deny and tell Neo why."
    return mrkdwn(told, reply=reply, owner=owner)


def _notes(shown: Shown) -> Iterator[Mrkdwn]:
    if shown.have:
        yield mrkdwn(
            "✅ Approved by {people}. {more}", people=_people(shown.have), more=_more(shown)
        )
    if shown.have and not shown.missing:
        yield mrkdwn("These are enough, and still it waits: press *Approve* once more.")
    if not shown.can_be_met:
        yield mrkdwn(
            "⚠️ There are not enough people who may approve this. Only a denial is possible, or "
            "another policy."
        )
    if shown.untold:
        groups = listed([group_mention(group) for group in shown.untold], "and")
        told = "⚠️ Slack does not say now who is in {groups}: nobody there counts until it does."
        yield mrkdwn(told, groups=groups)


def _more(shown: Shown) -> Mrkdwn:
    if not shown.missing or not shown.may:
        return mrkdwn("")
    need = str(shown.missing)
    return mrkdwn("{need} more needed, of {people}.", need=need, people=_people(shown.may))


def _people(users: Iterable[UserId]) -> Mrkdwn:
    return listed([mention(user) for user in users], "and")
