"""Shares a task read-only with its organisation, and posts the link: only its owner may want that.

Neo has no address that opens a task for anybody: `isShared` lets members of the organisation read
the task's page, which has one address for all. Setting it twice is the same, so a lost answer is
no riddle: it is set again.
"""

import structlog

from bot.approvals.facts import NOT_ALLOWED, status_word
from bot.audit.record import AuditKind, Fact
from bot.conversation.desk import TalkDesk
from bot.conversation.effects import Tell
from bot.conversation.errands import Errands
from bot.conversation.means import Means
from bot.conversation.pending import Share
from bot.conversation.refusals import in_words
from bot.conversation.talk import Talk
from bot.errors import NeoError, NeoProtocolError, NeoRateLimited, NeoUnavailable
from bot.ids import TaskId, UserId
from bot.neo.wire import UpdateTaskRequest
from bot.slack.blocks import content, section
from bot.slack.mrkdwn import Mrkdwn, link, linkable, mention, mrkdwn

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PASSING = (NeoUnavailable, NeoRateLimited, NeoProtocolError)
"""What says nothing of the wish: it is tried again for a while."""


class Sharing:
    """Shares the task of one conversation."""

    def __init__(self, means: Means, desk: TalkDesk, errands: Errands) -> None:
        self._means = means
        self._desk = desk
        self._errands = errands

    async def take(self, user: UserId, entry: str) -> None:
        """Store the wish of the task's owner, with the inbox entry that brought it."""
        asked_at = await self._means.store.time()
        share = Share(user=user, entry=entry, asked_at=asked_at)
        await self._desk.change(lambda talk: _with(talk, share), entry=entry)

    async def refuse(self, task_id: TaskId, user: UserId, entry: str) -> None:
        """Record that somebody may not share the task; the caller says so."""
        fact = Fact(kind=AuditKind.LINK_SHARED, who=user, task=task_id, outcome=NOT_ALLOWED)
        await self._means.audit.append(fact, once=entry)

    async def step(self, talk: Talk, task_id: TaskId) -> float | None:
        """Carry the wish out; return seconds until the next try, None when there is none."""
        if talk.share is None:
            return None
        means, share = self._means, talk.share
        try:
            await means.lease.hold(means.call_seconds)
            wish = UpdateTaskRequest(is_shared=True)
            await means.neo.update_task(means.identity, task_id, wish)
        except NeoError as error:
            return await self._not_shared(talk, task_id, share, error)
        await self._note(task_id, share, "shared")
        await self._errands.run([shared(talk, share, means.neo.console_url(task_id) or "")])
        await self._desk.change(lambda talk: _with(talk, None, shared=True))
        means.wakes.relay(self._desk.thread)
        return None

    async def _not_shared(
        self, talk: Talk, task_id: TaskId, share: Share, error: NeoError
    ) -> float | None:
        patience = self._means.patience
        until = share.asked_at + patience.give_up
        if isinstance(error, PASSING) and await self._means.store.time() < until:
            log.info("share_waits", task_id=task_id, status=error.status)
            return patience.retry
        log.warning("share_refused", task_id=task_id, status=error.status)
        await self._note(task_id, share, status_word(error.status))
        await self._errands.run([not_shared(talk, share, in_words(error))])
        await self._desk.change(lambda talk: _with(talk, None))
        return None

    async def _note(self, task_id: TaskId, share: Share, outcome: str) -> None:
        fact = Fact(
            kind=AuditKind.LINK_SHARED,
            who=share.user,
            owner=self._means.identity.person,
            task=task_id,
            outcome=outcome,
        )
        await self._means.audit.append(fact, once=f"{share.entry}/{outcome}")


def shared(talk: Talk, share: Share, url: str) -> Tell:
    """Say in the thread who may read the task now, and where."""
    where = link(url, "read it here") if linkable(url) else mrkdwn("read it in Pulumi Cloud")
    said = mrkdwn(
        "🔗 {who} shared this task read-only: members of its Pulumi organization can {where}.",
        who=mention(share.user),
        where=where,
    )
    return Tell(f"{talk.thread.key()}/shared/{share.entry}", content(said, section(said)))


def not_shared(talk: Talk, share: Share, why: str) -> Tell:
    """Say that nobody else can read the task, and why."""
    said = mrkdwn("❌ {who} *This task was not shared.* {why}", who=mention(share.user), why=why)
    return Tell(f"{talk.thread.key()}/not-shared/{share.entry}", content(said, section(said)))


def link_again(url: str) -> Mrkdwn:
    """Tell who wants to share a task once more where it can be read."""
    where = link(url, "its page") if linkable(url) else mrkdwn("its page in Pulumi Cloud")
    return mrkdwn("Members of the Pulumi organization can read this task: {where}.", where=where)


def _with(talk: Talk, share: Share | None, *, shared: bool = False) -> Talk:
    return talk.model_copy(update={"share": share, "shared": shared or talk.shared})
