"""What waits for one person, as `/neo approvals` and the App Home list it, with buttons. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.approvals.policy_words import listed
from bot.asked import Approval
from bot.ids import UserId
from bot.render.approval_buttons import answer_buttons, review_button
from bot.render.words import duration_in_words
from bot.slack.blocks import actions, context, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, group_mention, joined, link, mention, mrkdwn
from bot.slack.ops import Block
from bot.view import View

MOST = 15
"""Approvals that are listed: three blocks each stay below a message's 50."""

ASKED_LIMIT = 200
TITLE_LIMIT = 80
NAMED = 5

NOTHING = mrkdwn("Nothing waits for you.")
PAUSED = mrkdwn(
    "⏸️ *Approvals are paused* in this workspace. Until they are resumed, only Deny works."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One approval: `thread` is its conversation's key, `channel` where that is now."""

    view: View
    approval: Approval
    thread: str
    channel: str
    card: str
    """The card's address, or empty."""
    others: Sequence[UserId] = ()
    groups: Sequence[str] = ()


def waiting_list(rows: Sequence[Row], *, now: float, paused: bool) -> list[Block]:
    """Return blocks for what waits, `now` in seconds since the epoch."""
    if not rows:
        return [section(NOTHING)]
    blocks = [section(PAUSED)] if paused else []
    for row in rows[:MOST]:
        blocks += [section(_said(row)), context(_small(row, now))]
        buttons = answer_buttons(row.approval, thread=row.thread)
        buttons += review_button(row.approval, thread=row.thread)
        if buttons:
            blocks.append(actions(*buttons))
    if len(rows) > MOST:
        blocks.append(context(mrkdwn("… and {n} more", n=str(len(rows) - MOST))))
    return blocks


def _said(row: Row) -> Mrkdwn:
    approval = row.approval
    mark = "❓" if approval.question else "🔴" if approval.is_sensitive else "🟡"
    said = mrkdwn(
        "{mark} *{title}*\n>{asked}",
        mark=mark,
        title=link(row.card, one_line(row.view.title, TITLE_LIMIT) or "Neo task"),
        asked=one_line(approval.message, ASKED_LIMIT) or "…",
    )
    return joined("\n", (said, *_held_up(approval)))


def _small(row: Row, now: float) -> Mrkdwn:
    where = "direct message" if row.channel.startswith("D") else Mrkdwn(f"<#{row.channel}>")
    parts = [
        mrkdwn("{where}", where=where),
        mrkdwn("waits for {since}", since=duration_in_words(now - row.approval.asked_at)),
        mrkdwn("task of {who}", who=mention(UserId(row.view.owner))),
    ]
    if others := _others(row):
        parts.append(mrkdwn("{others} may decide, too", others=others))
    return joined("  ·  ", parts)


def _held_up(approval: Approval) -> Iterator[Mrkdwn]:
    """Yield why one person's approval would not do, or none would now."""
    who = approval.deciders
    if who and who.quorum > 1:
        have, need = str(len(who.have)), str(who.quorum)
        yield mrkdwn("{have} of the {need} who must approve have done so.", have=have, need=need)
    if approval.frozen_until:
        yield mrkdwn("🧊 Nothing is approved until {until}.", until=approval.frozen_until)


def _others(row: Row) -> Mrkdwn:
    if len(row.others) > NAMED and row.groups:
        return listed([group_mention(group) for group in row.groups], "and")
    return listed([mention(user) for user in row.others], "and") if row.others else Mrkdwn("")
