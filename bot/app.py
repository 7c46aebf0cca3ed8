"""The composition root: wires the two pipes, serves HTTP, and stops in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.conversation.errands import REFUSAL_SECONDS
from bot.conversation.patience import Patience
from bot.errors import ConfigurationProblem, SlackUnauthorized, StoreError
from bot.forms import Forms
from bot.frontdesk import FrontDesk
from bot.health import Watchdog, build, serving
from bot.homes import Homes
from bot.ids import UserId
from bot.intake import StoreIntake
from bot.metrics import NEO_RECONNECTS, NEO_SKIPPED, SLACK_CALLS, SLACK_WAITED, Metrics
from bot.ownership.edges import Edges
from bot.ownership.gaps import Gaps
from bot.ownership.opening import open_edges
from bot.ownership.owner import Owner
from bot.settings import Settings
from bot.slack.door import Limits
from bot.slack.http import PATH, HttpIntake
from bot.slack.listeners import build_app
from bot.slack.session import SlackSession
from bot.slack.socket import SocketLink
from bot.way_in import HttpWayIn, WayIn

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DRAIN_SECONDS = 4.0
"""How long an orderly stop waits for intake: for listeners to ack, and to say goodbye."""

STOP_SECONDS = 9.0
"""After which a stop is cut short: SIGTERM promises exit 0 within 10 s, and nothing is lost."""

WATCH_SECONDS = 5.0

Part = Callable[[], Coroutine[None, None, None]]


class Bridge:
    """One running bridge: the way in takes in, the owner does the work."""

    def __init__(
        self,
        settings: Settings,
        edges: Edges,
        session: SlackSession,
        chores: list[Part],
    ) -> None:
        metrics = self.metrics = edges.metrics
        # Nobody else can be at a store that this process runs itself.
        self.owner = Owner(edges, alone=settings.redis_url is None)
        self.watchdog = Watchdog(edges.clock.monotonic)
        self._edges = edges
        intake = StoreIntake(edges.inbox)
        self._gaps = Gaps(edges, intake)
        self._chores = chores
        self._problem: ConfigurationProblem | None = None
        self._desk = FrontDesk(edges, intake)
        self._homes = Homes(edges, session.call)
        self.http: HttpIntake | None = None
        """Takes what Slack posts; None in Socket Mode."""
        self.link = self._way_in(settings, session)
        metrics.pull(SLACK_CALLS, edges.door.stats.calls.items)
        metrics.pull(SLACK_WAITED, self._slack_waited)
        metrics.pull(NEO_RECONNECTS, edges.streams.reconnects.items)
        metrics.pull(NEO_SKIPPED, edges.streams.skipped.items)

    def _way_in(self, settings: Settings, session: SlackSession) -> WayIn:
        edges, greet = self._edges, self._gaps.connected
        observe = edges.metrics.observe_request
        bolt = build_app(
            session,
            edges.bot,
            self._gaps,
            observe,
            self._desk,
            forms=Forms(edges),
            homes=self._homes,
            may_tell=self._may_tell,
        )
        if settings.slack_app_token is not None:
            return SocketLink(
                bolt,
                session,
                settings.slack_app_token.get_secret_value(),
                on_connected=greet,
                clock=edges.clock,
                sleep=edges.sleep,
            )
        assert settings.http_secret is not None  # the settings see to it that there is a way in
        self.http = HttpIntake(bolt, settings.http_secret.get_secret_value(), edges.clock)
        return HttpWayIn(self.http, greet)

    async def _may_tell(self, user: UserId) -> bool:
        return await self._edges.memory.once_per(f"refusal:{user}", REFUSAL_SECONDS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Bridge until `stopping` is set, then stop intake, hand over, and return.

        Raises `ConfigurationProblem` when meanwhile something has to be changed by the operator.
        """
        parts = [self.owner.run, self._look_after_gaps, self._watch, self._homes.run, *self._chores]
        async with asyncio.TaskGroup() as group:
            intake = group.create_task(self._needed(self.link.run, stopping))
            tasks = [group.create_task(self._needed(part, stopping)) for part in parts]
            await stopping.wait()
            log.info("stopping")
            self.link.stop()
            await asyncio.wait({intake}, timeout=DRAIN_SECONDS)
            for task in (intake, *tasks):
                task.cancel()
        await self.owner.hand_over()
        if self._problem:
            raise self._problem

    async def is_store_ready(self) -> bool:
        """Whether the store answers."""
        try:
            await self._edges.store.ping()
        except StoreError:
            return False
        return True

    async def is_slack_ready(self) -> bool:
        """Whether events can arrive."""
        return self.link.connected

    async def _needed(self, part: Part, stopping: asyncio.Event) -> None:
        """Run a part; what it finds that the operator must change stops the bridge in order."""
        try:
            await part()
        except SlackUnauthorized as refused:
            line = f"SLACK_APP_TOKEN: Slack no longer takes it ({refused.code}): make a new one"
            self._problem = ConfigurationProblem([line])
            stopping.set()
        except ConfigurationProblem as problem:
            self._problem = problem
            stopping.set()

    async def _look_after_gaps(self) -> None:
        await self._gaps.run(lambda: self.link.connected)

    def _slack_waited(self) -> list[tuple[str, float]]:
        waited = self._edges.door.stats.waited
        return [(method, millis / 1000) for method, millis in waited.items()]

    async def _watch(self) -> None:
        """Beat for the watchdog, and bring the gauges up to date."""
        while True:
            self.watchdog.beat("event loop")
            self.metrics.slack_connected.set(self.link.connected)
            self.metrics.lease_held.set(self.owner.is_owner)
            self.metrics.followed_tasks.set(self.owner.followed)
            try:
                self.metrics.inbox_length.set(await self._edges.inbox.length())
            except StoreError as error:
                log.info("inbox_not_counted", why=str(error))
            await self._edges.sleep(WATCH_SECONDS)


async def run(
    settings: Settings, *, patience: Patience | None = None, limits: Limits | None = None
) -> int:
    """Run the bridge until SIGTERM or SIGINT; a second one ends the process at once.

    `patience` and `limits` are the usual ones unless given. Returns the exit code 0. Raises
    `ConfigurationProblem` for what the operator must change.
    """
    signals, front = _Signals(), Front(settings)
    try:
        # HTTP comes first: a slow start, or Slack being away, is no reason to kill the process.
        async with serving(front.application(), settings.http_port) as port:
            # For the person, or the test, that started us: with port 0 nobody else knows it.
            sys.stdout.write(f"neo-slack: health on http://127.0.0.1:{port}/healthz\n")
            sys.stdout.flush()
            opened = open_bridge(settings, metrics=front.metrics, patience=patience, limits=limits)
            async with opened as bridge:
                front.bridge = bridge
                signals.spare_the_start()
                await bridge.run(signals.stopping)
    except asyncio.CancelledError:
        if not signals.stopping.is_set():
            raise
    return 0


class _Signals:
    """SIGTERM and SIGINT: the first one stops in order, the second at once."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._start = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        for wanted in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(wanted, self._received)

    def spare_the_start(self) -> None:
        """Cancel nothing from now on: whoever runs looks at `stopping`."""
        self._start = None

    def _received(self) -> None:
        if self.stopping.is_set():
            log.warning("stopped_at_once")
            os._exit(1)
        self.stopping.set()
        self._loop.call_later(STOP_SECONDS, _cut_short)
        if self._start:
            self._start.cancel()


def _cut_short() -> None:
    log.warning("stop_cut_short")
    os._exit(0)


class Front:
    """What is served: before there is a bridge, that the process is alive and not ready."""

    def __init__(self, settings: Settings) -> None:
        self._takes_slack = settings.http_secret is not None
        self.metrics = Metrics()
        self.bridge: Bridge | None = None

    def application(self) -> web.Application:
        """Return the application to serve."""
        ready = {"store": self._is_store_ready, "slack": self._is_slack_ready}
        app = build(stuck=self._stuck, ready=ready, metrics=self.metrics)
        if self._takes_slack:
            app.router.add_post(PATH, self._from_slack)
        return app

    async def _from_slack(self, request: web.Request) -> web.StreamResponse:
        """Hand a request of Slack's over; too early, it is sent again, or read as a gap."""
        if self.bridge is None or self.bridge.http is None:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return await self.bridge.http.handle(request)

    def _stuck(self) -> list[str]:
        return self.bridge.watchdog.stuck() if self.bridge else []

    async def _is_store_ready(self) -> bool:
        return self.bridge is not None and await self.bridge.is_store_ready()

    async def _is_slack_ready(self) -> bool:
        return self.bridge is not None and await self.bridge.is_slack_ready()


@asynccontextmanager
async def open_bridge(
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    patience: Patience | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
) -> AsyncGenerator[Bridge]:
    """Open every edge and check it; yield the bridge, ready to run.

    `limits` are the paces kept towards Slack, its own unless given; `clock` is the machine's.
    Waits while Slack is away. Raises `ConfigurationProblem` naming everything that must be changed.
    """
    wishes = (patience or Patience(), metrics or Metrics(), clock or SystemClock())
    opened = open_edges(settings, *wishes, limits)
    async with opened as (edges, session, chores):
        yield Bridge(settings, edges, session, chores)
