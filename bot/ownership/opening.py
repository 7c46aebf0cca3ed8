"""Opens the edges of the installation that the tokens belong to, and checks each of them."""

import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.channels import ChannelIds
from bot.checks import check_all, check_bot_token, check_pulumi
from bot.clock import Clock, sleep
from bot.conversation.means import Admission
from bot.conversation.patience import Patience
from bot.delivery.backoff import backoff
from bot.delivery.posts import Timing
from bot.errors import ConfigurationProblem
from bot.metrics import Metrics
from bot.neo.client import NeoClient, open_neo
from bot.neo.identity import Identity, SharedIdentity
from bot.neo.stream import StreamStats
from bot.neo.wire import CurrentUser
from bot.ownership.edges import Edges
from bot.settings import Settings
from bot.slack.door import Door, Limits
from bot.slack.files_in import FilesIn
from bot.slack.identity import BotIdentity
from bot.slack.reader import SlackReader, identify
from bot.slack.sender import SlackSender
from bot.slack.session import SlackSession, proxy_from_environment
from bot.store.connection import Store, open_store
from bot.store.embedded import EmbeddedValkey
from bot.store.inbox import Inbox
from bot.store.lease import Lease
from bot.store.memory import Memory
from bot.store.pauses import Pauses
from bot.store.records import Records
from bot.store.server import check_server

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MARGIN_SHARE_OF_LEASE = 0.5
"""How long after a call's time-out it may still show: 5 s with the usual lease of 10 s."""

Chore = Callable[[], Coroutine[None, None, None]]
"""What is to be run, as a task, while the edges are open; it may come to its end."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The connections, before anybody has looked what is behind them."""

    settings: Settings
    store: Store
    session: SlackSession
    neo: NeoClient
    identity: Identity
    clock: Clock
    limits: Limits | None


@asynccontextmanager
async def open_edges(
    settings: Settings,
    patience: Patience,
    metrics: Metrics,
    clock: Clock,
    limits: Limits | None = None,
) -> AsyncGenerator[tuple[Edges, SlackSession, list[Chore]]]:
    """Open and check everything outside; yield with it what has to be done while it is open.

    Waits while Slack is away; what Pulumi Cloud says is waited for by a chore. Raises
    `ConfigurationProblem` naming everything that must be changed, and so may that chore.
    """
    async with AsyncExitStack() as stack:
        chores: list[Chore] = []
        if settings.redis_url is None:
            embedded = await stack.enter_async_context(EmbeddedValkey(settings.data_dir))
            address = embedded.url
            chores.append(embedded.keep)
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
        token = settings.pulumi_access_token.get_secret_value()
        identity = SharedIdentity(token, "shared")
        opened = _Opened(settings, store, session, neo, identity, clock, limits)
        pulumi = _PulumiChecks(neo, identity)
        bot = await _identified(opened, pulumi)
        chores.append(pulumi.until_answered)
        yield _edges(opened, bot, patience, metrics), session, chores


def _open_slack(settings: Settings) -> SlackSession:
    return SlackSession(
        settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        proxy=proxy_from_environment(settings.slack_api_url),
        call_timeout=settings.slack_call_timeout,
    )


async def _identified(opened: _Opened, pulumi: "_PulumiChecks") -> BotIdentity:
    """Check every token and the store; return who the bot is, waiting while Slack is away."""
    slack = _SlackChecks(opened.session)
    doubts = await check_all(
        opened.settings,
        slack=slack,
        pulumi=pulumi.user,
        server=lambda: check_server(opened.store),
    )
    for doubt in doubts:
        log.warning("start_doubtful", doubt=doubt)
    delays = backoff()
    while slack.bot is None:
        await sleep(next(delays))
        found = await check_bot_token(slack)
        if found.problems:
            raise ConfigurationProblem([*found.problems])
        log.info("slack_asked_again", doubts=found.doubts)
    return slack.bot


def _edges(opened: _Opened, bot: BotIdentity, patience: Patience, metrics: Metrics) -> Edges:
    settings, store, session = opened.settings, opened.store, opened.session
    clock, call = opened.clock, settings.slack_call_timeout
    lease = Lease(store, bot.installation, seconds=settings.lease_length, clock=clock)
    sender, limits = SlackSender(session), opened.limits
    door = Door(sender, before_call=lease.hold, clock=clock, sleep=sleep, limits=limits)
    return Edges(
        neo=opened.neo,
        streams=StreamStats(),
        identity=opened.identity,
        bot=bot,
        admission=_admission(settings),
        policy=settings.policy,
        channels=ChannelIds(Records(lease).moved_channels),
        store=store,
        lease=lease,
        inbox=Inbox(store, bot.installation),
        memory=Memory(store, bot.installation),
        pauses=Pauses(store, bot.installation),
        door=door,
        reader=SlackReader(door.paced(session.call), bot, clock),
        files_in=FilesIn(session),
        clock=clock,
        sleep=sleep,
        timing=Timing(call=call, margin=MARGIN_SHARE_OF_LEASE * settings.lease_seconds),
        patience=patience,
        metrics=metrics,
    )


def _admission(settings: Settings) -> Admission:
    everyone = "*" in settings.allowed_users
    return Admission(
        users=None if everyone else frozenset(settings.allowed_users),
        channels=frozenset(settings.allowed_channels) if settings.allowed_channels else None,
        admins=settings.who_may_pause,
    )


class _SlackChecks:
    """What the start checks ask Slack; remembers who the bot is."""

    def __init__(self, session: SlackSession) -> None:
        self._session = session
        self.bot: BotIdentity | None = None

    async def auth(self) -> BotIdentity:
        """Ask who the bot token belongs to."""
        self.bot = await identify(self._session.call)
        return self.bot

    async def check_app_token(self, app_token: str) -> None:
        """Open, and forget, one Socket Mode URL."""
        await self._session.open_connection(app_token)


class _PulumiChecks:
    """What the start checks ask Pulumi Cloud; remembers whether it has answered."""

    def __init__(self, neo: NeoClient, identity: Identity) -> None:
        self._neo = neo
        self._identity = identity
        self._answered = False

    async def user(self) -> CurrentUser:
        """Ask whose token it is."""
        user = await self._neo.current_user(self._identity)
        self._answered = True
        return user

    async def until_answered(self) -> None:
        """Ask until Pulumi Cloud answers, if it was away at the start.

        Raises `ConfigurationProblem` for an answer with which the bridge would not have begun.
        """
        delays = backoff()
        while not self._answered:
            await sleep(next(delays))
            found = await check_pulumi(self.user, self._neo.org)
            if found.problems:
                raise ConfigurationProblem([*found.problems])
            log.info("pulumi_asked_again", doubts=found.doubts)
