"""The forms in which somebody answers in words what Neo asked. Pure."""

from bot.actions import ANSWER_FORM, DENY_FORM
from bot.slack.blocks import section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Block
from bot.slack.views import form, text_field

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
