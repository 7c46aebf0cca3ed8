"""Why a thread can't be posted to any more, in words, and what a person can do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.actions import CONTINUE_HERE, STOP
from bot.ids import ButtonValue
from bot.slack.blocks import actions, button, content, section
from bot.slack.mrkdwn import link, linkable, mrkdwn
from bot.slack.ops import Content
from bot.view import View


@dataclass(frozen=True, slots=True)
class Loss:
    """One way to lose a thread: `why` ends a sentence, `remedy` begins one; it may be empty."""

    why: str
    remedy: str = ""


_NO_ROOT = Loss("the message that it began with was deleted")
_ARCHIVED = Loss("its channel is archived", "Unarchive the channel and reply there")
_LEFT = Loss("I am not in its channel", "Invite me again and reply there")
_FORBIDDEN = Loss(
    "Slack's rules for that channel don't let me",
    "Ask whoever manages the channel to let me post, and reply there",
)
_LOCKED = Loss("it is locked", "Unlock it and reply there")
_NO_THREADS = Loss(
    "its channel takes no replies in threads", "Allow threads in the channel and reply there"
)

_LOSSES: Mapping[str, Loss] = {
    "root_deleted": _NO_ROOT,
    "message_not_found": _NO_ROOT,
    "thread_not_found": _NO_ROOT,
    "cannot_reply_to_message": _NO_ROOT,
    "is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    "channel_archive": _ARCHIVED,
    "group_archive": _ARCHIVED,
    "channel_deleted": Loss("its channel was deleted"),
    "group_deleted": Loss("its channel was deleted"),
    "channel_not_found": Loss(
        "its channel is gone or closed to me", "If it still exists, invite me again and reply there"
    ),
    "not_in_channel": _LEFT,
    "member_left_channel": _LEFT,
    "channel_left": _LEFT,
    "group_left": _LEFT,
    "no_access": _LEFT,
    "channel_is_limited_access": _LEFT,
    "posting_to_channel_denied": _FORBIDDEN,
    "restricted_action": _FORBIDDEN,
    "restricted_action_read_only_channel": Loss(
        "its channel is read-only for me",
        "Ask whoever manages the channel to let me post, and reply there",
    ),
    "restricted_action_thread_only_channel": _FORBIDDEN,
    "restricted_action_non_threadable_channel": _NO_THREADS,
    "restricted_action_thread_locked": _LOCKED,
    "thread_locked": _LOCKED,
    "messages_tab_disabled": Loss(
        "direct messages to me are switched off",
        "Ask whoever manages this app to switch on its Messages tab, and reply there",
    ),
}
"""By the error word of a call (Slack's method reference), or the type of the event that told."""


def loss_of(code: str) -> Loss:
    """Return what Slack's word for a loss means; one that we don't know is shown as it is."""
    if code in _LOSSES:
        return _LOSSES[code]
    remedy = _FORBIDDEN.remedy if code.startswith("restricted_action") else ""
    return Loss(f"Slack says {code}", remedy)


def lost_thread(thread: str, view: View, code: str) -> Content:
    """Tell a task's owner in private that its thread is gone while the task is not.

    `thread` is the conversation's key, carried by the buttons.
    """
    loss = loss_of(code)
    url = view.console_url
    said = mrkdwn(
        "I can't post in the thread of *{title}* any more: {why}. Neo works on all the same; you "
        "can see it in {where}.\n{remedy}.",
        title=view.title or "your Neo task",
        why=loss.why,
        where=link(url, "Pulumi Cloud") if linkable(url) else "Pulumi Cloud",
        remedy=f"{loss.remedy}, or continue here" if loss.remedy else "You can continue here",
    )
    turn = str(view.turn.number if view.turn else 0)
    here = button("Continue here", CONTINUE_HERE, ButtonValue(t=thread, s="here").encode())
    stop = button("Stop", STOP, ButtonValue(t=thread, s=turn).encode())
    return content(said, section(said), actions(here, stop))
