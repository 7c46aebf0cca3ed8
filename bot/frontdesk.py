"""Answers `/neo` at once: what only reads is answered here, what acts goes into the inbox."""

import structlog

from bot.commands import HELP, Help, Problem, Prompt, Quiet, Status, StopTask, parse
from bot.conversation.sentences import CHANNEL_NOT_ALLOWED, NOT_ALLOWED
from bot.conversation.talk import Talk
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import Commanded, Received, SessionStopped, SlashCommand
from bot.slack.mrkdwn import Mrkdwn, escape, joined, link, linkable, mrkdwn, one_line
from bot.slack.text import readable
from bot.store.records import Records
from bot.view import TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOKED_AT = 200
"""Conversations of the workspace, the last used first, among which a person's own are found."""

LISTED = 10
TITLE_LIMIT = 80

NOT_A_MEMBER = (
    "I am not in this channel, so I can't answer here. "
    "Invite me with `/invite @{name}` and ask again, or write me a direct message."
)
NOTHING_RUNS = "Nothing of yours is running."
QUIET = "New threads in this channel: Neo hears only messages that mention me."
TALKATIVE = "New threads in this channel: Neo hears every reply."

_STATES = {
    TurnState.RUNNING: "⏳ working",
    TurnState.WAITING: "⏸️ waits for you",
    TurnState.IDLE: "✅ at rest",
}


class FrontDesk:
    """Answers slash commands; any replica may."""

    def __init__(self, edges: Edges, intake: StoreIntake) -> None:
        self._edges = edges
        self._intake = intake
        self._records = Records(edges.lease)

    async def answer(self, command: SlashCommand) -> str:
        """Return what the person sees at once, mrkdwn; empty when the channel will show it.

        Raises `StoreUnavailable` when what should happen could not be stored.
        """
        if not self._edges.admission.admits_user(command.user):
            return NOT_ALLOWED
        if not self._edges.admission.admits_channel(command.channel):
            return CHANNEL_NOT_ALLOWED
        return await self._answer(command)

    async def _answer(self, command: SlashCommand) -> str:
        bot = self._edges.bot.bot_user_id
        match parse(readable(command.text, bot=bot, users={}, channels={})):
            case Help():
                return HELP
            case Problem(sentence):
                return escape(sentence)
            case Status():
                return await self._status(command)
            case StopTask(which):
                return await self._stop(command, which)
            case Quiet(on):
                return await self._quiet(command, on=on)
            case Prompt():
                return await self._start(command)

    async def _start(self, command: SlashCommand) -> str:
        if not await self._edges.reader.is_member(command.channel):
            return NOT_A_MEMBER.format(name=self._edges.bot.name)
        commanded = Commanded(
            channel=command.channel,
            user=command.user,
            text=command.text,
            channel_name=command.channel_name,
        )
        await self._intake.take(Received(input=commanded, marks=command.marks))
        return ""

    async def _status(self, command: SlashCommand) -> str:
        own = await self._own(command)
        lines = [_line(talk, view) for talk, view in own[:LISTED]]
        if not lines:
            return "You have no Neo tasks yet. `/neo help` says how to start one."
        more = len(own) - LISTED
        rest = [mrkdwn("… and {more} more", more=str(more))] if more > 0 else []
        return joined("\n", [*lines, *rest])

    async def _stop(self, command: SlashCommand, which: str) -> str:
        busy = [
            (talk, view)
            for talk, view in await self._own(command)
            if view.state is not TurnState.IDLE and which.casefold() in _named(view).casefold()
        ]
        if not busy:
            return NOTHING_RUNS
        if len(busy) > 1:
            lines = [_line(talk, view) for talk, view in busy[:LISTED]]
            head = mrkdwn("Several run. Say which, by a word of its title: `/neo stop word`")
            return joined("\n", [head, *lines])
        talk, view = busy[0]
        stopped = SessionStopped(thread=talk.thread, user=command.user)
        await self._intake.take(Received(input=stopped, marks=command.marks))
        return mrkdwn("Stopping *{title}* …", title=_named(view))

    async def _quiet(self, command: SlashCommand, *, on: bool | None) -> str:
        memory = self._edges.memory
        if on is not None:
            await memory.set_quiet(command.channel, quiet=on)
            log.info("channel_default_changed", channel=command.channel, quiet=on)
        quiet = await memory.is_quiet(command.channel)
        return QUIET if quiet else TALKATIVE

    async def _own(self, command: SlashCommand) -> list[tuple[Talk, View]]:
        """Return the person's conversations that have a task, the last used first."""
        found: list[tuple[Talk, View]] = []
        for key in await self._records.recent_threads(LOOKED_AT):
            fields = await self._records.load(key)
            if "talk" not in fields or "view" not in fields:
                continue
            talk = Talk.model_validate_json(fields["talk"])
            if talk.owner == command.user:
                found.append((talk, View.model_validate_json(fields["view"])))
        return found


def _named(view: View) -> str:
    return one_line(view.title or "Neo task", TITLE_LIMIT)


def _line(talk: Talk, view: View) -> Mrkdwn:
    where = (talk.place or talk.thread).channel
    console = (
        mrkdwn("  ·  {link}", link=link(view.console_url, "Pulumi Cloud"))
        if linkable(view.console_url)
        else Mrkdwn("")
    )
    return mrkdwn(
        "{state}  *{title}* in {where}{console}",
        state=_STATES[view.state],
        title=_named(view),
        where=_place(where),
        console=console,
    )


def _place(channel: str) -> Mrkdwn:
    """Return a channel as Slack links it; a direct message has no name to show."""
    return Mrkdwn("a direct message" if channel.startswith("D") else f"<#{channel}>")
