"""The composition root: opens the edges, checks them, wires the pipes, and stops in order."""

import asyncio
import random
import signal
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot.checks import check_all
from bot.clock import SystemClock, sleep
from bot.conversation.means import Admission
from bot.delivery.backoff import backoff
from bot.delivery.posts import Timing
from bot.errors import SlackUnavailable, StoreError
from bot.health import Watchdog, build, serving
from bot.intake import StoreIntake
from bot.metrics import NEO_RECONNECTS, NEO_SKIPPED, SLACK_CALLS, SLACK_WAITED, Metrics
from bot.neo.client import NeoClient, SharedIdentity, open_neo
from bot.neo.stream import StreamStats
from bot.ownership.edges import Edges
from bot.ownership.gaps import Gaps
from bot.ownership.owner import Owner
from bot.settings import Settings
from bot.slack.door import Door
from bot.slack.identity import BotIdentity
from bot.slack.listeners import build_app
from bot.slack.reader import SlackReader, identify
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession, proxy_from_environment
from bot.slack.socket import SocketLink
from bot.store.connection import Store, open_store
from bot.store.embedded import EmbeddedValkey
from bot.store.inbox import Inbox
from bot.store.lease import Lease
from bot.store.memory import Memory
from bot.store.server import check_server

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MARGIN_SHARE_OF_LEASE = 0.5
"""How long after a call's time-out it may still show: 5 s with the usual lease of 10 s."""

STOP_SECONDS = 8.0
"""An orderly stop takes no longer; SIGTERM promises exit within 10 s."""

WATCH_SECONDS = 5.0


class Bridge:
    """One running bridge: the socket takes in, the owner does the work, HTTP tells how it is."""

    def __init__(self, settings: Settings, edges: Edges, session: SlackSession) -> None:
        self._edges = edges
        self._intake = StoreIntake(edges.inbox)
        self._gaps = Gaps(edges, self._intake)
        self.metrics = Metrics()
        self.owner = Owner(edges, alone=settings.redis_url is None)
        self.watchdog = Watchdog(edges.clock.monotonic)
        app = build_app(session, edges.bot, self._intake, self.metrics.observe_request)
        self.link = SocketLink(
            app,
            session,
            settings.slack_app_token.get_secret_value(),
            on_connected=self._gaps.connected,
            clock=edges.clock,
            sleep=edges.sleep,
        )
        self.metrics.pull(SLACK_CALLS, edges.door.stats.calls.items)
        self.metrics.pull(SLACK_WAITED, self._slack_waited)
        self.metrics.pull(NEO_RECONNECTS, edges.streams.reconnects.items)
        self.metrics.pull(NEO_SKIPPED, edges.streams.skipped.items)

    async def run(self, stopping: asyncio.Event) -> None:
        """Bridge until `stopping` is set, then stop intake, hand over, and return."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.owner.run()),
                group.create_task(self._gaps.pulse(lambda: self.link.connected)),
                group.create_task(self._watch()),
            ]
            intake = group.create_task(self.link.run())
            await stopping.wait()
            log.info("stopping")
            self.link.stop()
            await asyncio.wait({intake}, timeout=STOP_SECONDS / 2)
            for task in (*tasks, intake):
                task.cancel()
            await asyncio.gather(*tasks, intake, return_exceptions=True)
        await self.owner.hand_over()

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


async def run(settings: Settings) -> int:
    """Run the bridge until SIGTERM or SIGINT; a second one ends the process at once.

    Returns the exit code 0. Raises `ConfigurationProblem` for what the operator must change.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, _stop, stopping)
    async with open_bridge(settings) as bridge:
        http = build(
            stuck=bridge.watchdog.stuck,
            ready={"store": bridge.is_store_ready, "slack": bridge.is_slack_ready},
            metrics=bridge.metrics,
        )
        async with serving(http, settings.http_port) as port:
            # For the person, or the test, that started us: with port 0 nobody else knows it.
            sys.stdout.write(f"neo-slack: health on http://127.0.0.1:{port}/healthz\n")
            sys.stdout.flush()
            await bridge.run(stopping)
    return 0


def _stop(stopping: asyncio.Event) -> None:
    if stopping.is_set():
        log.warning("stopped_at_once")
        sys.exit(1)
    stopping.set()


@asynccontextmanager
async def open_bridge(settings: Settings) -> AsyncGenerator[Bridge]:
    """Open every edge and check it; yield the bridge, ready to run.

    Raises `ConfigurationProblem` naming everything that must be changed.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        if settings.redis_url is None:
            embedded = await stack.enter_async_context(EmbeddedValkey(settings.data_dir))
            address = embedded.url
        else:
            address = settings.redis_url.get_secret_value()
        store = await stack.enter_async_context(open_store(address))
        session = _open_slack(settings)
        stack.push_async_callback(session.close)
        neo = await stack.enter_async_context(
            open_neo(
                settings.pulumi_backend_url,
                settings.pulumi_org,
                clock=clock,
                sleep=sleep,
                rng=random.Random(),  # noqa: S311 -- spreads retries, guards nothing
            )
        )
        yield Bridge(settings, await _wire(settings, store, session, neo), session)


def _open_slack(settings: Settings) -> SlackSession:
    return SlackSession(
        settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        proxy=proxy_from_environment(settings.slack_api_url),
        tls=ssl.create_default_context(),
        call_timeout=settings.slack_call_timeout,
    )


async def _wire(settings: Settings, store: Store, session: SlackSession, neo: NeoClient) -> Edges:
    """Check every token and the store, then put the edges together."""
    identity = SharedIdentity(settings.pulumi_access_token.get_secret_value(), "the bridge's user")
    slack = _SlackChecks(session)
    doubts = await check_all(
        settings,
        slack=slack,
        pulumi=lambda: neo.current_user(identity),
        server=lambda: check_server(store),
    )
    for doubt in doubts:
        log.warning("start_doubtful", doubt=doubt)
    bot = await slack.identity()
    clock = SystemClock()
    lease = Lease(store, bot.installation, seconds=settings.lease_seconds)
    door = Door(SlackSender(session), before_call=lease.hold, clock=clock, sleep=sleep)
    call = settings.slack_call_timeout
    return Edges(
        neo=neo,
        streams=StreamStats(),
        identity=identity,
        bot=bot,
        admission=_admission(settings),
        store=store,
        lease=lease,
        inbox=Inbox(store, bot.installation),
        memory=Memory(store, bot.installation),
        door=door,
        reader=SlackReader(session.call, bot, clock),
        clock=clock,
        sleep=sleep,
        timing=Timing(call=call, margin=MARGIN_SHARE_OF_LEASE * settings.lease_seconds),
    )


def _admission(settings: Settings) -> Admission:
    everyone = "*" in settings.allowed_users
    return Admission(
        users=None if everyone else frozenset(settings.allowed_users),
        channels=frozenset(settings.allowed_channels) if settings.allowed_channels else None,
    )


class _SlackChecks:
    """What the start checks ask Slack; remembers who the bot is."""

    def __init__(self, session: SlackSession) -> None:
        self._session = session
        self._bot: BotIdentity | None = None

    async def auth(self) -> BotIdentity:
        """Ask who the bot token belongs to."""
        self._bot = await identify(self._session.call)
        return self._bot

    async def check_app_token(self, app_token: str) -> None:
        """Open, and forget, one Socket Mode URL."""
        await self._session.open_connection(app_token)

    async def identity(self) -> BotIdentity:
        """Return who the bot is, waiting for Slack while it is away."""
        delays = backoff()
        while self._bot is None:
            try:
                await self.auth()
            except SlackUnavailable as error:
                log.warning("slack_away_at_start", code=error.code)
                await sleep(next(delays))
        return self._bot
