"""The forms that somebody fills in: an answer to what Neo asked, a task's title. Pure."""

from bot.actions import ANSWER_FORM, DENY_FORM, RENAME_FORM
from bot.neo.wire import TASK_NAME_LIMIT
from bot.slack.blocks import section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Block
from bot.slack.views import form, line_field, text_field

QUOTE_LIMIT = 300
"""Characters of what was asked that a form repeats."""


def answer_form(value: str, *, message: str, question: bool) -> Block:
    """Return the form for a denial, or for an answer to a question; `message` is what Neo asks.

    `value` is that of the button that opened it: what is entered belongs to what was shown then.
    """
    quote = one_line(message, QUOTE_LIMIT) or "What Neo asks."
    if question:
        return form(
            "Answer Neo",
            [section(mrkdwn(">{quote}", quote=quote))],
            submit="Answer",
            callback_id=ANSWER_FORM,
            metadata=value,
            field=text_field("Your answer", optional=False),
        )
    return form(
        "Deny",
        [section(mrkdwn("Neo will not do this:\n>{quote}", quote=quote))],
        submit="Deny",
        callback_id=DENY_FORM,
        metadata=value,
        field=text_field("What should Neo do instead?", optional=True),
    )


def rename_form(value: str, *, title: str) -> Block:
    """Return the form for a task's title; `value` is that of the menu entry that opened it."""
    return form(
        "Rename the task",
        [],
        submit="Rename",
        callback_id=RENAME_FORM,
        metadata=value,
        field=line_field("New title", at_most=TASK_NAME_LIMIT, filled=title),
    )
