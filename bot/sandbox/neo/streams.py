"""Event streams: what happened at once, what happens as it happens, keep-alives in between."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from bot.sandbox.neo.state import TaskState

KEEP_ALIVE = b": keep-alive\n\n"


class StreamSettings(Protocol):
    """How streams behave now; read anew at every step."""

    keep_alive: float
    """Seconds of silence after which a comment is sent."""
    forget_last_event_id: bool
    omit_sse_ids: bool

    @property
    def silent_streams(self) -> bool:
        """Whether nothing is sent at all."""
        ...


class EventStream:
    """One open stream of one task."""

    def __init__(self, request: web.Request, task: TaskState, settings: StreamSettings) -> None:
        self._request = request
        self.task = task
        self._settings = settings
        self._woken = asyncio.Event()
        self._cut = False

    def wake(self) -> None:
        """Look again at the log and at the settings."""
        self._woken.set()

    def cut(self, *, cleanly: bool) -> None:
        """End the stream, by the end of its body or by a connection reset."""
        self._cut = True
        if not cleanly and self._request.transport is not None:
            self._request.transport.abort()
        self.wake()

    async def serve(self, opened: Callable[[], None]) -> web.StreamResponse:
        """Send events until the stream is cut or the client leaves; `opened` is called first."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(self._request)
        opened()
        self.task.watchers.add(self.wake)
        try:
            await self._follow(response)
        except ConnectionError:
            self._cut = True  # the client left, or the connection was reset by `cut`
        finally:
            self.task.watchers.discard(self.wake)
        return response

    async def _follow(self, response: web.StreamResponse) -> None:
        position = self._start()
        while not self._cut:
            self._woken.clear()
            if not self._settings.silent_streams:
                end = len(self.task.log)
                await self._send(response, position, end)
                position = end
            if not self._woken.is_set():
                await self._pause(response)

    def _start(self) -> int:
        if self._settings.forget_last_event_id:
            return 0
        return self.task.position_after(self._request.headers.get("Last-Event-ID", ""))

    async def _send(self, response: web.StreamResponse, start: int, end: int) -> None:
        with_id = not self._settings.omit_sse_ids
        frames = b"".join(e.frame(with_id=with_id) for e in self.task.log[start:end])
        if frames:
            await response.write(frames)

    async def _pause(self, response: web.StreamResponse) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._settings.keep_alive)
        except TimeoutError:
            if not self._settings.silent_streams:
                await response.write(KEEP_ALIVE)
