"""A person's own tasks: found in the store, and described in a line each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.commands import take_options
from bot.conversation.talk import Talk
from bot.documents import Document
from bot.errors import NewerRecord
from bot.ids import UserId
from bot.slack.identity import BotIdentity
from bot.slack.mrkdwn import Mrkdwn, escape, joined, link, linkable, mrkdwn, one_line
from bot.store.records import Records
from bot.view import Outcome, TurnState, View

D = TypeVar("D", bound=Document)

LOOKED_AT = 200
"""Conversations of the workspace, the last used first, among which a person's own are found."""

LISTED = 10

TITLE_LIMIT = 80

_OUTCOMES = {
    Outcome.FINISHED: "✅ done",
    Outcome.FAILED: "❌ failed",
    Outcome.CANCELLED: "⏹️ stopped",
}


@dataclass(frozen=True, slots=True)
class OwnTask:
    """One of a person's tasks; it has no view yet where it is about to start."""

    talk: Talk
    view: View | None

    @property
    def is_at_work(self) -> bool:
        """Whether the agent works, asks, or is about to begin."""
        return self.talk.is_busy(self.view)

    @property
    def title(self) -> str:
        """Return Neo's name for it; until there is one, how the request begins."""
        first = self.talk.start.items[0] if self.talk.start else next(iter(self.talk.queue), None)
        asked = take_options(first.text)[0] if first else ""
        return one_line((self.view and self.view.title) or asked or "Neo task", TITLE_LIMIT)


async def tasks_of(records: Records, user: UserId) -> list[OwnTask]:
    """Return the person's tasks: first those that something goes on with, the last used first.

    One that is about to start is among those only.
    """
    return await tasks_where(records, lambda talk: talk.owner == user)


async def tasks_where(records: Records, wanted: Callable[[Talk], bool]) -> list[OwnTask]:
    """Return the tasks that are wanted, in the same order."""
    live = await records.live_threads()
    keys = [*dict.fromkeys((*live, *await records.recent_threads(LOOKED_AT)))]
    documents = await records.load_many(keys, "talk")
    talks = [talk for document in documents if document and (talk := _read(Talk, document))]
    own = [talk for talk in talks if wanted(talk) and _has_task(talk)]
    views = await records.load_many([talk.thread.key() for talk in own], "view")
    shown = [_read(View, view) if view else None for view in views]
    return [
        OwnTask(talk, view if view and view.task_id == talk.task_id else None)
        for talk, view, document in zip(own, shown, views, strict=True)
        if view or not document
    ]


def listed(bot: BotIdentity, tasks: Sequence[OwnTask]) -> Mrkdwn:
    """Return a line for each task, and how many more there are."""
    lines = [_line(bot, task) for task in tasks[:LISTED]]
    if len(tasks) > LISTED:
        lines.append(mrkdwn("… and {more} more", more=str(len(tasks) - LISTED)))
    return joined("\n", lines)


def titled(bot: BotIdentity, task: OwnTask) -> Mrkdwn:
    """Return a task's title, which leads to its thread."""
    where = task.talk.place or task.talk.thread
    return mrkdwn("*{title}*", title=link(bot.link_to(where.channel, where.root), task.title))


def _line(bot: BotIdentity, task: OwnTask) -> Mrkdwn:
    channel, view = (task.talk.place or task.talk.thread).channel, task.view
    parts = [mrkdwn("{state}", state=_state(task)), titled(bot, task), _place(channel)]
    if view and view.facts:
        parts.append(escape("  ·  ".join(view.facts)))
    if view and view.unreachable:
        parts.append(mrkdwn("I can't post in its thread any more"))
    if view and linkable(view.console_url):
        parts.append(link(view.console_url, "Pulumi Cloud"))
    return joined("  ·  ", parts)


def _read(kind: type[D], document: str) -> D | None:
    """Return a document; None for one that a later version has written, which that one can list."""
    try:
        return kind.read(document)
    except NewerRecord:
        return None


def _has_task(talk: Talk) -> bool:
    """Whether there is a task, or will be one without anybody doing more for it."""
    if talk.task_id is not None:
        return True
    if talk.start is not None:
        return not talk.start.failed
    return any(item.opens for item in talk.queue)


def _state(task: OwnTask) -> str:
    """Return what a task does, in words."""
    talk, view = task.talk, task.view
    if not task.is_at_work:
        outcome = view.turn.outcome if view and view.turn else None
        return _OUTCOMES.get(outcome, "✅ done") if outcome else "✅ done"
    if view is None or view.turn is None:
        return "⏳ starting"
    if talk.is_stopping or view.turn.stopping:
        return "⏹️ stopping"
    if view.state is not TurnState.WAITING:
        return "⏳ working"
    asked = view.open_approvals[0]
    return "⏸️ waits for your " + ("answer" if asked.question else "decision")


def _place(channel: str) -> Mrkdwn:
    """Return a channel as Slack links it; a direct message has no name to show."""
    return Mrkdwn("direct message" if channel.startswith("D") else f"<#{channel}>")
