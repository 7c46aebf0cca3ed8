"""Short lines beside the agent's own words: warnings, errors, pull requests, other users."""

from bot.ids import UserId
from bot.neo.events import ContextCompressed, Entity, Triggered, UserSaid
from bot.render.outputs import Output, PostText
from bot.render.words import pull_request_in_words
from bot.slack.blocks import content, section
from bot.slack.chars import one_line, truncate
from bot.slack.limits import UPDATE_TEXT
from bot.slack.mrkdwn import Mrkdwn, link, mention, mrkdwn, shorten
from bot.slack.ops import Content, Priority
from bot.view import EXPIRY, Resolution

NOTE_LIMIT = 2500
"""Characters of a warning or error that are shown; the console has the rest."""

NAME_LIMIT = 100


def _note(line: Mrkdwn, priority: Priority) -> PostText:
    return PostText(content(line, section(line)), priority)


def _said(words: str) -> str:
    return truncate(words.strip(), NOTE_LIMIT) or "(no words with it)"


def warned(message: str) -> PostText:
    """Say what the person should know; the turn goes on."""
    return _note(mrkdwn("⚠️ {said}", said=_said(message)), Priority.TEXT)


def failed(message: str, *, quiet: bool) -> PostText:
    """Say that the turn ended in an error, with Neo's own sentence; `quiet`: as in `stopped`."""
    template = "❌ *Neo ended this turn with an error.* {go_on}\n{said}"
    line = mrkdwn(template, go_on=_go_on(quiet=quiet), said=_said(message))
    return _note(line, Priority.DECISION)


def stream_refused(why: str) -> PostText:
    """Say that Neo does not let us follow this task any more."""
    line = mrkdwn("❌ *I can't follow this task any more.* {why}", why=why)
    return _note(line, Priority.DECISION)


def stopped(*, quiet: bool) -> PostText:
    """Say that the turn was stopped; `quiet`: in a thread where Neo hears mentions only."""
    line = mrkdwn("⏹️ Stopped. {go_on}", go_on=_go_on(quiet=quiet))
    return _note(line, Priority.DECISION)


def expired(owner: str, how: Resolution) -> list[Output]:
    """Say what became of the task whose request expired; nothing where somebody decided."""
    if how.by != EXPIRY or how.elsewhere:
        return []
    template = (
        "⌛ {who} *A request of Neo's expired:* not decided in time, so it is not approved. Neo "
        "was told so, and goes on without it or asks again."
    )
    return [_note(mrkdwn(template, who=mention(UserId(owner))), Priority.DECISION)]


def _go_on(*, quiet: bool) -> str:
    return "Mention me here to go on." if quiet else "Reply here to go on."


def said_elsewhere(event: UserSaid) -> PostText:
    """Show what somebody typed in the console or the command line, so that answers make sense."""
    who = one_line(event.actor, NAME_LIMIT) or "Somebody"
    line = mrkdwn("💬 *{who}* wrote outside Slack:\n{said}", who=who, said=_said(event.content))
    return _note(line, Priority.TEXT)


def triggered(event: Triggered) -> PostText:
    """Show what an automation asked for in the user's place."""
    line = mrkdwn("⚙️ *An automation* asked:\n{said}", said=_said(event.instructions))
    return _note(line, Priority.TEXT)


def pull_request(entity: Entity) -> PostText:
    """Show a pull request that Neo opened."""
    name, url = pull_request_in_words(entity)
    shown = link(url, name) if url else name
    return _note(mrkdwn("🔀 Pull request opened: {shown}", shown=shown), Priority.ANSWER)


def compressing(event: ContextCompressed) -> str:
    """Return the progress card's line while the agent shortens its context, empty when done."""
    if event.status != "compressing":
        return ""
    return one_line(event.message, NOTE_LIMIT) or "Shortening the conversation's context"


def plain(refused_content: Content) -> Content:
    """Return the text of a message whose blocks Slack refused."""
    return Content(shorten(Mrkdwn(refused_content.text), UPDATE_TEXT))


def refused(what: str, code: str) -> Content:
    """Say that Slack did not take something of Neo's; `code` is Slack's word for why."""
    said = mrkdwn(
        "⚠️ {what} of Neo's belongs here, but Slack did not take it ({code}). Pulumi Cloud has it.",
        what=what,
        code=code,
    )
    return content(said, section(said))


def unsure(why: str) -> Content:
    """Say that something of Neo's may or may not stand above."""
    said = mrkdwn(
        "⚠️ A message of Neo's belongs here. Whether it arrived could not be checked, so it is not "
        "repeated; Pulumi Cloud has it. ({why})",
        why=why,
    )
    return content(said, section(said))
