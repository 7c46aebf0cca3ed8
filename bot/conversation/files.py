"""The files of a message: text is read and quoted to Neo, everything else is left out by name."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.conversation.hear import Said
from bot.conversation.items import LeftOut
from bot.conversation.means import Means
from bot.delivery.backoff import backoff, wait_after
from bot.errors import SlackError, SlackRateLimited, SlackUnavailable
from bot.slack.attachments import LARGEST, decoded, is_small, is_text, quoted, shown_name
from bot.slack.inbound import FileRef
from bot.slack.mrkdwn import Mrkdwn, mrkdwn

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NO_TEXT = mrkdwn("not text")
TOO_LARGE = mrkdwn("too large")
NOT_GIVEN = mrkdwn("Slack did not give it to me")

_REASONS = {
    "file_too_large": TOO_LARGE,
    "file_elsewhere": mrkdwn("it is not kept by Slack"),
    "file_without_address": mrkdwn("it is not kept by Slack"),
}


async def with_files(means: Means, said: Said) -> Said:
    """Return a message with its files as Neo gets them; what is left out is named.

    Waits while Slack is away, but not for ever: behind it wait the stops of its thread.
    """
    if not said.heard.files:
        return said
    texts, left_out = await _read_all(means, said.heard.files)
    return replace(said, attached="\n\n".join(texts), left_out=tuple(left_out))


async def _read_all(means: Means, files: Sequence[FileRef]) -> tuple[list[str], list[LeftOut]]:
    until, room = means.clock.monotonic() + means.patience.files, LARGEST
    texts: list[str] = []
    left_out: list[LeftOut] = []
    for file in files:
        content = await _content(means, file, room, until)
        text = decoded(content) if isinstance(content, bytes) else None
        if isinstance(content, bytes) and text is not None:
            texts.append(quoted(file, text))
            room -= len(content)
        else:
            why = NO_TEXT if isinstance(content, bytes) else content
            left_out.append(LeftOut(shown_name(file), why))
    return texts, left_out


async def _content(means: Means, file: FileRef, room: int, until: float) -> bytes | Mrkdwn:
    """Return a file's bytes, or why it is left out."""
    if not is_text(file):
        return NO_TEXT
    if not is_small(file, room):
        return TOO_LARGE
    try:
        return await _downloaded(means, file, room, until)
    except SlackError as error:
        log.info("file_left_out", file=file.id, code=error.code)
        return _REASONS.get(error.code, NOT_GIVEN)


async def _downloaded(means: Means, file: FileRef, room: int, until: float) -> bytes:
    delays = backoff()
    while True:
        try:
            return await means.files_in.download(file, room)
        except (SlackUnavailable, SlackRateLimited) as error:
            wait = wait_after(error, delays)
            if means.clock.monotonic() + wait > until:
                raise
            log.info("file_unanswered", file=file.id, code=error.code)
        await means.sleep(wait)
