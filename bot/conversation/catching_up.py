"""The replies that overtook the message which started their conversation, read once."""

import structlog

from bot.conversation.desk import TalkDesk
from bot.conversation.means import Means
from bot.conversation.talk import Talk, ts_order
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.ids import ThreadRef, Ts
from bot.slack.inbound import Heard, Received
from bot.slack.parse import edit_of
from bot.slack.reader import as_heard
from bot.store.inbox import Taken

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def catch_up(means: Means, desk: TalkDesk, talk: Talk) -> float | None:
    """Take in the thread's replies since the start; return seconds until another try is due.

    They go the way of every message, and the marks tell those that came in already.
    """
    try:
        await _take_in(means, desk, talk)
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


async def _take_in(means: Means, desk: TalkDesk, talk: Talk) -> None:
    thread, since = desk.thread, _since(talk)
    for message in await means.reader.replies(thread.channel, thread.root, oldest=since):
        if ts_order(message.ts) <= ts_order(since):
            continue  # Slack puts the root first, however old: it may be what others talked about
        read = as_heard(message, thread.channel, means.bot)
        if not isinstance(read, Received) or not isinstance(read.input, Heard):
            continue
        taken = await _take(means, thread, read)
        if taken is Taken.DUPLICATE and message.edited_ts and not talk.is_sent(message.ts):
            # It came in as it was: its edit was nobody's business then, if it came before.
            edit = edit_of(read.input, message.edited_ts, mentioned_before=True)
            await _take(means, thread, edit)


async def _take(means: Means, thread: ThreadRef, read: Received) -> Taken:
    json = read.input.model_dump_json()
    return await means.inbox.take_in(json, read.marks, thread_key=thread.key(), addressed=False)
