"""Every sentence that the inbound side says to a person, in one place to be read as one voice."""

from bot.actions import CONTINUE_HERE, SEND_HELD, SEND_LATE, STOP, TRY_AGAIN
from bot.conversation.effects import Tell
from bot.conversation.talk import Held, Item, Talk
from bot.ids import ButtonValue
from bot.slack.blocks import actions, button, content, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, link, linkable, mention, mrkdwn
from bot.slack.ops import Content

QUOTE_LIMIT = 300

EMPTY = "I saw your mention but no words with it. Tell me what Neo should do."
NOT_ALLOWED = (
    "Sorry, you are not on the list of people who may use Neo here. "
    "Ask whoever runs this bridge to add you to NEO_SLACK_ALLOWED_USERS."
)
CHANNEL_NOT_ALLOWED = (
    "Sorry, Neo may not be used in this channel. "
    "Ask whoever runs this bridge to add it to NEO_SLACK_ALLOWED_CHANNELS."
)
SEVERAL_WAIT = (
    "Several things wait for a decision, so I can't tell which one your reply answers. "
    "Please use the buttons on the cards. I keep your reply until the agent is free."
)
ALREADY_DECIDED = (
    "That is decided already and on its way to Neo. I keep your reply until the agent is free."
)
CARD_CHANGED = (
    "The card changed after you wrote this, so it did not decide anything. Please look again. "
    "I keep your reply until the agent is free."
)
OUTDATED = "That card has changed since you saw it; nothing was decided. Please look again."
NO_LONGER_OPEN = "That was settled already; your click changed nothing."
TURN_OVER = "That turn has ended already; there is nothing to stop."
STOPPING = "Neo is being asked to stop already."
NOT_YOURS = "Only the person who wrote that message can send it."
UNKNOWN_BUTTON = "That button belongs to a conversation I no longer know."


def not_owner(owner: Mrkdwn) -> str:
    """Say who decides here, to somebody else who clicked."""
    return f"Only {owner}, who started this task, can decide or stop it. You can still reply here."


def ask_late(talk: Talk, item: Item) -> Tell:
    """Ask the author of a message found after a gap whether it still counts."""
    said = mrkdwn(
        "{who} I was away when you wrote this, so I did not act on it:\n>{quote}",
        who=mention(item.user),
        quote=one_line(item.text, QUOTE_LIMIT),
    )
    label = "Send it now" if talk.task_id else "Start it now"
    value = ButtonValue(t=talk.thread.key(), s=item.ts).encode()
    shown = content(said, section(said), actions(button(label, SEND_LATE, value)))
    return Tell(f"{talk.thread.key()}/late/{item.ts}", shown)


def offer_held(talk: Talk, held: Held) -> Tell:
    """Offer to send a reply as the answer, where people talk to each other."""
    said = mrkdwn(
        "{who} I did not take this as your answer, since others talk here too:\n>{quote}\n"
        "Send it, and Neo takes it as: no, and why.",
        who=mention(talk.owner),
        quote=one_line(held.item.text, QUOTE_LIMIT),
    )
    value = ButtonValue(t=talk.thread.key(), s=held.item.ts, d=held.digest).encode()
    shown = content(said, section(said), actions(button("Send it to Neo", SEND_HELD, value)))
    return Tell(f"{talk.thread.key()}/held/{held.item.ts}", shown)


def start_failed(talk: Talk, attempt: int, why: str) -> Tell:
    """Say that no task was started, with a button to try again."""
    said = mrkdwn("❌ {who} *No task was started.* {why}", who=mention(talk.owner), why=why)
    value = ButtonValue(t=talk.thread.key(), s=str(attempt)).encode()
    shown = content(said, section(said), actions(button("Try again", TRY_AGAIN, value)))
    return Tell(f"{talk.thread.key()}/start-failed/{attempt}", shown)


def message_refused(talk: Talk, instant: float, why: str) -> Tell:
    """Say that Neo did not take a message."""
    template = "❌ {who} *Neo did not take the last message.* {why}"
    return _tell(talk, "refused", instant, mrkdwn(template, who=mention(talk.owner), why=why))


def decision_refused(talk: Talk, instant: float, why: str) -> Tell:
    """Say that a decision did not reach Neo, and that the card is open again."""
    template = "❌ {who} *Your decision did not reach Neo.* {why} The card above is open again."
    return _tell(talk, "undecided", instant, mrkdwn(template, who=mention(talk.owner), why=why))


def stop_refused(talk: Talk, instant: float, why: str) -> Tell:
    """Say that the agent was asked to stop and goes on."""
    template = "⚠️ {who} *Neo did not stop.* {why}"
    return _tell(talk, "unstopped", instant, mrkdwn(template, who=mention(talk.owner), why=why))


def moved_here(thread: str, title: str, turn: int, console_url: str) -> Content:
    """Tell the owner in private that the thread is gone while its task is not."""
    where = link(console_url, "Pulumi Cloud") if linkable(console_url) else "Pulumi Cloud"
    said = mrkdwn(
        "I can't post in the thread of *{title}* any more. The task itself goes on in {where}.",
        title=title or "your Neo task",
        where=where,
    )
    here = button("Continue here", CONTINUE_HERE, ButtonValue(t=thread, s="here").encode())
    stop = button("Stop", STOP, ButtonValue(t=thread, s=str(turn)).encode())
    return content(said, section(said), actions(here, stop))


def _tell(talk: Talk, what: str, instant: float, said: Mrkdwn) -> Tell:
    return Tell(f"{talk.thread.key()}/{what}/{instant:.3f}", content(said, section(said)))
