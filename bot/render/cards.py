"""Cards as they look for a given view: progress of a turn, an approval, a question. Pure."""

from bot.render.approval_card import approval_card
from bot.render.progress_card import progress_card
from bot.slack.ops import Content
from bot.view import View


def show(view: View, key: str, *, thread: str, now: float) -> Content | None:
    """Return what the card `key` shows, None when the view no longer has it.

    `thread` is the conversation's key, carried by the buttons; `now` in seconds since the epoch.
    """
    if turn := view.turn_of(key):
        return progress_card(view, turn, thread=thread, now=now)
    if approval := view.approval_of(key):
        return approval_card(view, approval, thread=thread)
    return None
