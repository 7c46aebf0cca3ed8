"""What a process manager does for the bridge: it starts it again when it ends."""

import asyncio
from typing import Self

from bot.sandbox.bridge import BridgeProcess

PAUSE_SECONDS = 1.0
"""Between an end and the next start, so that a person can see that it is down."""


class Supervisor:
    """Keeps the bridge running while the context is open, but for when it is held down."""

    def __init__(self, bridge: BridgeProcess, pause: float = PAUSE_SECONDS) -> None:
        self.bridge = bridge
        self.lives = 0
        """How often it was started."""
        self._pause = pause
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._begin()
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        try:
            await self.bridge.stop()
        finally:
            await self.bridge.kill()  # when somebody would not wait for that

    @property
    def held(self) -> bool:
        """Whether it stays down until it is released."""
        return not self._wanted.is_set()

    async def restart(self) -> None:
        """Stop it in order; it is started again."""
        await self.bridge.stop()

    async def kill(self) -> None:
        """Kill -9 it; it is started again."""
        await self.bridge.kill()

    async def hold(self) -> None:
        """Stop it in order, and leave it down."""
        self._wanted.clear()
        await self.bridge.stop()

    def release(self) -> None:
        """Let it be started again."""
        self._wanted.set()

    async def _watch(self) -> None:
        while True:
            await self.bridge.ended()
            await asyncio.sleep(self._pause)
            await self._wanted.wait()
            await self._begin()

    async def _begin(self) -> None:
        self.lives += 1
        await self.bridge.start()
