"""The HTTP side: is the process alive, is it ready, what has it counted."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.connections import Connections
from bot.errors import ConfigurationProblem
from bot.metrics import Metrics

PROBE_SECONDS = 2.0
"""A part that does not answer for so long is not ready; orchestrators wait little longer."""

HEADER_SECONDS = 10.0
"""From the first byte of a request until its headers are here; Slack sends them at once."""

KEEPALIVE_SECONDS = 75.0
"""A connection that says nothing for so long is closed; Slack and load balancers keep theirs."""

Stuck = Callable[[], list[str]]
"""Returns the names of what should move and does not; empty while all is well."""

Probe = Callable[[], Awaitable[bool]]
"""Says whether one part of the bridge can do its work now. Must not raise."""


class Watchdog:
    """Remembers when each loop that must never stand still last went round."""

    def __init__(self, now: Callable[[], float], *, limit: float = 60.0) -> None:
        """Take a clock that never jumps, in seconds, and how long a loop may take to go round."""
        self._now = now
        self._limit = limit
        self._rounds: dict[str, float] = {}

    def beat(self, loop: str) -> None:
        """Note that this loop went round; the first time, begin to watch it."""
        self._rounds[loop] = self._now()

    def forget(self, loop: str) -> None:
        """Stop watching a loop that ended on purpose."""
        self._rounds.pop(loop, None)

    def stuck(self) -> list[str]:
        """Return the loops that have stood still for longer than the limit."""
        oldest = self._now() - self._limit
        return sorted(loop for loop, at in self._rounds.items() if at < oldest)


def build(
    *,
    stuck: Stuck,
    ready: Mapping[str, Probe],
    metrics: Metrics,
    probe_seconds: float = PROBE_SECONDS,
) -> web.Application:
    """Return the application with `/healthz`, `/readyz` and `/metrics`.

    `/healthz` answers 503 with `{"alive": false, "stuck": [...]}` when a loop hangs: a reason to
    restart the process, as Slack or the store being away is not. `/readyz` answers 503 while a
    part is not ready; its JSON has `ready` and a boolean for each part.
    """

    async def healthz(_request: web.Request) -> web.Response:
        hanging = stuck()
        return _json({"alive": not hanging, "stuck": hanging}, well=not hanging)

    async def readyz(_request: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_ask(probe, probe_seconds) for probe in ready.values()))
        parts = dict(zip(ready, answers, strict=True))
        well = all(answers)
        return _json({"ready": well, **parts}, well=well)

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)
    return app


@asynccontextmanager
async def serving(
    app: web.Application, port: int, *, header_seconds: float = HEADER_SECONDS
) -> AsyncGenerator[int]:
    """Serve `app` on every interface; yield the port, which for `port` 0 is a free one.

    Raises `ConfigurationProblem` when the port is taken or not ours to take.
    """
    connections = Connections(header_seconds)
    app.middlewares.append(connections.middleware)
    # No access log: a probe every few seconds is no news.
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=KEEPALIVE_SECONDS
    )
    await runner.setup()
    assert runner.server is not None
    try:
        with closing(await _listen(connections.of(runner.server), port)) as listening:
            yield listening.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


async def _listen(accept: Callable[[], asyncio.Protocol], port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(accept, "0.0.0.0", port)  # noqa: S104 probes come from outside a container
    except OSError as error:
        raise ConfigurationProblem([f"NEO_SLACK_HTTP_PORT: {error.strerror}"]) from None


async def _ask(probe: Probe, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await probe()
    except TimeoutError:
        return False


def _json(document: Mapping[str, object], *, well: bool) -> web.Response:
    return web.json_response(document, status=200 if well else 503)
