"""What the bot says about stops, and what is left to do where one does not help. Pure."""

from bot.actions import FORCE_STOP, SEND_LATE
from bot.conversation.effects import Tell
from bot.conversation.items import Item
from bot.conversation.pending import PendingStop
from bot.conversation.sentences import QUOTE_LIMIT
from bot.conversation.talk import Talk
from bot.ids import ButtonValue
from bot.slack.blocks import actions, button, confirmation, content, section
from bot.slack.chars import one_line
from bot.slack.mrkdwn import joined, mention, mrkdwn
from bot.slack.ops import Block

TURN_OVER = mrkdwn("There is nothing to stop: that turn is over.")

STOPPING = mrkdwn("Neo is being asked to stop.")

CANNOT_BE_INTERRUPTED = (
    "It is in the middle of something that can't be interrupted. Try again soon."
)

CANNOT_BE_RESET = "Its runtime could not be reset. Try again, or stop it in Pulumi Cloud."

FORCE = "Force stop ends its runtime at once. A deployment that is under way may be left half done."


def stop_refused(talk: Talk, stop: PendingStop, why: str) -> Tell:
    """Say that the agent was asked to stop and goes on, and offer what is left to do."""
    template = "⚠️ {who} *Neo did not stop.* {why}\n" + FORCE
    said = mrkdwn(template, who=mention(talk.owner), why=why)
    shown = content(said, section(said), force_stop(talk, stop.turn))
    return Tell(f"{talk.thread.key()}/unstopped/{stop.instant:.3f}", shown)


def not_over_yet(talk: Talk, stop: PendingStop) -> Tell:
    """Say that the agent goes on although it was asked to stop, and offer what is left to do."""
    template = "⚠️ {who} *Neo was asked to stop, and has not stopped yet.*\n" + FORCE
    said = mrkdwn(template, who=mention(talk.owner))
    shown = content(said, section(said), force_stop(talk, stop.turn))
    return Tell(f"{talk.thread.key()}/not-over/{stop.instant:.3f}", shown)


def stop_untold(talk: Talk, instant: float, why: str) -> Tell:
    """Say that nobody can tell whether the agent was asked to stop."""
    template = "⚠️ {who} *I can't tell whether Neo was asked to stop.* {why}"
    said = mrkdwn(template, who=mention(talk.owner), why=why)
    return Tell(f"{talk.thread.key()}/untold/{instant:.3f}", content(said, section(said)))


def still_stopping(talk: Talk) -> tuple[Block, ...]:
    """Return what somebody sees who stops once more: that it is under way, and the last resort."""
    turn = talk.stop.turn if talk.stop else 0
    return (section(joined(" ", (STOPPING, mrkdwn(FORCE)))), force_stop(talk, turn))


def force_stop(talk: Talk, turn: int) -> Block:
    """Return the button that kills the runtime of the task, after a question."""
    value = ButtonValue(t=talk.thread.key(), s=str(turn)).encode()
    sure = confirmation(
        "Force stop?", FORCE, confirm="Force stop", deny="Let it go on", style="danger"
    )
    return actions(button("Force stop", FORCE_STOP, value, style="danger", confirm=sure))


def given_back(talk: Talk, item: Item) -> Tell:
    """Give a message back that was said to a turn which was stopped."""
    said = mrkdwn(
        "{who} This waited for Neo when the task was stopped, so it was not sent:\n>{quote}",
        who=mention(item.user),
        quote=one_line(item.content, QUOTE_LIMIT),
    )
    value = ButtonValue(t=talk.thread.key(), s=item.ts).encode()
    shown = content(said, section(said), actions(button("Send it now", SEND_LATE, value)))
    again = f"/{item.given_back}" if item.given_back else ""
    return Tell(f"{talk.thread.key()}/returned/{item.ts}{again}", shown)
