"""Every sentence that the inbound side says to a person, in one place to be read as one voice."""

from collections.abc import Sequence

from bot.actions import (
    SEND_EDIT,
    SEND_LATE,
    TRY_AGAIN,
)
from bot.conversation.effects import Tell, Whisper
from bot.conversation.items import Item, LeftOut
from bot.conversation.pending import Message, PendingDecision
from bot.conversation.talk import Talk
from bot.entities import Entity
from bot.ids import ButtonValue, TaskId, ThreadRef
from bot.neo.wire import Stack
from bot.slack.blocks import actions, button, content, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import Mrkdwn, code, joined, link, linkable, mention, mrkdwn
from bot.view import EXPIRY

QUOTE_LIMIT = 300

SHORT_QUOTE = 100
NAMED = 10
"""Of messages that are listed, how many are named, and how much of each."""

SAID_TO_OTHER = mrkdwn(
    "Your message begins by mentioning somebody else, so it stays between you: Neo did not get it. "
    "Begin with me to send it to Neo."
)
EMPTY = mrkdwn("You mentioned me without any words. Tell me what Neo should do.")
NOT_ALLOWED = mrkdwn(
    "You are not on the list of people who may use Neo here. "
    "Whoever runs this bridge can add you: NEO_SLACK_ALLOWED_USERS."
)
CHANNEL_NOT_ALLOWED = mrkdwn(
    "Neo may not be used in this channel. "
    "Whoever runs this bridge can add it: NEO_SLACK_ALLOWED_CHANNELS."
)

ALREADY_DECIDED = mrkdwn("Your reply decided nothing: that was decided before.")
CARD_CHANGED = mrkdwn(
    "Nothing was decided: the card changed after you wrote this. Please read it again."
)
ANSWER_WITH_FILE = mrkdwn(
    "Nothing was decided: your answer came with a file. "
    "Please use the buttons, or say in words what Neo should do with the file."
)
DECIDED = mrkdwn("Neo gets that as your answer; the card in its thread shows it.")
KEPT = mrkdwn("Neo gets your words as a message when this turn is over.")

OUTDATED = mrkdwn(
    "Nothing was decided: the card has changed since you saw it. Please read it again."
)
PAUSED = mrkdwn(
    "Nothing was approved: an admin has paused all approvals of this workspace. "
    "You can still deny, and stop; ask them for `/neo resume`."
)
PAUSED_MEANWHILE = "An admin has paused all approvals of this workspace meanwhile."
STOPPING_MEANWHILE = "Neo is being asked to stop this task, so nothing is approved in it."
CHANGED_MEANWHILE = "What Neo asks has changed meanwhile, so it no longer counts."
FROZEN_MEANWHILE = "By the policy nothing is approved until {until}."
NO_LONGER_OPEN = mrkdwn("Your click changed nothing: that was settled before.")
NOT_YOURS = mrkdwn("Only the person who wrote that message can send it.")
STOP_TOO_EARLY = mrkdwn(
    "Nothing was stopped: Neo is only just beginning. "
    "Say it again, or press *Stop*, as soon as you see its card here."
)
SENT_AS_MESSAGE = mrkdwn(
    "It no longer waits for that decision. Neo gets your words as a message instead."
)
EDIT_SENT = mrkdwn("Neo gets your edit as a message.")
MENTIONS_ONLY = mrkdwn("In this thread, Neo hears only messages that mention me from now on.")
EVERY_REPLY = mrkdwn("In this thread, Neo hears every reply from now on.")
START_FAILED_BEFORE = mrkdwn(
    "No task was started here yet, so this waits. Press *Try again* above, and Neo gets both."
)
UNKNOWN_BUTTON = mrkdwn("That button belongs to a conversation that I no longer know.")

NOTHING_WAITS = mrkdwn(
    "Nothing of yours waits for an answer now. To start a task, write what Neo should do."
)
SEVERAL_ASK = mrkdwn(
    "Nothing was decided: Neo waits for several answers of yours. Please answer in the threads:"
)
NO_ANSWER = mrkdwn(
    "Nothing was decided: I can't tell whether that is a yes or a no. "
    "Please answer *yes* or *no*, or use the buttons in the thread."
)
NOTHING_RUNS = mrkdwn("Nothing of yours is running, so there is nothing to stop.")
SEVERAL_RUN = mrkdwn("I stopped nothing: several tasks of yours run. Press *Stop* in the thread:")
GREETED = mrkdwn("Write what Neo should do, and it starts in a thread of its own.")
TOO_LATE = mrkdwn("I was offline when you wrote this, so it did nothing.")

NEO_IS_BUSY = "Neo is too busy for a new task now."
NOT_FOUND = (
    "Neo did not answer, and in 3 minutes no task appeared. One may still: look in Pulumi Cloud "
    "before you try again, or there may be two."
)
NOT_SHOWN = (
    "I can't tell whether Neo has begun it, because I may not look. "
    "See in Pulumi Cloud before you try again, or there may be two."
)
EXPIRED_FOR_NEO = (
    "Not decided within {after}, so this request expired: it is not approved. "
    "Go on without it, or ask again if it is still needed."
)
"""What Neo gets, in the place of somebody's reason."""
LAPSED = "It did not reach Neo within 10 minutes, so it no longer counts."


def not_owner(owner: Mrkdwn) -> Mrkdwn:
    """Say who decides here, to somebody else who tried."""
    return mrkdwn("Only {owner} can do that, who started this task.", owner=owner)


def left_out(files: Sequence[LeftOut]) -> Mrkdwn:
    """Name the files that Neo does not get, each with the reason."""
    named = joined(", ", (mrkdwn("{n} ({why})", n=code(f.name), why=f.why) for f in files))
    rule = "I pass on text only, up to 256 KiB with each message."
    return mrkdwn("Neo does not get {files}. {rule}", files=named, rule=rule)


def which(head: Mrkdwn, titles: Sequence[str]) -> Mrkdwn:
    """Say that several are meant, and name them."""
    lines = (mrkdwn("• {title}", title=one_line(t, QUOTE_LIMIT) or "Neo task") for t in titles)
    return joined("\n", (head, *lines))


def offer_edit(talk: Talk, edit: Item, thread: ThreadRef) -> Whisper:
    """Ask in private whether Neo, which has a message as it was, gets its edit."""
    said = mrkdwn(
        "Neo has your message as it was. *Send the edit to Neo?*\n>{quote}",
        quote=one_line(edit.text, QUOTE_LIMIT),
    )
    value = ButtonValue(t=talk.thread.key(), s=edit.ts, d=edit.edited_ts).encode()
    blocks = (section(said), actions(button("Send the edit", SEND_EDIT, value)))
    return Whisper(edit.user, said, thread.channel, thread.root, blocks)


def ask_late(talk: Talk, item: Item) -> Tell:
    """Ask the author of a message found after a gap whether it still counts."""
    said = mrkdwn(
        "{who} I was offline when you wrote this, so I did nothing about it yet:\n>{quote}\n"
        "Is it still wanted?",
        who=mention(item.user),
        quote=one_line(item.content, QUOTE_LIMIT),
    )
    label = "Send it now" if talk.task_id else "Start it now"
    value = ButtonValue(t=talk.thread.key(), s=item.ts).encode()
    shown = content(said, section(said), actions(button(label, SEND_LATE, value)))
    return Tell(f"{talk.thread.key()}/late/{item.ts}", shown)


def start_failed(talk: Talk, attempt: int, why: str) -> Tell:
    """Say that no task was started, with a button to try again."""
    said = mrkdwn("❌ {who} *No task was started.* {why}", who=mention(talk.owner), why=why)
    value = ButtonValue(t=talk.thread.key(), s=str(attempt)).encode()
    shown = content(said, section(said), actions(button("Try again", TRY_AGAIN, value)))
    return Tell(f"{talk.thread.key()}/start-failed/{attempt}", shown)


def declined(why: str, dropped: Sequence[Item]) -> Mrkdwn:
    """Say what is wrong with a message, so that nothing was started, and what else is not sent."""
    said = mrkdwn("{why} No task was started: mention me again.", why=why)
    if not dropped:
        return said
    head = mrkdwn("Neo did not get these messages either; they have to be said again, too:")
    lines = [
        mrkdwn("• {who}: {quote}", who=mention(i.user), quote=one_line(i.content, SHORT_QUOTE))
        for i in dropped[:NAMED]
    ]
    if len(dropped) > NAMED:
        lines.append(mrkdwn("… and {more} more", more=str(len(dropped) - NAMED)))
    return joined("\n", (said, head, *lines))


def forgotten(talk: Talk, task: TaskId, url: str) -> Tell:
    """Say that the thread's earlier task is no longer known, and where it still is."""
    said = mrkdwn(
        "{who} I no longer know the task that this thread was about: after 180 days without a "
        "word I forget. You find it in {where}. I start a new one.",
        who=mention(talk.owner),
        where=link(url, "Pulumi Cloud") if linkable(url) else "Pulumi Cloud",
    )
    return Tell(f"{talk.thread.key()}/forgotten/{task}", content(said, section(said)))


def stacks_of_others(talk: Talk, stacks: Sequence[str], org: str) -> Tell:
    """Say that stacks were named which Neo can't be pointed at."""
    said = mrkdwn(
        "⚠️ {who} I work for the Pulumi organization {org}, so Neo starts without: {stacks}",
        who=mention(talk.owner),
        org=org,
        stacks=one_line(", ".join(stacks), QUOTE_LIMIT),
    )
    return Tell(f"{talk.thread.key()}/stacks/{talk.attempts}", content(said, section(said)))


def entities_refused(talk: Talk, sent: Message, why: str) -> Tell:
    """Say that Neo gets a message without what it was to look at."""
    said = mrkdwn(
        "⚠️ {who} Neo does not see what your message speaks of, so it got your words alone. "
        "Is the name right, and may the bridge's user see it?\n{names}\nNeo's own words: {why}",
        who=mention(talk.owner),
        names=one_line(", ".join(_named(e) for e in sent.entities), QUOTE_LIMIT),
        why=one_line(why, QUOTE_LIMIT),
    )
    return _tell(talk, "entities", sent.instant, said)


def message_refused(talk: Talk, instant: float, quote: str, why: str) -> Tell:
    """Say that Neo did not take a message."""
    said = mrkdwn(
        "❌ {who} *Neo did not take this:*\n>{quote}\n{why}",
        who=mention(talk.owner),
        quote=one_line(quote, QUOTE_LIMIT),
        why=why,
    )
    return _tell(talk, "refused", instant, said)


def message_untold(talk: Talk, instant: float, quote: str, why: str) -> Tell:
    """Say that nobody can tell whether Neo took a message."""
    said = mrkdwn(
        "⚠️ {who} *I can't tell whether Neo got this:*\n>{quote}\n{why} "
        "See in Pulumi Cloud before you say it again.",
        who=mention(talk.owner),
        quote=one_line(quote, QUOTE_LIMIT),
        why=why,
    )
    return _tell(talk, "untold", instant, said)


def decision_refused(talk: Talk, pending: PendingDecision, why: str) -> Tell:
    """Say that a decision did not reach Neo, and that it has to be taken again."""
    template = (
        "❌ {who} *{what} did not reach Neo.* {why} While the card is open, you can decide again."
    )
    what = "That this has expired" if pending.user == EXPIRY else "Your decision"
    said = mrkdwn(template, who=_deciders(talk, pending), what=what, why=why)
    return _tell(talk, "undecided", pending.instant, said)


def _deciders(talk: Talk, pending: PendingDecision) -> Mrkdwn:
    """Mention everybody whose word is needed again."""
    if pending.user == EXPIRY:
        return mention(talk.owner)
    return joined(" ", (mention(user) for user in (*pending.also, pending.user)))


def decision_untold(talk: Talk, pending: PendingDecision, why: str) -> Tell:
    """Say that nobody can tell whether a decision reached Neo, and that it can be taken again."""
    template = (
        "⚠️ {who} *I can't tell whether your decision reached Neo.* {why} "
        "While the card is open, you can decide again."
    )
    said = mrkdwn(template, who=_deciders(talk, pending), why=why)
    return _tell(talk, "untold", pending.instant, said)


def goes_on_here(talk: Talk, title: str) -> Tell:
    """Say that a task whose thread is gone goes on in this one."""
    said = mrkdwn("*{title}* goes on in this thread. Reply here.", title=title or "Your Neo task")
    root = talk.place.root if talk.place else talk.thread.root
    return Tell(f"{talk.thread.key()}/goes-on/{root}", content(said, section(said)))


def _named(entity: Entity) -> str:
    if isinstance(entity, Stack):
        return f"stack {entity.project}/{entity.name}"
    return f"repository {entity.org}/{entity.name}"


def _tell(talk: Talk, what: str, instant: float, said: Mrkdwn) -> Tell:
    return Tell(f"{talk.thread.key()}/{what}/{instant:.3f}", content(said, section(said)))
