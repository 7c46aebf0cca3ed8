"""The card of an approval or a question: enough to decide, or how it was decided."""

from bot.actions import APPROVE, CONSOLE, DENY
from bot.approvals.policy_words import listed
from bot.ids import BUTTON_VALUE_LIMIT, ButtonValue, UserId
from bot.render.changed_files import file_list
from bot.render.deciders import hint, standing
from bot.render.substance import substance
from bot.render.words import tool_in_words
from bot.slack.blocks import actions, button, content, context, link_button, section
from bot.slack.chars import length, one_line
from bot.slack.mrkdwn import Mrkdwn, escape, linkable, mention, mrkdwn
from bot.slack.ops import Block, Content
from bot.view import EXPIRY, Approval, Resolution, View

FALLBACK_LIMIT = 300
INSTRUCTIONS_LIMIT = 300

_KNOWN_TYPES = ("", "general", "plan_exit")
"""Kinds of approval that the card tells apart in words; others are shown as they are."""

_PAUSED = (
    "⏸️ *Approvals are paused* in this workspace, by {who}. Until they are resumed, nothing is "
    "approved; Deny and Stop still work."
)
_ANSWER_HINT = "{reply} in this thread to answer; only {who}, who started this task, can."
_DECIDE_HINT = (
    "Only {who}, who started this task, can decide. "
    "Or {reply}: yes approves, no denies, other words deny and tell Neo why."
)


def approval_card(view: View, approval: Approval, *, thread: str) -> Content:
    """Return the card as it stands: open, decided and on its way, or settled."""
    head = _head(view, approval)
    blocks: list[Block] = [section(head)]
    blocks.extend(_substance(approval))
    facts = _facts(approval)
    if facts and not approval.question:
        blocks.append(context(facts))
    blocks.extend(_end(view, approval, thread))
    said = one_line(approval.message, FALLBACK_LIMIT)
    return content(mrkdwn("{head}: {said}", head=head, said=said), *blocks)


def _head(view: View, approval: Approval) -> Mrkdwn:
    who = mention(UserId(view.owner))
    if how := approval.resolution or approval.decision:
        asked = "asked" if approval.question else "asked for approval"
        return mrkdwn("{mark} *Neo {asked}*", mark=_outcome(approval, how), asked=asked)
    if approval.question:
        return mrkdwn("❓ {who} *Neo asks*", who=who)
    mark = "🔴" if approval.sensitivity == "sensitive" else "🟡"
    plan = approval.approval_type == "plan_exit"
    if approval.deciders:
        what = "asks for approval of its plan" if plan else "asks for approval"
    else:
        what = "asks you to approve its plan" if plan else "asks for your approval"
    return mrkdwn("{mark} {who} *Neo {what}*", mark=mark, who=who, what=what)


def _outcome(approval: Approval, how: Resolution) -> str:
    """Return the mark by which somebody who scrolls past sees how it ended."""
    if approval.resolution is None:
        return "⏳"
    if how.void:
        return "⚪"
    return "💬" if approval.question else "✅" if how.ok else "🚫"


def _facts(approval: Approval) -> Mrkdwn:
    facts = [f"Sensitivity: {approval.sensitivity or 'not said'}"]
    if approval.tool:
        facts.insert(0, f"Tool: {tool_in_words(approval.tool, {})}")
    if approval.approval_type not in _KNOWN_TYPES:
        facts.append(f"Type: {approval.approval_type}")
    return escape("  ·  ".join(facts))


def _substance(approval: Approval) -> list[Block]:
    """Return what is asked: the agent's words and plan, and the files with their line counts."""
    words = substance(approval.message, approval.plan)
    blocks = list(words.blocks)
    if not words.is_whole:
        blocks.append(context(mrkdwn("There is more: read it whole in the file above.")))
    if approval.files:
        blocks.append(section(file_list(approval.files, approval.files_left)))
    return blocks


def _end(view: View, approval: Approval, thread: str) -> list[Block]:
    if approval.resolution:
        return [section(_settled(approval, approval.resolution))]
    if approval.decision:
        verdict = _verdict(approval, approval.decision)
        return [section(mrkdwn("{verdict}\n_Telling Neo …_", verdict=verdict))]
    who = standing(approval.deciders) if approval.deciders else []
    row = _buttons(view, approval, thread)
    return [*who, *_paused(view), *row, context(_hint(view, approval))]


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
        return hint(view)
    reply = "mention me with your reply" if view.quiet else "reply"
    return mrkdwn(_DECIDE_HINT, who=who, reply=reply)


def _buttons(view: View, approval: Approval, thread: str) -> list[Block]:
    row: list[Block] = []
    value = ButtonValue(t=thread, s=approval.request_id, d=approval.digest).encode()
    # A request id too long for a button (Neo's are UUIDs) leaves the reply and the console.
    if not approval.question and length(value) <= BUTTON_VALUE_LIMIT:
        row.append(button("Approve", APPROVE, value, style="primary"))
        row.append(button("Deny", DENY, value, style="danger"))
    if linkable(view.console_url):
        row.append(link_button("Open in Pulumi Cloud", CONSOLE, view.console_url))
    return [actions(*row)] if row else []


def _settled(approval: Approval, how: Resolution) -> Mrkdwn:
    if how.void:
        return mrkdwn("*Closed*, nothing was decided. {why}", why=how.void)
    return _verdict(approval, how)


def _verdict(approval: Approval, how: Resolution) -> Mrkdwn:
    said = one_line(how.instructions, INSTRUCTIONS_LIMIT)
    if approval.question:
        verdict = mrkdwn("*Answered* {by}", by=_by(how))
    elif how.by == EXPIRY:
        verdict = mrkdwn("*Expired*: nobody decided in time. Neo is told")
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
