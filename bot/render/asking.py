"""What a view keeps of what Neo asks, and of who made it ask. Pure."""

from bot.approvals.diffs import excerpt, whole
from bot.approvals.digest import changes_in, digest_of
from bot.approvals.replies import Meaning, meaning_of
from bot.asked import Approval, Asker, Card
from bot.neo.events import ApprovalRequested, AssistantSaid, Triggered, UserSaid
from bot.render.changed_files import kept_files
from bot.render.outputs import PostFile
from bot.render.substance import in_full, kept
from bot.render.words import tool_in_words
from bot.slack.chars import clean, length, one_line
from bot.told import Told
from bot.view import SAME_INSTANT, RunningTool, Turn, View

WORDS_LIMIT = 500
"""Characters kept of a line: more than any card shows of it, and views stay small."""

ASKER_LIMIT = 300
"""Characters kept of the message that made Neo ask."""

OPTIONS_KEPT = 10
OPTION_LIMIT = 500
"""Answers that a card offers, and how long one may be: it is sent to Neo as it is, never cut."""

SINCE_KEPT = 10
"""Files that a card names of what changed since the last approval."""

LONG_DIFF = 4_000
LONG_DIFF_LINES = 60
"""Characters and lines of a diff that is put into the thread as a file as well."""

DIFF_NAME = "neo-changes.diff"

CALLS_KEPT = 20
"""Of one message of the agent, how many calls a turn remembers."""


def asked_now(
    event: ApprovalRequested, view: View, turn: Turn, *, now: float, card: Card
) -> Approval:
    """Return what is asked as its card will show it; `now` in seconds since the epoch."""
    message, plan = kept(event.message, event.plan)
    files, left = kept_files(changes_in(dict(event.git_diff)))
    since = dict(event.last_approval_diff or {})
    since_files, since_left = kept_files(changes_in(since), SINCE_KEPT)
    options = _options(event)
    return Approval(
        request_id=event.request_id,
        turn=turn.number,
        approval_type=one_line(event.approval_type, WORDS_LIMIT),
        sensitivity=one_line(event.sensitivity, WORDS_LIMIT),
        tool=_tool(event, turn),
        asker=view.asker,
        question=event.is_question,
        message=message,
        plan=plan,
        files=files,
        files_left=left,
        since=since_files,
        since_left=since_left,
        excerpt=excerpt(since or event.git_diff),
        diff_attached=_is_long(event),
        options=options[:OPTIONS_KEPT],
        options_left=len(options[OPTIONS_KEPT:]),
        digest=digest_of(event),
        asked_at=now,
        card=card,
    )


def attachments(event: ApprovalRequested) -> list[PostFile]:
    """Return the files that say what the card has no room for."""
    files = in_full(event.message, event.plan)
    if _is_long(event):
        files.append(PostFile(DIFF_NAME, "What Neo would change", whole(event.git_diff)))
    return files


def asker_of(event: UserSaid, told: Told, *, ours: bool) -> Asker:
    """Return who said a message: ours is known better from what the conversation told."""
    stamp = event.timestamp.timestamp() if event.timestamp else 0.0
    if ours and abs(told.asker.instant - stamp) < SAME_INSTANT:
        return told.asker
    words = one_line(event.content, ASKER_LIMIT)
    if ours:
        return Asker(words=words)
    return Asker(by=one_line(event.actor, WORDS_LIMIT) or "somebody", words=words, elsewhere=True)


def automation(event: Triggered) -> Asker:
    """Return the automation that speaks in the user's place."""
    words = one_line(event.instructions, ASKER_LIMIT)
    return Asker(by="an automation", words=words, elsewhere=True)


def called_by(event: AssistantSaid) -> tuple[RunningTool, ...]:
    """Return the tools that a message of the agent calls, in words."""
    calls = event.tool_calls[:CALLS_KEPT]
    return tuple(
        RunningTool(id=call.id, words=tool_in_words(call.name, call.args)) for call in calls
    )


def _tool(event: ApprovalRequested, turn: Turn) -> str:
    """Return the tool that asks, with what it works on where its call was seen."""
    known = (*turn.tools, *turn.called)
    of_call = (tool.words for tool in known if event.tool_call_id and tool.id == event.tool_call_id)
    named = tool_in_words(event.tool_name, {}) if event.tool_name else ""
    return next(of_call, named)


def _options(event: ApprovalRequested) -> tuple[str, ...]:
    """Return the answers that the agent offers, each once, without those that are too long.

    On an approval, a plain yes or no is what our own buttons say.
    """
    words = dict.fromkeys(clean(option).strip() for option in event.buttons)
    offered = (o for o in words if o and length(o) <= OPTION_LIMIT)
    return tuple(o for o in offered if event.is_question or meaning_of(o) is Meaning.OTHER)


def _is_long(event: ApprovalRequested) -> bool:
    text = whole(event.git_diff)
    return length(text) > LONG_DIFF or text.count("\n") > LONG_DIFF_LINES
