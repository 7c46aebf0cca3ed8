"""A thread that can't be posted to any more: its task is kept, its owner is told in private."""

import asyncio

import structlog

from bot.conversation.talk import Talk
from bot.delivery.posts import Place, Posts
from bot.errors import SlackError
from bot.ids import ThreadRef, UserId
from bot.ownership.edges import Edges
from bot.ownership.losses import lost_thread
from bot.relay.desk import Desk
from bot.slack.ops import ConversationsOpen, Priority
from bot.store.records import Commit, Records
from bot.view import View

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Lost:
    """Marks threads as unreachable."""

    def __init__(self, edges: Edges, records: Records, posts: Posts) -> None:
        self._edges = edges
        self._records = records
        self._posts = posts
        self._one_at_a_time = asyncio.Lock()

    async def mark(self, thread: ThreadRef, why: str, desk: Desk | None) -> None:
        """Stop posting to `thread` and offer its owner to continue in the direct message.

        `desk` is that of the running relay, None when the task is not followed. The loss is often
        noticed twice at once, by the relay and by what Slack tells: the first one does it all.
        """
        if desk:
            desk.close(why)  # Slack may still take a text for a thread that nobody can open
        async with self._one_at_a_time:
            await self._mark(thread, why, desk)

    async def _mark(self, thread: ThreadRef, why: str, desk: Desk | None) -> None:
        fields = await self._records.load(thread.key())
        # Before the first event was shown there is no view in the store, but the relay has one.
        if "talk" not in fields or not (desk or "view" in fields):
            return
        talk = Talk.read(fields["talk"])
        view = desk.view if desk else talk.view_in(fields)
        if view is None or (desk and view.unreachable):
            return
        log.warning("thread_lost", thread=thread.key(), why=why)
        # Told first, so that a death in between tells again. Who goes on elsewhere at once is not
        # held up: the move counts for more than the mark (`Desk.loss`).
        await self._tell_owner(thread, talk, view, why)

        def unreachable(now: View) -> View:
            return now.model_copy(update={"unreachable": why})

        if desk:
            await desk.change(unreachable)
        else:
            document = unreachable(view).model_dump_json()
            await self._records.commit(Commit(thread_key=thread.key(), view=document))

    async def _tell_owner(self, thread: ThreadRef, talk: Talk, view: View, why: str) -> None:
        content = lost_thread(thread.key(), view, why)
        try:
            direct = await self._edges.door.call(
                ConversationsOpen(UserId(view.owner)), Priority.DECISION
            )
            key = f"{thread.key()}/lost/{talk.moves}"
            await self._posts.post(Place(direct.channel), key, content, Priority.DECISION)
        except SlackError as error:
            log.warning("owner_not_told", thread=thread.key(), code=error.code)
