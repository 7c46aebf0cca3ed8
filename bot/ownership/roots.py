"""A slash command leaves no message: its thread hangs from a root message that we post."""

import asyncio
from collections.abc import Iterator

import structlog

from bot.commands import Prompt, StartOptions, parse
from bot.delivery.posts import NotVerifiable, Place, Posted, PostOutcome, Posts
from bot.errors import SlackError, SlackFeatureMissing, SlackGone, SlackRejected
from bot.ids import ThreadRef
from bot.ownership.conversations import Conversations
from bot.ownership.edges import Edges
from bot.ownership.entries import Entries
from bot.slack.blocks import content, context, section
from bot.slack.inbound import Commanded, Heard
from bot.slack.mrkdwn import Mrkdwn, code_block, joined, mention, mrkdwn, shorten
from bot.slack.ops import Content, ConversationsOpen, Priority
from bot.slack.text import readable
from bot.store.inbox import Entry
from bot.store.records import Commit, Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PROMPT_LIMIT = 2_800
"""Characters of a prompt that its root message shows; Neo gets all of it."""

FOR_GOOD = (SlackGone, SlackRejected, SlackFeatureMissing)
"""Refusals that time does not heal."""

_REASONS = {
    "is_archived": "it is archived",
    "not_in_channel": "I am not in it",
    "channel_not_found": "I am not in it",
    "restricted_action": "its settings don't let me",
    "restricted_action_read_only_channel": "its settings don't let me",
    "restricted_action_thread_only_channel": "it takes replies only",
}
"""Slack's word for why we can't post in a channel, in ours."""


class Roots:
    """Starts the conversations of slash commands."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        edges: Edges,
        records: Records,
        posts: Posts,
        conversations: Conversations,
        group: asyncio.TaskGroup,
        *,
        entries: Entries,
    ) -> None:
        self._edges = edges
        self._records = records
        self._posts = posts
        self._conversations = conversations
        self._group = group
        self._entries = entries

    def start(self, entry: Entry, given: Commanded) -> None:
        """Post the root, then go on as if that had been the message; the inbox does not wait."""
        self._group.create_task(self._entries.take(_Root(self, entry), entry, given))

    async def begin(self, entry: Entry, given: Commanded) -> None:
        """Post the root and hand over to its conversation, or tell why there is none."""
        outcome = await self._post(entry, given)
        if not isinstance(outcome, Posted):
            await self._say_not_started(entry, given, outcome)
            await self._records.commit(Commit(thread_key="", done_entries=(entry.id,)))
            return
        heard = Heard(
            thread=ThreadRef(channel=outcome.channel, root=outcome.ts),
            user=given.user,
            ts=outcome.ts,
            text=given.text,
            dm=outcome.channel.startswith("D"),
            mentions_bot=True,
        )
        await self._entries.pass_on(entry)
        self._conversations.take(heard.thread, entry, heard)

    async def _post(self, entry: Entry, given: Commanded) -> PostOutcome | SlackError:
        root = root_of(given, self._prompt(given))
        try:
            return await self._posts.post(
                Place(given.channel), f"root/{entry.id}", root, Priority.ANSWER
            )
        except FOR_GOOD as error:
            return error

    async def _say_not_started(
        self, entry: Entry, given: Commanded, outcome: NotVerifiable | SlackError
    ) -> None:
        """Tell the person in private that nothing was begun, and why."""
        why = outcome.why if isinstance(outcome, NotVerifiable) else outcome.code
        log.warning("root_not_posted", channel=given.channel, why=why)
        told = not_started(given, self._prompt(given).text, outcome)
        try:
            direct = await self._edges.door.call(ConversationsOpen(given.user), Priority.ANSWER)
            place = Place(direct.channel)
            await self._posts.post(place, f"root-failed/{entry.id}", told, Priority.ANSWER)
        except FOR_GOOD as error:
            log.warning("not_told", entry=entry.id, code=error.code)

    def _prompt(self, given: Commanded) -> Prompt:
        said = readable(given.text, bot=self._edges.bot.bot_user_id, users={}, channels={})
        command = parse(said)
        # It was one when it was taken in; should a newer version read it otherwise, all is text.
        return command if isinstance(command, Prompt) else Prompt(said)


class _Root:
    """Takes one command in."""

    def __init__(self, roots: Roots, entry: Entry) -> None:
        self._roots = roots
        self._entry = entry

    async def take(self, entry: str, given: Commanded) -> None:  # noqa: ARG002 # it is this one's
        """Begin its conversation, which finishes the entry."""
        await self._roots.begin(self._entry, given)


def root_of(given: Commanded, prompt: Prompt) -> Content:
    """Return the message that a thread hangs from: who asked, what, and with which options."""
    asked = _quoted(prompt.text)
    shown = shorten(asked, PROMPT_LIMIT)
    line = mrkdwn("{who} asks Neo:\n{asked}", who=mention(given.user), asked=shown)
    small = [*_in_words(prompt.options)]
    if shown != asked:
        size = f"{len(prompt.text):,}"
        small.append(mrkdwn("Neo gets all {size} characters", size=size))
    print_ = [context(joined("  ·  ", small))] if small else []
    return content(line, section(line), *print_)


def not_started(given: Commanded, prompt: str, outcome: NotVerifiable | SlackError) -> Content:
    """Return what the person reads in private when there is no root: why, and their words."""
    where = Mrkdwn(f"<#{given.channel}>")
    if isinstance(outcome, NotVerifiable):
        why = mrkdwn("I can't tell whether my message in {where} arrived", where=where)
    else:
        reason = _REASONS.get(outcome.code, f"Slack says {outcome.code}")
        why = mrkdwn("I can't post in {where}: {reason}", where=where, reason=reason)
    line = mrkdwn(
        "❌ *No task was started.* {why}. To start it here, send me your words:\n{words}",
        why=why,
        words=code_block(prompt),
    )
    return content(line, section(line))


def _quoted(prompt: str) -> Mrkdwn:
    """Return a prompt as a quotation; one with code as it is, where a quote mark would show."""
    if "```" in prompt:
        return mrkdwn("{prompt}", prompt=prompt)
    return joined("\n", (mrkdwn(">{line}", line=line) for line in prompt.split("\n")))


def _in_words(options: StartOptions) -> Iterator[Mrkdwn]:
    """Return what a task starts with, as small print."""
    if options.plan_mode:
        yield mrkdwn("plan first")
    if options.permission_mode:
        yield mrkdwn("{mode}", mode=options.permission_mode)
    if options.approval_mode:
        yield mrkdwn("mode {mode}", mode=options.approval_mode)
    for stack in options.stacks:
        yield mrkdwn("stack {stack}", stack=stack)
