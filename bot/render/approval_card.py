"""The card of an approval or a question: enough to decide, or how it was decided."""

from bot.actions import APPROVE, CONSOLE, DENY
from bot.ids import ButtonValue, UserId
from bot.render.words import tool_in_words
from bot.slack.blocks import actions, button, content, context, link_button, markdown, section
from bot.slack.chars import one_line, truncate
from bot.slack.mrkdwn import Mrkdwn, escape, joined, linkable, mention, mrkdwn
from bot.slack.ops import Block, Content
from bot.view import Approval, FileChange, Resolution, View

MESSAGE_LIMIT = 2000
FALLBACK_LIMIT = 300
PLAN_LIMIT = 6000
"""Characters of a plan on the card; the console has the rest, and the card says so."""

FILES_SHOWN = 25
PATH_LIMIT = 90
INSTRUCTIONS_LIMIT = 300

_ANSWER_HINT = "Reply in this thread to answer."
_DECIDE_HINT = "Or reply: yes approves, no denies, other words deny and tell Neo why."


def approval_card(view: View, approval: Approval, *, thread: str) -> Content:
    """Return the card as it stands: open, decided and on its way, or settled."""
    head = _head(view, approval)
    blocks: list[Block] = [section(head)]
    if approval.message:
        blocks.append(section(escape(truncate(approval.message, MESSAGE_LIMIT))))
    blocks.extend(_substance(approval))
    facts = _facts(approval)
    if facts and not approval.question:
        blocks.append(context(facts))
    blocks.extend(_end(view, approval, thread))
    said = one_line(approval.message, FALLBACK_LIMIT)
    return content(mrkdwn("{head}: {said}", head=head, said=said), *blocks)


def _head(view: View, approval: Approval) -> Mrkdwn:
    who = mention(UserId(view.owner))
    if approval.resolution or approval.decision:
        return mrkdwn("*Neo asked*") if approval.question else mrkdwn("*Neo asked for approval*")
    if approval.question:
        return mrkdwn("❓ {who} *Neo asks*", who=who)
    mark = "🔴" if approval.sensitivity == "sensitive" else "🟡"
    plan = approval.approval_type == "plan_exit"
    what = "asks you to approve its plan" if plan else "asks for your approval"
    return mrkdwn("{mark} {who} *Neo {what}*", mark=mark, who=who, what=what)


def _facts(approval: Approval) -> Mrkdwn:
    facts = [f"Sensitivity: {approval.sensitivity or 'not said'}"]
    if approval.tool:
        facts.insert(0, f"Tool: {tool_in_words(approval.tool, {})}")
    return escape("  ·  ".join(facts))


def _substance(approval: Approval) -> list[Block]:
    """Return what would be done: the plan as Markdown, or the files with their line counts."""
    blocks: list[Block] = []
    if approval.plan:
        blocks.append(markdown(truncate(approval.plan, PLAN_LIMIT)))
        if len(approval.plan) > PLAN_LIMIT:
            blocks.append(context(mrkdwn("The plan goes on: read it whole in Pulumi Cloud.")))
    if approval.files:
        blocks.append(section(_files(approval.files)))
    return blocks


def _files(files: tuple[FileChange, ...]) -> Mrkdwn:
    added, removed = sum(f.added for f in files), sum(f.removed for f in files)
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    total = f"+{added} -{removed}"
    lines = [mrkdwn("*{count} changed*  {total}", count=count, total=total)]
    lines += [_file(f) for f in files[:FILES_SHOWN]]
    if len(files) > FILES_SHOWN:
        lines.append(escape(f"… and {len(files) - FILES_SHOWN} more"))
    return joined("\n", lines)


def _file(change: FileChange) -> Mrkdwn:
    path = one_line(change.path, PATH_LIMIT)
    return escape(f"• {path}  +{change.added} -{change.removed}")


def _end(view: View, approval: Approval, thread: str) -> list[Block]:
    if approval.resolution:
        return [section(_settled(approval, approval.resolution))]
    if approval.decision:
        verdict = _verdict(approval, approval.decision)
        return [section(mrkdwn("{verdict} Telling Neo …", verdict=verdict))]
    who = mention(UserId(view.owner))
    small_print = mrkdwn(
        "Only {who}, who started this task, can decide. {hint}",
        who=who,
        hint=_ANSWER_HINT if approval.question else _DECIDE_HINT,
    )
    return [*_buttons(view, approval, thread), context(small_print)]


def _buttons(view: View, approval: Approval, thread: str) -> list[Block]:
    row: list[Block] = []
    if not approval.question:
        value = ButtonValue(t=thread, s=approval.request_id, d=approval.digest).encode()
        row.append(button("Approve", APPROVE, value, style="primary"))
        row.append(button("Deny", DENY, value, style="danger"))
    if linkable(view.console_url):
        row.append(link_button("Open in Pulumi Cloud", CONSOLE, view.console_url))
    return [actions(*row)] if row else []


def _settled(approval: Approval, how: Resolution) -> Mrkdwn:
    if how.void:
        return mrkdwn("⚪ Closed, nothing was decided. {why}", why=how.void)
    return _verdict(approval, how)


def _verdict(approval: Approval, how: Resolution) -> Mrkdwn:
    who = escape(how.by) if how.elsewhere else mention(UserId(how.by))
    where = " (outside Slack)" if how.elsewhere else ""
    said = one_line(how.instructions, INSTRUCTIONS_LIMIT)
    if approval.question:
        return mrkdwn("💬 Answered by {who}{where}: {said}", who=who, where=where, said=said)
    if how.ok:
        return mrkdwn("✅ *Approved* by {who}{where}.", who=who, where=where)
    if not said:
        return mrkdwn("🚫 *Denied* by {who}{where}.", who=who, where=where)
    template = "🚫 *Denied* by {who}{where} with the words: {said}"
    return mrkdwn(template, who=who, where=where, said=said)
