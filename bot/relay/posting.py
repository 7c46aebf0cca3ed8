"""Posting what came from outside: Slack may refuse its form, but never stops a stream with that."""

from dataclasses import dataclass

import structlog

from bot.delivery.posts import Place, Posted, PostOutcome, Posts
from bot.errors import SlackRejected
from bot.render.notes import plain, refused
from bot.slack.ops import Content, Priority

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

REQUEST = "A request"
"""What an approval is called where its card can't be shown."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack takes it in no form: nobody can have seen it. `code` is Slack's word for why."""

    code: str


async def post_somehow(
    posts: Posts, place: Place, key: str, shown: Content, priority: Priority
) -> PostOutcome | Refused:
    """Post `shown`, or as plain text if Slack refuses its form.

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
        return Refused(error.code)


async def say_refused(  # noqa: PLR0913 -- what, where and why, each named
    posts: Posts, place: Place, key: str, *, what: str, code: str, priority: Priority
) -> None:
    """Say, once for `key`, that Slack did not take `what`; left out if Slack refuses that too."""
    try:
        await posts.post(place, f"{key}/refused", refused(what, code), priority)
    except SlackRejected as error:
        log.warning("note_refused", key=key, code=error.code)


def again(card: str, ts: str = "") -> str:
    """Return the key of the message that a card gets after the one at `ts`, or after none."""
    return f"{card}/after/{ts}" if ts else f"{card}/again"


def where(outcome: PostOutcome | Refused, version: int) -> dict[str, object]:
    """Return what a card learns by being posted as of `version`: where it is, and what it shows.

    One that was found again shows what it was posted with, which nobody knows any more.
    """
    if not isinstance(outcome, Posted):
        return {"lost": True}
    shown = 0 if outcome.adopted else version
    return {"ts": outcome.ts, "shown": shown, "shown_ts": outcome.ts, "lost": False}
