"""Answers `/neo` at once: what only reads is answered here, what acts goes into the inbox."""

import asyncio

import structlog

from bot.brake import brake
from bot.commands import (
    HELP,
    Brake,
    Control,
    Help,
    ListApprovals,
    Ordinary,
    Problem,
    Prompt,
    Quiet,
    QuietThread,
    Status,
    StopTask,
    parse,
)
from bot.conversation.sentences import CHANNEL_NOT_ALLOWED, NOT_ALLOWED
from bot.conversation.stop_rights import StopRights
from bot.conversation.stop_sentences import still_stopping
from bot.conversation.talk import Talk
from bot.errors import SlackError
from bot.ids import UserId
from bot.intake import StoreIntake
from bot.ownership.edges import Edges
from bot.slack.blocks import content, section
from bot.slack.inbound import Commanded, Received, SessionStopped, SlashCommand
from bot.slack.mrkdwn import (
    Mrkdwn,
    code,
    code_block,
    escape,
    joined,
    mrkdwn,
)
from bot.slack.ops import Content
from bot.slack.text import readable
from bot.steering import steer
from bot.store.records import Records
from bot.tasks import OwnTask, listed, tasks_of, tasks_where, titled
from bot.view import TurnState
from bot.waiting import approvals_answer

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ASKED_SECONDS = 1.0
"""The longest that Slack is asked whether the bot is in a channel: an answer has 2.5 seconds."""

NO_TASKS = mrkdwn("You have no Neo tasks yet. `/neo help` says how to start one.")
NOTHING_RUNS = mrkdwn(
    "None of your tasks is at work, so there is nothing to stop. "
    "A task is stopped by the person who started it, or whom a policy names."
)
WHICH = mrkdwn("Several tasks are at work. Stop one of them by a word of its title:")
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

ONE_THREAD = (
    "I can't tell which thread you mean: Slack takes no commands there. For one thread, choose "
    "*{entry}* in the menu on its card; for new threads of this channel there is "
    "`/neo channel {word}`. To send it to Neo as it is: `/neo -- {word}`"
)


class FrontDesk:
    """Answers slash commands; any replica may."""

    def __init__(self, edges: Edges, intake: StoreIntake) -> None:
        self._edges = edges
        self._intake = intake
        self._records = Records(edges.lease)

    async def answer(self, command: SlashCommand) -> str | Content:
        """Return what the person sees at once, or "" when the channel will show it.

        Raises `StoreUnavailable` when what should happen could not be stored.
        """
        asked = parse(self._readable(command))
        if isinstance(asked, Brake):
            return await self._brake(command, asked)
        if not self._edges.admission.admits_user(command.user):
            return NOT_ALLOWED
        if not await self._admits_channel(command.channel):
            return CHANNEL_NOT_ALLOWED
        if isinstance(asked, Control):
            return await steer(self._edges, self._intake, command, asked)
        return await self._answer(command, asked)

    async def _admits_channel(self, channel: str) -> bool:
        """Whether the bot may be used in a channel, by any id that it has, or had."""
        admission, channels = self._edges.admission, self._edges.channels
        if not admission.admits_channel(channels.of(channel)):
            await channels.learn()  # another process may have heard of a new one since
        return admission.admits_channel(channels.of(channel))

    async def _answer(self, command: SlashCommand, asked: Ordinary) -> str | Content:
        match asked:
            case Help() | Problem():
                return HELP if isinstance(asked, Help) else escape(asked.sentence)
            case Status():
                return await self._status(command.user)
            case ListApprovals():
                return await approvals_answer(self._edges, command.user)
            case StopTask(which):
                return await self._stop(command, which)
            case Quiet() | QuietThread():
                return await self._quiet(command, asked)
            case Prompt():
                return await self._start(command)

    async def _brake(self, command: SlashCommand, asked: Brake) -> str:
        """Pause or resume; no list of users or channels keeps an admin from it."""
        if not self._edges.admission.knows(command.user):
            return NOT_ALLOWED
        return await brake(self._edges, command, on=asked.on)

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
        tasks = await tasks_of(self._records, user)
        return listed(self._edges.bot, tasks) if tasks else NO_TASKS

    async def _stop(self, command: SlashCommand, which: str) -> str | Content:
        at_work = await self._stoppable(command)
        meant = [task for task in at_work if which.casefold() in task.title.casefold()]
        if not at_work:
            return NOTHING_RUNS
        if not meant:
            head = mrkdwn("None of the tasks at work has {word} in its title:", word=code(which))
            return joined("\n", (head, listed(self._edges.bot, at_work)))
        if len(meant) > 1:
            how = mrkdwn("`/neo stop word`, or press *Stop* in its thread.")
            return joined("\n", (WHICH, listed(self._edges.bot, meant), how))
        return await self._stop_one(command, meant[0])

    async def _stoppable(self, command: SlashCommand) -> list[OwnTask]:
        """Return the person's own tasks at work; without any, those that they may stop here.

        Only perhaps, as far as it depends on who is in a group: that is asked when it is stopped.
        """
        own = [task for task in await tasks_of(self._records, command.user) if task.is_at_work]
        if own:
            return own

        edges = self._edges
        await edges.channels.learn()  # another process may have heard of a new id since
        rights = StopRights(edges.policy, edges.channels, edges.groups)
        here = edges.channels.of(command.channel)

        def may(talk: Talk) -> bool:
            is_here = (talk.place or talk.thread).channel in here
            return is_here and rights.may_perhaps(talk, command.user)

        return [task for task in await tasks_where(self._records, may) if task.is_at_work]

    async def _stop_one(self, command: SlashCommand, task: OwnTask) -> str | Content:
        title, view = titled(self._edges.bot, task), task.view
        if view is None or view.turn is None or view.state is TurnState.IDLE:
            return mrkdwn("{title} is only just starting. Try again in a moment.", title=title)
        if task.talk.is_stopping:
            said = mrkdwn("Neo is already being asked to stop {title}.", title=title)
            return content(said, section(said), *still_stopping(task.talk))
        turn = view.turn.number
        stopped = SessionStopped(thread=task.talk.thread, user=command.user, turn=turn)
        await self._intake.take(Received(input=stopped, marks=command.marks))
        return mrkdwn("Asking Neo to stop {title}. Its thread shows when it has.", title=title)

    async def _quiet(self, command: SlashCommand, asked: Quiet | QuietThread) -> str:
        if command.is_dm:
            return NOT_IN_DIRECT
        if isinstance(asked, QuietThread):
            return _how_to_quiet(on=asked.on)
        memory, channel, on = self._edges.memory, command.channel, asked.on
        if on is None:
            return QUIET if await memory.is_quiet(channel) else TALKATIVE
        await memory.set_quiet(channel, quiet=on)
        log.info("channel_default_changed", channel=channel, quiet=on, by=command.user)
        return joined(" ", (QUIET if on else TALKATIVE, SET))


def _how_to_quiet(*, on: bool) -> Mrkdwn:
    word, entry = ("quiet", "Only when mentioned") if on else ("talk", "Every reply")
    return mrkdwn(ONE_THREAD, word=word, entry=entry)
