"""A place where bridges live, one after the other, behind proxies of its own."""

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from crash.gate import Gate
from crash.neo_proxy import NeoProxy
from crash.nursery import KILLED, Bridge, Nursery
from crash.slack_proxy import SlackProxy
from crash.store_proxy import StoreProxy

STOP_SECONDS = 20.0
"""Twice what SIGTERM promises: what takes longer is a fault and not a busy machine."""

FAILED_SECONDS = 1.0
"""Between two starts of a bridge that ends by itself."""


class Replica:
    """Open it, let it `live`: a bridge that dies is started again until `stop`."""

    def __init__(self, who: str, gate: Gate, slack: SlackProxy, neo: str, store: str) -> None:
        """Take the proxy of Slack and the addresses of Neo and of a store with a Unix socket."""
        self.who = who
        self.resumed: list[float] = []
        """When it went on after a freeze, by `time.time`."""
        self.odd_ends: list[int] = []
        """Exit codes of bridges that nobody killed."""
        self._slack = slack
        self._neo = NeoProxy(who, gate, neo)
        self._store = StoreProxy(who, gate, unquote(urlsplit(store).path))
        self._stack = AsyncExitStack()
        self._bridge: Bridge | None = None
        self._is_killed = False
        self._stopping = False

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for proxy in (self._neo, self._store):
                await stack.enter_async_context(proxy)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._bridge is not None:
            self._bridge.kill()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._bridge.ended), STOP_SECONDS)
        await self._stack.aclose()

    @property
    def acquired(self) -> list[float]:
        """When its bridges were given the lease, by `time.monotonic`."""
        return self._store.acquired

    @property
    def wrote(self) -> list[float]:
        """When its bridges wrote to the store what only the lease's holder may, likewise."""
        return self._store.wrote

    async def live(self, nursery: Nursery, home: Path, settings: Mapping[str, str]) -> None:
        """Start a bridge, and another whenever one ends, until `stop`."""
        environment = {**settings, **self._addresses(), "HOME": str(home)}
        while not self._stopping:
            self._bridge, self._is_killed = await nursery.bear(home, environment), False
            code = await asyncio.shield(self._bridge.ended)
            if code != KILLED and not self._stopping:
                self.odd_ends.append(code)
                await asyncio.sleep(FAILED_SECONDS)

    def kill(self) -> None:
        """Kill -9 the bridge at once."""
        if self._bridge is not None:
            self._is_killed = True
            self._bridge.kill()

    async def freeze(self, seconds: float) -> None:
        """Stop the bridge at once (SIGSTOP), and let it go on after so long."""
        if (bridge := self._bridge) is not None:
            bridge.send(signal.SIGSTOP)
            await asyncio.sleep(seconds)
            bridge.send(signal.SIGCONT)
            self.resumed.append(time.time())

    async def stop(self) -> int:
        """Stop the bridge in order; return its exit code, 0 where its death came before its end."""
        self._stopping = True
        if self._bridge is None:
            return 0
        self._bridge.send(signal.SIGTERM)
        code = await asyncio.wait_for(asyncio.shield(self._bridge.ended), STOP_SECONDS)
        return 0 if self._is_killed and code == KILLED else code

    def _addresses(self) -> dict[str, str]:
        return {
            "SLACK_API_URL": self._slack.api_url(self.who),
            "PULUMI_BACKEND_URL": self._neo.url,
            "REDIS_URL": self._store.url,
        }
