"""Files, each shared once: Slack's three steps, with the file's id recorded between them."""

import structlog

from bot.clock import Sleep
from bot.delivery.backoff import backoff, wait_after
from bot.delivery.posts import NotVerifiable, Place, Timing
from bot.errors import (
    Accepted,
    SlackError,
    SlackFeatureMissing,
    SlackRateLimited,
    SlackUnavailable,
)
from bot.ids import Ts
from bot.slack.door import Door
from bot.slack.ops import FilesCompleteUpload, FilesGetUploadUrl, FilesUploadBytes, Priority
from bot.slack.reader import SlackReader
from bot.store.outbox import MarkState, Outbox

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

SHARING_TAKES = 15.0
"""Seconds that Slack is given to show that a file is shared: it answers before it has done that,
and documents no time."""


class Files:
    """Shares files for one installation."""

    def __init__(
        self, *, door: Door, reader: SlackReader, outbox: Outbox, sleep: Sleep, timing: Timing
    ) -> None:
        self._door = door
        self._reader = reader
        self._outbox = outbox
        self._sleep = sleep
        self._timing = timing

    async def attach(
        self, place: Place, key: str, filename: str, title: str, text: str
    ) -> NotVerifiable | None:
        """Share `text` as a file in the thread unless it is there already.

        `NotVerifiable` after a lost answer that nothing can be found out about. Waits while Slack
        is away. Raises `SlackError` when Slack refuses for good.
        """
        delays = backoff()
        while True:
            try:
                return await self._attach(place, key, filename, title, text)
            except (SlackUnavailable, SlackRateLimited) as error:
                log.info("file_unanswered", key=key, code=error.code)
                await self._sleep(wait_after(error, delays))

    async def _attach(
        self, place: Place, key: str, name: str, title: str, text: str
    ) -> NotVerifiable | None:
        mark = await self._outbox.look(key)
        if mark.state is MarkState.DONE:
            return None
        if mark.state is MarkState.SENT:
            await self._sleep(mark.settles_in(self._timing.margin))
            try:
                shared = await self._is_shared(mark.file_id)
            except SlackFeatureMissing as error:
                log.warning("file_not_verifiable", key=key, code=error.code)
                return NotVerifiable(error.code)
            if shared:
                await self._outbox.done(key, ts=Ts(""), channel=place.channel)
                return None
        await self._share(place, key, name, title, text)
        return None

    async def _is_shared(self, file_id: str) -> bool:
        """Tell whether a file is shared, which Slack may still be about to do."""
        waited, delays = 0.0, backoff()
        while not await self._reader.is_shared(file_id):
            if waited >= SHARING_TAKES:
                return False
            wait = next(delays)
            await self._sleep(wait)
            waited += wait
        return True

    async def _share(self, place: Place, key: str, name: str, title: str, text: str) -> None:
        file_id = await self._upload(key, name, text)

        async def record() -> None:
            await self._outbox.sent(key, seconds=self._timing.call, file_id=file_id)

        share = FilesCompleteUpload(file_id, title, place.channel, place.thread_ts or None)
        try:
            await self._door.call(share, Priority.ANSWER, record=record)
        except SlackUnavailable as error:
            if error.accepted is Accepted.NO:
                await self._outbox.forget(key)
            raise
        except SlackError:
            await self._outbox.forget(key)
            raise
        await self._outbox.done(key, ts=Ts(""), channel=place.channel)

    async def _upload(self, key: str, name: str, text: str) -> str:
        """Upload the bytes; nobody sees them before they are shared, so a repeat does no harm."""
        content = text.encode()
        ticket = await self._door.call(FilesGetUploadUrl(name, len(content)), Priority.ANSWER)
        await self._door.call(FilesUploadBytes(ticket.upload_url, content), Priority.ANSWER)
        log.debug("file_uploaded", key=key, file=ticket.file_id)
        return ticket.file_id
