"""Answers `/neo` at once: what only reads is answered here, what acts goes into the inbox."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.commands import (
    HELP,
    Help,
    Problem,
    Prompt,
    Quiet,
    Status,
    StopTask,
    parse,
    take_options,
)
from bot.conversation.sentences import CHANNEL_NOT_ALLOWED, NOT_ALLOWED
from bot.conversation.talk import Talk
from bot.errors import SlackError
from bot.ids import UserId
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.inbound import Commanded, Received, SessionStopped, SlashCommand
from bot.slack.mrkdwn import (
    Mrkdwn,
    code,
    code_block,
    escape,
    joined,
    link,
    linkable,
    mrkdwn,
    one_line,
)
from bot.slack.text import readable
from bot.store.records import Records
from bot.view import Outcome, TurnState, View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOKED_AT = 200
"""Conversations of the workspace, the last used first, among which a person's own are found."""

LISTED = 10
TITLE_LIMIT = 80

ASKED_SECONDS = 1.0
"""The longest that Slack is asked whether the bot is in a channel: an answer has 2.5 seconds."""

NO_TASKS = mrkdwn("You have no Neo tasks yet. `/neo help` says how to start one.")
NOTHING_RUNS = mrkdwn(
    "None of your tasks is at work, so there is nothing to stop. "
    "A task is stopped by the person who started it."
)
WHICH = mrkdwn("Several of your tasks are at work. Stop one of them by a word of its title:")
NOT_IN_DIRECT = mrkdwn("In a direct message Neo always hears everything. Use this in a channel.")
QUIET = mrkdwn(
    "In *new* threads of this channel Neo hears only messages that mention me. "
    "`/neo channel talk` changes that."
)
TALKATIVE = mrkdwn(
    "In *new* threads of this channel Neo hears every reply. `/neo channel quiet` changes that."
)
SET = mrkdwn(
    "Threads that are there already stay as they are; the menu on a thread's card changes that one."
)

_OUTCOMES = {
    Outcome.FINISHED: "✅ done",
    Outcome.FAILED: "❌ failed",
    Outcome.CANCELLED: "⏹️ stopped",
}


@dataclass(frozen=True, slots=True)
class _Task:
    """One of a person's tasks; it has no view yet where it is about to start."""

    talk: Talk
    view: View | None

    @property
    def is_at_work(self) -> bool:
        """Whether the agent works, asks, or is about to begin."""
        return self.talk.is_busy(self.view)

    @property
    def can_stop(self) -> bool:
        """Whether there is a turn that a stop can be aimed at."""
        return self.view is not None and self.view.state is not TurnState.IDLE

    @property
    def title(self) -> str:
        """Return Neo's name for it; until there is one, how the request begins."""
        first = self.talk.start.items[0] if self.talk.start else next(iter(self.talk.queue), None)
        asked = take_options(first.text)[0] if first else ""
        return one_line((self.view and self.view.title) or asked or "Neo task", TITLE_LIMIT)


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
        match parse(self._readable(command)):
            case Help():
                return HELP
            case Problem(sentence):
                return escape(sentence)
            case Status():
                return await self._status(command.user)
            case StopTask(which):
                return await self._stop(command, which)
            case Quiet(on):
                return await self._quiet(command, on=on)
            case Prompt():
                return await self._start(command)

    async def _start(self, command: SlashCommand) -> str:
        if not await self._may_post(command.channel):
            return self._how_to_invite(command)
        commanded = Commanded(
            channel=command.channel,
            user=command.user,
            text=command.text,
            channel_name=command.channel_name,
        )
        await self._intake.take(Received(input=commanded, marks=command.marks))
        return ""

    def _how_to_invite(self, command: SlashCommand) -> str:
        """Say that nothing was started, what to do, and the words, which Slack does not keep."""
        if command.is_dm:
            how = mrkdwn(
                "I am not in this conversation. Send this to me directly, or in a channel:"
            )
        else:
            how = mrkdwn(
                "I am not in this channel. Invite me with `/invite @{name}` and send this again, "
                "or send it to me directly:",
                name=self._edges.bot.name,
            )
        words = code_block(f"{command.command} {self._readable(command)}")
        return joined("\n", (mrkdwn("*No task was started.* {how}", how=how), words))

    def _readable(self, command: SlashCommand) -> str:
        """Return what was typed, with the names that Slack gives for people and channels."""
        bot = self._edges.bot.bot_user_id
        return readable(command.text, bot=bot, users={}, channels={})

    async def _may_post(self, channel: str) -> bool:
        """Ask whether the bot is in the channel; where Slack does not say, posting will show it."""
        try:
            async with asyncio.timeout(ASKED_SECONDS):
                return await self._edges.reader.is_member(channel)
        except (SlackError, TimeoutError) as error:
            log.info("membership_not_told", channel=channel, why=str(error) or "no answer")
            return True

    async def _status(self, user: UserId) -> str:
        tasks = await self._tasks_of(user)
        return self._listed(tasks) if tasks else NO_TASKS

    async def _stop(self, command: SlashCommand, which: str) -> str:
        at_work = [task for task in await self._tasks_of(command.user) if task.is_at_work]
        meant = [task for task in at_work if which.casefold() in task.title.casefold()]
        if not at_work:
            return NOTHING_RUNS
        if not meant:
            head = mrkdwn("None of your tasks at work has {word} in its title:", word=code(which))
            return joined("\n", (head, self._listed(at_work)))
        if len(meant) > 1:
            how = mrkdwn("`/neo stop word`, or press *Stop* in its thread.")
            return joined("\n", (WHICH, self._listed(meant), how))
        return await self._stop_one(command, meant[0])

    async def _stop_one(self, command: SlashCommand, task: _Task) -> str:
        title = self._titled(task)
        if not task.can_stop:
            return mrkdwn("{title} is only just starting. Try again in a moment.", title=title)
        if task.talk.stop is not None:
            return mrkdwn("Neo is already being asked to stop {title}.", title=title)
        stopped = SessionStopped(thread=task.talk.thread, user=command.user)
        await self._intake.take(Received(input=stopped, marks=command.marks))
        return mrkdwn("Asking Neo to stop {title}. Its thread shows when it has.", title=title)

    async def _quiet(self, command: SlashCommand, *, on: bool | None) -> str:
        if command.is_dm:
            return NOT_IN_DIRECT
        memory, channel = self._edges.memory, command.channel
        if on is None:
            return QUIET if await memory.is_quiet(channel) else TALKATIVE
        await memory.set_quiet(channel, quiet=on)
        log.info("channel_default_changed", channel=channel, quiet=on, by=command.user)
        return joined(" ", (QUIET if on else TALKATIVE, SET))

    async def _tasks_of(self, user: UserId) -> list[_Task]:
        """Return the person's tasks: first those that something goes on with, the last used first.

        One that is about to start is among those only.
        """
        live = await self._records.live_threads()
        keys = [*dict.fromkeys((*live, *await self._records.recent_threads(LOOKED_AT)))]
        documents = await self._records.load_many(keys, "talk")
        talks = [Talk.model_validate_json(document) for document in documents if document]
        own = [talk for talk in talks if talk.owner == user and _has_task(talk)]
        views = await self._records.load_many([talk.thread.key() for talk in own], "view")
        return [
            _Task(talk, View.model_validate_json(view) if view else None)
            for talk, view in zip(own, views, strict=True)
        ]

    def _listed(self, tasks: Sequence[_Task]) -> Mrkdwn:
        """Return a line for each task, and how many more there are."""
        lines = [self._line(task) for task in tasks[:LISTED]]
        if len(tasks) > LISTED:
            lines.append(mrkdwn("… and {more} more", more=str(len(tasks) - LISTED)))
        return joined("\n", lines)

    def _line(self, task: _Task) -> Mrkdwn:
        channel, view = (task.talk.place or task.talk.thread).channel, task.view
        parts = [mrkdwn("{state}", state=_state(task)), self._titled(task), _place(channel)]
        if view and view.unreachable:
            parts.append(mrkdwn("I can't post in its thread any more"))
        if view and linkable(view.console_url):
            parts.append(link(view.console_url, "Pulumi Cloud"))
        return joined("  ·  ", parts)

    def _titled(self, task: _Task) -> Mrkdwn:
        """Return a task's title, which leads to its thread."""
        where = task.talk.place or task.talk.thread
        return mrkdwn(
            "*{title}*", title=link(self._edges.bot.link_to(where.channel, where.root), task.title)
        )


def _has_task(talk: Talk) -> bool:
    """Whether there is a task, or will be one without anybody doing more for it."""
    if talk.task_id is not None:
        return True
    if talk.start is not None:
        return not talk.start.failed
    return any(item.opens for item in talk.queue)


def _state(task: _Task) -> str:
    """Return what a task does, in words."""
    talk, view = task.talk, task.view
    if not task.is_at_work:
        outcome = view.turn.outcome if view and view.turn else None
        return _OUTCOMES.get(outcome, "✅ done") if outcome else "✅ done"
    if view is None or view.turn is None:
        return "⏳ starting"
    if talk.stop is not None or view.turn.stopping:
        return "⏹️ stopping"
    if view.state is not TurnState.WAITING:
        return "⏳ working"
    asked = view.open_approvals[0]
    return "⏸️ waits for your " + ("answer" if asked.question else "decision")


def _place(channel: str) -> Mrkdwn:
    """Return a channel as Slack links it; a direct message has no name to show."""
    return Mrkdwn("direct message" if channel.startswith("D") else f"<#{channel}>")
