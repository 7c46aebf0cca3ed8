"""A thread that outlived our memory of it: only its messages still tell which task it was about."""

import re
from collections.abc import Iterable

import structlog

from bot.conversation.items import Item
from bot.conversation.means import Means
from bot.conversation.talk import Talk
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import TaskId
from bot.slack.reader import SlackMessage

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_CARD = re.compile(r"(.+)/turn/[0-9]+")
"""The key of a turn's card; no other message's key is like it."""


async def forgotten_task(means: Means, talk: Talk, item: Item) -> TaskId | None:
    """Return the last task of the thread in which `item` starts a new one, if nobody knows it.

    Raises transient `SlackError`.
    """
    place = talk.place or talk.thread
    if talk.attempts or item.ts == place.root:
        return None
    try:
        messages = await means.reader.replies(place.channel, place.root)
    except (SlackUnavailable, SlackRateLimited):
        raise
    except SlackError as error:
        log.warning("thread_not_read", thread=talk.thread.key(), code=error.code)
        return None
    task = last_task(messages, means.bot.app_id)
    known = task is not None and await means.records.thread_of_task(task) is not None
    return None if known else task


def last_task(messages: Iterable[SlackMessage], app_id: str) -> TaskId | None:
    """Return the task of the last of our cards among a thread's messages."""
    ours = [_CARD.fullmatch(each.key) for each in messages if each.app_id == app_id]
    tasks = [TaskId(found[1]) for found in ours if found]
    return tasks[-1] if tasks else None
