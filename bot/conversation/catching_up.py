"""The replies that overtook the message which started their conversation, read once."""

import structlog

from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.talk import Talk, ts_order
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import Ts
from bot.slack.inbound import Received
from bot.slack.reader import as_heard

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def catch_up(means: Means, desk: TalkDesk, talk: Talk) -> float | None:
    """Take in the thread's replies since the start; return seconds until another try is due.

    They go the way of every message, and the marks tell those that came in already.
    """
    try:
        await _take_in(means, desk, _since(talk))
    except (SlackUnavailable, SlackRateLimited) as error:
        log.info("thread_not_read_yet", code=error.code)
        return means.patience.retry
    except SlackError as error:
        # Slack won't let us read this thread at all; what it delivers is what there is.
        log.warning("thread_not_read", thread=desk.thread.key(), code=error.code)
    await desk.change(lambda talk: talk.model_copy(update={"caught_up": True}))
    return None


def _since(talk: Talk) -> Ts:
    """Return from when on everything was said to Neo."""
    if talk.listens_since:
        return talk.listens_since
    return min((item.ts for item in talk.start.items), key=ts_order) if talk.start else Ts("")


async def _take_in(means: Means, desk: TalkDesk, since: Ts) -> None:
    thread = desk.thread
    for message in await means.reader.replies(thread.channel, thread.root, oldest=since):
        if ts_order(message.ts) <= ts_order(since):
            continue  # Slack puts the root first, however old: it may be what others talked about
        read = as_heard(message, thread.channel, means.bot)
        if isinstance(read, Received):
            json = read.input.model_dump_json()
            await means.inbox.take_in(json, read.marks, thread_key=thread.key(), addressed=False)
