"""What is said of an approval that waits: to those who may decide, and to whom it is passed on."""

from collections.abc import Sequence
from typing import LiteralString

from bot.ids import UserId
from bot.render.words import duration_in_words
from bot.slack.blocks import content, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, group_mention, joined, link, mention, mrkdwn
from bot.slack.ops import Content
from bot.view import Approval, View

NAMED = 10
"""People that a reminder mentions one by one; of more, it mentions the rule's groups."""

ASKED_LIMIT = 200


def reminder(approval: Approval, who: Mrkdwn, *, waited: float, card: str) -> Content:
    """Remind those who may decide, in the thread; `card` is the card's address, or empty."""
    template = "⏰ {who} *Neo still waits for {what}*, for {waited} now: {card}\n>{asked}"
    return _said(template, approval, who=who, waited=waited, card=card)


def escalation(
    approval: Approval, to: str, *, waited: float, card: str, untold: str = ""
) -> Content:
    """Tell, in the thread, to whom it is passed on that nobody has decided.

    `untold`: Slack's word for why they can't be told anywhere else.
    """
    template = "⏫ {who} *Undecided for {waited}:* Neo waits for {what}. {card}\n>{asked}"
    if untold:
        template += "\n⚠️ I could not tell {who} ({untold}): this thread alone says so."
    return _said(template, approval, who=target(to), waited=waited, card=card, untold=untold)


def passed_on(view: View, approval: Approval, *, waited: float, card: str) -> Content:
    """Tell the same elsewhere, to people who do not know the thread."""
    template = (
        "⏫ *Undecided for {waited}:* what Neo asks in *{title}*, a task of {who}: {card}\n>{asked}"
    )
    owner, title = mention(UserId(view.owner)), view.title or "Neo task"
    return _said(template, approval, who=owner, waited=waited, card=card, title=title)


def deciders(people: Sequence[UserId], groups: Sequence[str]) -> Mrkdwn:
    """Mention who may decide: each of them, or the groups where that would be too many."""
    if people and (len(people) <= NAMED or not groups):
        return joined(" ", (mention(user) for user in people[:NAMED]))
    return joined(" ", (group_mention(group) for group in groups))


def target(to: str) -> Mrkdwn:
    """Mention a user, a user group or a channel by its id."""
    if to.startswith("S"):
        return group_mention(to)
    return mention(UserId(to)) if to[0] in "UW" else Mrkdwn(f"<#{to}>")


def _said(  # noqa: PLR0913 -- what a sentence is made of, each named
    template: LiteralString,
    approval: Approval,
    *,
    who: Mrkdwn,
    waited: float,
    card: str,
    title: str = "",
    untold: str = "",
) -> Content:
    said = mrkdwn(
        template,
        who=who,
        what="an answer" if approval.question else "a decision",
        waited=duration_in_words(waited),
        card=link(card, "see the card"),
        asked=one_line(approval.message, ASKED_LIMIT) or "…",
        title=title,
        untold=untold,
    )
    return content(said, section(said))
