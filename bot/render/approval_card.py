"""The card of an approval or a question: enough to decide, or how it was decided."""

from bot.actions import CONSOLE
from bot.ids import UserId
from bot.render import deciders
from bot.render.approval_buttons import (
    OPTIONS_HINT,
    answer_buttons,
    is_cut,
    option_buttons,
    review_button,
    share_button,
)
from bot.render.changed_files import file_list
from bot.render.substance import substance
from bot.render.verdict import mark, standing
from bot.slack.blocks import actions, alert, content, context, link_button, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, code_block, escape, joined, linkable, mention, mrkdwn
from bot.slack.ops import Block, Content
from bot.view import Approval, Asker, View

FALLBACK_LIMIT = 300

_KNOWN_TYPES = ("", "general", "plan_exit")
"""Kinds of approval that the card tells apart in words; others are shown as they are."""

_PAUSED = (
    "⏸️ *Approvals are paused* in this workspace, by {who}. Until they are resumed, nothing is "
    "approved; Deny and Stop still work."
)
_FROZEN = "🧊 By the policy nothing is approved until {until}. Denying is possible."
_ANSWER_HINT = "{reply} in this thread to answer; only {who}, who started this task, can."
_DECIDE_HINT = (
    "Only {who}, who started this task, can decide. "
    "Or {reply}: yes approves, no denies, other words deny and tell Neo why."
)
_SENSITIVE = mrkdwn(
    "*Sensitivity: sensitive.* Look twice: this may be hard to undo. Approve asks once more."
)
_MORE_ABOVE = mrkdwn("There is more: read it whole in the file above.")


def approval_card(view: View, approval: Approval, *, thread: str) -> Content:
    """Return the card as it stands: open, decided and on its way, or settled."""
    head = _head(view, approval)
    blocks = [section(head), *_facts(approval), *_why(approval.asker), *_substance(approval)]
    blocks.extend(_diff(approval))
    blocks.extend(_end(view, approval, thread))
    said = one_line(approval.message, FALLBACK_LIMIT)
    return content(mrkdwn("{head}: {said}", head=head, said=said), *blocks)


def _head(view: View, approval: Approval) -> Mrkdwn:
    who = mention(UserId(view.owner))
    if how := approval.resolution or approval.decision:
        asked = "asked" if approval.question else "asked for approval"
        return mrkdwn("{mark} *Neo {asked}*", mark=mark(approval, how), asked=asked)
    if approval.question:
        return mrkdwn("❓ {who} *Neo asks*", who=who)
    dot = "🔴" if approval.is_sensitive else "🟡"
    plan = approval.approval_type == "plan_exit"
    if approval.deciders:
        what = "asks for approval of its plan" if plan else "asks for approval"
    else:
        what = "asks you to approve its plan" if plan else "asks for your approval"
    return mrkdwn("{mark} {who} *Neo {what}*", mark=dot, who=who, what=what)


def _facts(approval: Approval) -> list[Block]:
    """Return what asks, and how careful to be: while it is open, what is not usual stands out."""
    if approval.question:
        return []
    facts = [f"Tool: {approval.tool}"] if approval.tool else []
    warning = _warning(approval)
    if not warning:
        facts.append(f"Sensitivity: {approval.sensitivity or 'not said'}")
    if approval.approval_type not in _KNOWN_TYPES:
        facts.append(f"Type: {approval.approval_type}")
    row = [context(escape("  ·  ".join(facts)))] if facts else []
    return [*warning, *row]


def _warning(approval: Approval) -> list[Block]:
    if not approval.is_sensitive or approval.resolution or approval.decision:
        return []
    if approval.sensitivity == "sensitive":
        return [alert(_SENSITIVE, "error")]
    said = mrkdwn(
        "*Sensitivity: {word}.* This is Neo's word for it. Approve asks once more.",
        word=approval.sensitivity,
    )
    return [alert(said, "warning")]


def _why(asker: Asker) -> list[Block]:
    """Return who wanted what, in their own words."""
    if not asker.words:
        return []
    if asker.elsewhere:
        who = mrkdwn("{who} asked outside Slack", who=asker.by)
    elif asker.by:
        who = mrkdwn("{who} asked", who=mention(UserId(asker.by)))
    else:
        who = mrkdwn("was asked")
    return [section(mrkdwn("To do what {who}:\n>{words}", who=who, words=asker.words))]


def _substance(approval: Approval) -> list[Block]:
    """Return what is asked: the agent's words, its plan, and answers too long for a button."""
    words = substance(approval.message, approval.plan)
    blocks = list(words.blocks)
    if not words.is_whole:
        blocks.append(context(_MORE_ABOVE))
    if any(map(is_cut, approval.options)):
        lines = (mrkdwn("• {option}", option=_line(option)) for option in approval.options)
        blocks.append(section(joined("\n", lines)))
    if left := approval.options_left:
        said = mrkdwn("Neo offers {left} more answers, which are in Pulumi Cloud.", left=str(left))
        blocks.append(context(said))
    return blocks


def _line(option: str) -> str:
    return one_line(option, len(option) + 1)


def _diff(approval: Approval) -> list[Block]:
    """Return what would change: first what is new since the last approval, then everything."""
    blocks: list[Block] = []
    if approval.since:
        new = "changed since the last approval"
        blocks.append(section(file_list(approval.since, approval.since_left, new)))
        blocks.extend(_excerpt(approval))
    if approval.files:
        what = "changed in all" if approval.since else "changed"
        blocks.append(section(file_list(approval.files, approval.files_left, what)))
    if not approval.since:
        blocks.extend(_excerpt(approval))
    if (where := _whole_diff(approval)) is not None:
        blocks.append(context(where))
    return blocks


def _excerpt(approval: Approval) -> list[Block]:
    text = approval.excerpt.text
    return [section(code_block(text))] if text else []


def _whole_diff(approval: Approval) -> Mrkdwn | None:
    """Say where the rest of the diff is; None where nothing is missing or can be reached."""
    if standing(approval) is not None:
        return (
            mrkdwn("The whole diff is a file in this thread.") if approval.diff_attached else None
        )
    left, file = approval.excerpt.left, approval.diff_attached
    where = mrkdwn("in *Review*, and a file in this thread" if file else "in *Review*")
    if left:
        lines = "1 more line" if left == 1 else f"{left} more lines"
        return mrkdwn("… and {lines}: the whole diff is {where}.", lines=lines, where=where)
    if approval.since and approval.files:
        return mrkdwn("The whole diff is {where}.", where=where)
    return None


def _end(view: View, approval: Approval, thread: str) -> list[Block]:
    if (stands := standing(approval)) is not None:
        return [section(stands)]
    who = deciders.standing(approval.deciders) if approval.deciders else []
    rows = _rows(view, approval, thread)
    return [*who, *_frozen(approval), *_paused(view), *rows, context(_hint(view, approval))]


def _frozen(approval: Approval) -> list[Block]:
    if not approval.frozen_until:
        return []
    return [context(mrkdwn(_FROZEN, until=approval.frozen_until))]


def _paused(view: View) -> list[Block]:
    if not view.paused_by:
        return []
    who = mention(UserId(view.paused_by))
    return [section(mrkdwn(_PAUSED, who=who))]


def _hint(view: View, approval: Approval) -> Mrkdwn:
    """Say who can answer, and how: in a quiet thread, Neo does not hear a reply by itself."""
    who = mention(UserId(view.owner))
    if approval.question:
        return mrkdwn(_ANSWER_HINT, who=who, reply="Mention me" if view.quiet else "Reply")
    if approval.deciders:
        return deciders.hint(view)
    reply = "mention me with your reply" if view.quiet else "reply"
    return mrkdwn(_DECIDE_HINT, who=who, reply=reply)


def _rows(view: View, approval: Approval, thread: str) -> list[Block]:
    row = answer_buttons(approval, thread=thread) + review_button(approval, thread=thread)
    if linkable(view.console_url):
        row.append(link_button("Open in Pulumi Cloud", CONSOLE, view.console_url))
        if approval.deciders and not view.shared:
            row += share_button(approval, thread=thread)
    options = [] if approval.question else option_buttons(approval, thread=thread)
    offered = [context(OPTIONS_HINT), actions(*options)] if options else []
    return [*offered, *([actions(*row)] if row else [])]
