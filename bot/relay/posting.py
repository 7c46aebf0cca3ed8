"""Posting what came from outside: Slack may refuse its form, but never stops a stream with that."""

import structlog

from bot.delivery.posts import Place, PostOutcome, Posts
from bot.errors import SlackRejected
from bot.render.notes import plain, refused
from bot.slack.ops import Content, Priority

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def post_somehow(
    posts: Posts, place: Place, key: str, shown: Content, priority: Priority
) -> PostOutcome:
    """Post `shown`; as plain text if Slack refuses its form, else a sentence that it did.

    Raises `SlackError` for other refusals, `LeaseLost` and `StoreUnavailable` as they come.
    """
    try:
        return await posts.post(place, key, shown, priority)
    except SlackRejected as error:
        log.warning("blocks_refused", key=key, code=error.code)
    try:
        return await posts.post(place, f"{key}/plain", plain(shown), priority)
    except SlackRejected as error:
        log.warning("text_refused", key=key, code=error.code)
        note = refused("A message", error.code)
        return await posts.post(place, f"{key}/refused", note, priority)
