"""A slash command leaves no message: its thread hangs from a root message that we post."""

import asyncio

import structlog

from bot.delivery.posts import NotVerifiable, Place, Posted, PostOutcome, Posts
from bot.errors import SlackError
from bot.ids import ThreadRef
from bot.ownership.conversations import Conversations
from bot.ownership.edges import Edges
from bot.ownership.surely import surely
from bot.slack.blocks import content, section
from bot.slack.inbound import Commanded, Heard
from bot.slack.mrkdwn import Mrkdwn, mention, mrkdwn, truncate
from bot.slack.ops import Content, ConversationsOpen, Priority
from bot.slack.text import readable
from bot.store.inbox import Entry
from bot.store.records import Commit, Records

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PROMPT_LIMIT = 2500
"""Characters of a prompt that its root message shows; Neo gets all of it."""


class Roots:
    """Starts the conversations of slash commands."""

    def __init__(
        self,
        edges: Edges,
        records: Records,
        posts: Posts,
        conversations: Conversations,
        group: asyncio.TaskGroup,
    ) -> None:
        self._edges = edges
        self._records = records
        self._posts = posts
        self._conversations = conversations
        self._group = group

    def start(self, entry: Entry, given: Commanded) -> None:
        """Post the root, then go on as if that had been the message; the inbox does not wait."""
        self._group.create_task(
            surely(lambda: self._start(entry, given), self._edges.sleep, what="root", of=entry.id)
        )

    async def _start(self, entry: Entry, given: Commanded) -> None:
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
            mentions_bot=True,
        )
        self._conversations.take(heard.thread, entry, heard)

    async def _post(self, entry: Entry, given: Commanded) -> PostOutcome | SlackError:
        try:
            return await self._posts.post(
                Place(given.channel), f"root/{entry.id}", self._root(given), Priority.ANSWER
            )
        except SlackError as error:
            return error

    def _root(self, given: Commanded) -> Content:
        prompt = readable(given.text, bot=self._edges.bot.bot_user_id, users={}, channels={})
        said = truncate(prompt, PROMPT_LIMIT).replace("\n", "\n>")
        line = mrkdwn("{who} asks Neo:\n>{said}", who=mention(given.user), said=said)
        return content(line, section(line))

    async def _say_not_started(
        self, entry: Entry, given: Commanded, outcome: NotVerifiable | SlackError
    ) -> None:
        """Tell the person in private that nothing was begun, and why."""
        why = outcome.why if isinstance(outcome, NotVerifiable) else outcome.code
        log.warning("root_not_posted", channel=given.channel, why=why)
        line = mrkdwn(
            "I could not post in <#{channel}>, so Neo was not asked ({why}). "
            "Invite me there with `/invite`, or write me here.",
            channel=Mrkdwn(given.channel),
            why=why,
        )
        try:
            direct = await self._edges.door.call(ConversationsOpen(given.user), Priority.ANSWER)
            place = Place(direct.channel)
            told = content(line, section(line))
            await self._posts.post(place, f"root-failed/{entry.id}", told, Priority.ANSWER)
        except SlackError as error:
            log.warning("not_told", entry=entry.id, code=error.code)
