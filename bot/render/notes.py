"""Short lines beside the agent's own words: warnings, errors, pull requests, other users."""

from bot.neo.events import ContextCompressed, Entity, UserSaid
from bot.render.outputs import PostText
from bot.render.words import pull_request_in_words
from bot.slack.blocks import content, section
from bot.slack.chars import truncate
from bot.slack.mrkdwn import Mrkdwn, link, mrkdwn
from bot.slack.ops import Priority

NOTE_LIMIT = 2500
"""Characters of a warning or error that are shown; the console has the rest."""


def _note(line: Mrkdwn, priority: Priority) -> PostText:
    return PostText(content(line, section(line)), priority)


def warned(message: str) -> PostText:
    """Say what the person should know; the turn goes on."""
    return _note(mrkdwn("⚠️ {said}", said=truncate(message, NOTE_LIMIT)), Priority.TEXT)


def failed(message: str) -> PostText:
    """Say that the turn ended in an error, with Neo's own sentence."""
    template = "❌ *Neo ended this turn with an error.* Reply here to go on.\n{said}"
    line = mrkdwn(template, said=truncate(message, NOTE_LIMIT))
    return _note(line, Priority.DECISION)


def stream_refused(why: str) -> PostText:
    """Say that Neo does not let us follow this task any more."""
    line = mrkdwn("❌ *I can't follow this task any more.* {why}", why=why)
    return _note(line, Priority.DECISION)


def stopped() -> PostText:
    """Say that the turn was stopped."""
    return _note(mrkdwn("⏹️ Stopped. Reply here to go on."), Priority.DECISION)


def said_elsewhere(event: UserSaid) -> PostText:
    """Show what somebody typed in the console or the command line, so that answers make sense."""
    who, said = event.actor or "Somebody", truncate(event.content, NOTE_LIMIT)
    return _note(mrkdwn("💬 *{who}* outside Slack: {said}", who=who, said=said), Priority.TEXT)


def pull_request(entity: Entity) -> PostText:
    """Show a pull request that Neo opened."""
    name, url = pull_request_in_words(entity)
    shown = link(url, name) if url else name
    return _note(mrkdwn("🔀 Pull request opened: {shown}", shown=shown), Priority.ANSWER)


def compressing(event: ContextCompressed) -> str:
    """Return the progress card's line while the agent shortens its context, empty when done."""
    if event.status != "compressing":
        return ""
    return event.message or "shortening the conversation's context"
