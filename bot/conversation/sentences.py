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

EMPTY = mrkdwn("You mentioned me without any words. Tell me what Neo should do.")
ONLY_FILES = mrkdwn("I can't pass files on to Neo. Tell me in words what it should do.")
FILES_LEFT_OUT = mrkdwn("Neo gets your words, but not your files: I can't pass those on.")
NOT_ALLOWED = mrkdwn(
    "You are not on the list of people who may use Neo here. "
    "Whoever runs this bridge can add you: NEO_SLACK_ALLOWED_USERS."
)
CHANNEL_NOT_ALLOWED = mrkdwn(
    "Neo may not be used in this channel. "
    "Whoever runs this bridge can add it: NEO_SLACK_ALLOWED_CHANNELS."
)

SEVERAL_WAIT = mrkdwn(
    "Nothing was decided: several cards wait, and I can't tell which one you mean. "
    "Please use their buttons."
)
ALREADY_DECIDED = mrkdwn("Your reply decided nothing: that was decided before.")
CARD_CHANGED = mrkdwn(
    "Nothing was decided: the card changed after you wrote this. Please read it again."
)
KEPT = mrkdwn("Neo gets your words as a message when this turn is over.")

OUTDATED = mrkdwn(
    "Nothing was decided: the card has changed since you saw it. Please read it again."
)
NO_LONGER_OPEN = mrkdwn("Your click changed nothing: that was settled before.")
TURN_OVER = mrkdwn("There is nothing to stop: that turn is over.")
STOPPING = mrkdwn("Neo is being asked to stop.")
NOT_YOURS = mrkdwn("Only the person who wrote that message can send it.")
SENT_AS_MESSAGE = mrkdwn(
    "It no longer waits for that decision. Neo gets your words as a message instead."
)
START_FAILED_BEFORE = mrkdwn(
    "No task was started here yet, so this waits. Press *Try again* above, and Neo gets both."
)
UNKNOWN_BUTTON = mrkdwn("That button belongs to a conversation that I no longer know.")

NEO_IS_BUSY = "Neo is too busy for a new task now."
NOT_FOUND = (
    "Neo did not answer, and in 3 minutes no task appeared. One may still: look in Pulumi Cloud "
    "before you try again, or there may be two."
)
CANNOT_BE_INTERRUPTED = (
    "It is in the middle of something that can't be interrupted. Try again soon."
)
LAPSED = "Neo could not be reached for 10 minutes."


def not_owner(owner: Mrkdwn) -> Mrkdwn:
    """Say who decides here, to somebody else who tried."""
    return mrkdwn("Only {owner} can do that, who started this task.", owner=owner)


def ask_late(talk: Talk, item: Item) -> Tell:
    """Ask the author of a message found after a gap whether it still counts."""
    said = mrkdwn(
        "{who} I was offline when you wrote this, so I did nothing about it yet:\n>{quote}\n"
        "Is it still wanted?",
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
        "{who} Was this for Neo, or for the others here? I have not sent it:\n>{quote}\n"
        "Sent, it counts as *no*, with these words as the reason.",
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


def message_refused(talk: Talk, instant: float, quote: str, why: str) -> Tell:
    """Say that Neo did not take a message."""
    said = mrkdwn(
        "❌ {who} *Neo did not take this:*\n>{quote}\n{why}",
        who=mention(talk.owner),
        quote=one_line(quote, QUOTE_LIMIT),
        why=why,
    )
    return _tell(talk, "refused", instant, said)


def decision_refused(talk: Talk, instant: float, why: str) -> Tell:
    """Say that a decision did not reach Neo, and that it has to be taken again."""
    template = (
        "❌ {who} *Your decision did not reach Neo.* {why} "
        "While the card is open, you can decide again."
    )
    return _tell(talk, "undecided", instant, mrkdwn(template, who=mention(talk.owner), why=why))


def stop_refused(talk: Talk, instant: float, why: str) -> Tell:
    """Say that the agent was asked to stop and goes on."""
    template = "⚠️ {who} *Neo did not stop.* {why}"
    return _tell(talk, "unstopped", instant, mrkdwn(template, who=mention(talk.owner), why=why))


def goes_on_here(talk: Talk, title: str) -> Tell:
    """Say that a task whose thread is gone goes on in this one."""
    said = mrkdwn("*{title}* goes on in this thread. Reply here.", title=title or "Your Neo task")
    root = talk.place.root if talk.place else talk.thread.root
    return Tell(f"{talk.thread.key()}/goes-on/{root}", content(said, section(said)))


def moved_here(thread: str, title: str, turn: int, console_url: str) -> Content:
    """Tell the owner in private that the thread is gone while its task is not."""
    where = link(console_url, "Pulumi Cloud") if linkable(console_url) else "Pulumi Cloud"
    said = mrkdwn(
        "I can't post in the thread of *{title}* any more. Neo works on all the same; you can see "
        "it in {where}.",
        title=title or "your Neo task",
        where=where,
    )
    here = button("Continue here", CONTINUE_HERE, ButtonValue(t=thread, s="here").encode())
    stop = button("Stop", STOP, ButtonValue(t=thread, s=str(turn)).encode())
    return content(said, section(said), actions(here, stop))


def _tell(talk: Talk, what: str, instant: float, said: Mrkdwn) -> Tell:
    return Tell(f"{talk.thread.key()}/{what}/{instant:.3f}", content(said, section(said)))
