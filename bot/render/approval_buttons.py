"""The buttons by which somebody answers what Neo asked, on its card and wherever else. Pure.

Each carries the digest of what was shown. A request whose id no button can carry (Neo's are UUIDs)
has none, and is answered by a reply or in the console.
"""

from bot.actions import ANSWER, APPROVE, DENY, OPTION, PAGE, REVIEW, SHARE_LINK, numbered
from bot.asked import Approval
from bot.ids import BUTTON_VALUE_LIMIT, ButtonValue
from bot.render.substance import substance
from bot.slack.blocks import button, confirmation
from bot.slack.chars import length, one_line
from bot.slack.limits import BUTTON_TEXT, CONFIRM_TEXT
from bot.slack.mrkdwn import mrkdwn, neutralise
from bot.slack.ops import Block

OPTIONS_HINT = mrkdwn("Neo offers these answers. They approve nothing: Neo gets them as a *no*.")
"""What has to stand beside the answers that Neo offers on an approval."""

_LARGEST_PAGE = 9_999
"""A number with which the longest value is measured."""


def answer_buttons(approval: Approval, *, thread: str, page: int = 0) -> list[Block]:
    """Return Approve and Deny; for a question, the answers that Neo offers, and one for others.

    `page`: of the review that they stand in.
    """
    if not _fits(approval, thread):
        return []
    if approval.question:
        answer = button("Answer", ANSWER, _value(approval, thread, page), style="primary")
        return [*option_buttons(approval, thread=thread), answer]
    value = _value(approval, thread, page)
    asked_again = _asked_again(approval) if approval.is_sensitive else None
    return [
        button("Approve", APPROVE, value, style="primary", confirm=asked_again),
        button("Deny", DENY, value, style="danger"),
    ]


def option_buttons(approval: Approval, *, thread: str) -> list[Block]:
    """Return a button for each answer that Neo offers."""
    if not _fits(approval, thread):
        return []
    return [
        button(neutralise(option), numbered(OPTION, n), _value(approval, thread, n))
        for n, option in enumerate(approval.options)
    ]


def review_button(approval: Approval, *, thread: str) -> list[Block]:
    """Return the button that shows everything, where a card may not."""
    if approval.question and substance(approval.message, approval.plan).is_whole:
        return []
    fits = _fits(approval, thread)
    return [button("Review", REVIEW, _value(approval, thread, 0))] if fits else []


def share_button(approval: Approval, *, thread: str) -> list[Block]:
    """Return the offer to the owner to let the others read the task, whose page they can't open."""
    fits = _fits(approval, thread)
    return [button("Share read-only link", SHARE_LINK, _value(approval, thread, 0))] if fits else []


def page_button(label: str, approval: Approval, *, thread: str, page: int) -> Block:
    """Return a button that turns to a page of a review."""
    return button(label, numbered(PAGE, page), _value(approval, thread, page))


def is_cut(option: str) -> bool:
    """Whether a button has no room for an answer."""
    return length(one_line(option, length(option) + 1)) > BUTTON_TEXT


def _asked_again(approval: Approval) -> Block:
    """Return the question before a sensitive approval counts."""
    said = one_line(neutralise(approval.message), CONFIRM_TEXT // 2)
    what = " ".join(filter(None, (f"{neutralise(approval.tool)}." if approval.tool else "", said)))
    marked = one_line(neutralise(approval.sensitivity), BUTTON_TEXT)
    text = one_line(f"Neo marks this as {marked}. {what}", CONFIRM_TEXT)
    return confirmation("Approve this?", text, confirm="Approve", deny="Back", style="primary")


def _fits(approval: Approval, thread: str) -> bool:
    return length(_value(approval, thread, _LARGEST_PAGE)) <= BUTTON_VALUE_LIMIT


def _value(approval: Approval, thread: str, number: int) -> str:
    return ButtonValue(t=thread, s=approval.request_id, d=approval.digest, n=number).encode()
