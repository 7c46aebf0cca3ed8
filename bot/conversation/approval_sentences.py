"""What the inbound side says about what Neo asked, and the buttons that go with it. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.actions import DENY_PLAINLY, SEND_HELD, SEND_WHICH, numbered
from bot.asked import Approval
from bot.conversation.effects import Tell, Whisper, to_author
from bot.conversation.talk import Held, Talk
from bot.ids import ButtonValue
from bot.slack.blocks import actions, button, confirmation, content, section
from bot.slack.chars import one_line
from bot.slack.inbound import Heard
from bot.slack.limits import BUTTON_TEXT
from bot.slack.mrkdwn import mention, mrkdwn, neutralise
from bot.slack.ops import Block

QUOTE_LIMIT = 300

MOST_MEANT = 10
"""Things that a reply may be meant for, each with a button."""

NO_DENIAL_FORM = mrkdwn(
    "I could not open the form for your reason. You can deny without one, or reply in the thread "
    "with what Neo should do instead."
)
NO_ANSWER_FORM = mrkdwn(
    "I could not open the form. Reply in the thread: your words are the answer."
)
NOT_YET = mrkdwn("That card is only just being put up. Please press it again in a moment.")
NO_REVIEW = mrkdwn("I could not open the review. Please press *Review* again.")
NOT_READ = mrkdwn(
    "Neo does not tell me now what it asks, so I can't show it whole. Try again in a minute, or "
    "see it in Pulumi Cloud."
)
NOT_SHOWN = mrkdwn(
    "I could not show it here. Close this and press the button again, or see it in Pulumi Cloud."
)
REVIEW_CHANGED = mrkdwn("This has changed since the card that you clicked. It is as Neo asks now.")


def ask_which(talk: Talk, heard: Heard, words: str, meant: Sequence[Approval]) -> Whisper:
    """Ask in private which of several things a reply answers, with a button for each."""
    said = mrkdwn(
        "Several things wait for you. *Which one did you mean by this?*\n>{quote}",
        quote=one_line(words, QUOTE_LIMIT),
    )
    thread, row = talk.thread.key(), list[Block]()
    for number, approval in enumerate(meant[:MOST_MEANT]):
        label = one_line(neutralise(approval.message), BUTTON_TEXT) or f"Number {number + 1}"
        value = ButtonValue(t=thread, s=heard.ts, d=approval.digest).encode()
        row.append(button(label, numbered(SEND_WHICH, number), value))
    asked = to_author(heard, said, surely=True)
    return replace(asked, blocks=(section(said), actions(*row)))


def offer_plain_denial(value: str) -> tuple[Block, ...]:
    """Return the way to deny without the form, which asks once more: the click meant another."""
    said = "Neo is told no, without a reason."
    asked = confirmation("Deny this?", said, confirm="Deny", deny="Back")
    plainly = button("Deny plainly", DENY_PLAINLY, value, style="danger", confirm=asked)
    return (section(NO_DENIAL_FORM), actions(plainly))


def offer_held(talk: Talk, held: Held) -> Tell:
    """Offer to send a reply as the answer, where people talk to each other."""
    said = mrkdwn(
        "{who} Was this for Neo, or for the others here? I have not sent it:\n>{quote}\n"
        "Sent, it counts as *no*, with these words as the reason.",
        who=mention(talk.owner),
        quote=one_line(held.item.content, QUOTE_LIMIT),
    )
    value = ButtonValue(t=talk.thread.key(), s=held.item.ts, d=held.digest).encode()
    shown = content(said, section(said), actions(button("Send it to Neo", SEND_HELD, value)))
    return Tell(f"{talk.thread.key()}/held/{held.item.ts}", shown)
