"""One run's world: a Slack, a Neo, a store, and bridges that see them through proxies alone."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.sandbox import NeoSandbox, SlackSandbox
from bot.sandbox.faults import RateLimited, ServerError
from bot.store import Store, open_store
from bridge_process import settings_for
from crash.gate import Gate, Policy
from crash.nursery import Nursery
from crash.replica import Replica
from crash.slack_proxy import SlackProxy
from crash.store_server import running_store

ANN, BOB = "U0ANN", "U0BOB"
INFRA, APPS = "C0INFRA", "C0APPS"
OPS = "S0OPS"

POLICY = f"""
[[rule]]
channels = "{INFRA}"
sensitivity = "sensitive"
deciders = ["owner", "{OPS}"]
quorum = 2
remind_after = "1m"
"""
"""Of the first task's owner and Bob's group, two have to agree. Its minutes are seconds here (see
`crash.mother`)."""

LEASE_SECONDS = 1.0
"""The shortest that the settings allow."""

ACK_SECONDS = 1.0
"""How long the sandbox waits for an ack. Slack waits 3 s; a run would do nothing but wait."""


LATE_SECONDS = 1.5
"""How long a late event is on its way: many others overtake it, and a short turn may be over."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What kind of world it is: how many bridges, which mistake they have, when Slack retries."""

    bridges: int = 1
    mutant: str = ""
    retries: tuple[float, ...] = (0, 60, 300)
    lease_seconds: float = LEASE_SECONDS
    gives_up: float = 40.0
    """Seconds after which something will never come."""
    store_server: str = ""
    """The Redis or Valkey to run; empty for the Valkey that comes with the bridge."""

    @property
    def settles(self) -> float:
        """How long after a takeover a bridge waits for the last owner's calls, and a little."""
        return 1.1 * self.lease_seconds + 0.2

    def __str__(self) -> str:
        """Say what is unusual, so that each run has a name of its own."""
        bridges = f", {self.bridges} bridges" if self.bridges > 1 else ""
        mutant = f", {self.mutant}" if self.mutant else ""
        return bridges + mutant + (", another store" if self.store_server else "")


class World:
    """Open it and the bridges start, each again whenever it dies, until `stop`."""

    def __init__(self, nursery: Nursery, home: Path, policy: Policy, setting: Setting) -> None:
        self.setting = setting
        self.slack = SlackSandbox(retry_delays=setting.retries, ack_deadline=ACK_SECONDS)
        self.neo = NeoSandbox(pace=0)
        self.neo.manual = True
        self.gate = Gate(policy, self)
        self.owners_killed: list[float] = []
        """When a bridge was killed that was the last to be given the lease, by `time.monotonic`."""
        self.replicas: dict[str, Replica] = {}
        self._nursery = nursery
        self._home = home
        self._stack = AsyncExitStack()
        self._store: Store | None = None
        self._lives: list[asyncio.Task[None]] = []
        self._later: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        for number in range(1, 1 + self.setting.bridges):
            (self._home / str(number)).mkdir(parents=True)
        self._populate()
        await self._nursery.prepare()  # her loading is not the bridges' time
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.slack)
            await stack.enter_async_context(self.neo)
            server = running_store(self._home, self.setting.store_server)
            url = await stack.enter_async_context(server)
            self._store = await stack.enter_async_context(open_store(url))
            slack = SlackProxy(self.gate, self.slack.workspace.base_url, self._owner)
            await stack.enter_async_context(slack)
            for number in range(1, 1 + self.setting.bridges):
                replica = Replica(str(number), self.gate, slack, self.neo.url, url)
                self.replicas[replica.who] = await stack.enter_async_context(replica)
            self._stack = stack.pop_all()
        told = self._settings()
        self._lives = [
            asyncio.create_task(replica.live(self._nursery, self._home / who, told))
            for who, replica in self.replicas.items()
        ]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        tasks = (*self._lives, *self._later)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()

    @property
    def store(self) -> Store:
        """The store, past the proxies."""
        assert self._store is not None
        return self._store

    @property
    def acquired(self) -> list[float]:
        """When some bridge was given the lease, by `time.monotonic`, in order."""
        return sorted(at for replica in self.replicas.values() for at in replica.acquired)

    def kill(self, who: str) -> None:
        """Kill a bridge at once."""
        if who == self._owner():
            self.owners_killed.append(time.monotonic())
        self.replicas[who].kill()

    def freeze(self, who: str, seconds: float) -> None:
        """Stop a bridge at once, and let it go on later."""
        self.do_later(self.replicas[who].freeze(seconds))

    def disturb(self, what: str) -> None:
        """Let something go wrong at once, by its name in `DISTURBANCES`."""
        DISTURBANCES[what](self)

    def do_later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else; before the bridges are stopped at the latest."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def stop(self) -> list[int]:
        """Stop every bridge in order; return the exit codes, which should be 0."""
        await asyncio.gather(*self._later)
        return [*await asyncio.gather(*(replica.stop() for replica in self.replicas.values()))]

    def _owner(self) -> str:
        """Return the bridge that was given the lease last."""
        latest = [(max(r.acquired, default=0.0), r.who) for r in self.replicas.values()]
        return max(latest)[1]

    def _settings(self) -> dict[str, str]:
        """Return what bridges are told, but for what each has behind proxies of its own."""
        policy = self._home / "policy.toml"
        policy.write_text(POLICY)
        settings = settings_for(
            self.slack,
            self.neo,
            self._home,
            NEO_SLACK_POLICY=str(policy),
            NEO_SLACK_LEASE_SECONDS=f"{self.setting.lease_seconds:g}",
        )
        return settings | ({"CRASH_MUTANT": self.setting.mutant} if self.setting.mutant else {})

    def _populate(self) -> None:
        for user in (ANN, BOB):
            self.slack.add_user(user, user[2:].title())
        for channel in (INFRA, APPS):
            self.slack.add_channel(channel, channel[2:].lower(), members=[ANN, BOB])
        self.slack.set_group(OPS, [BOB])


def _drop_sockets(world: World, reason: str | None) -> None:
    world.do_later(world.slack.faults.drop_sockets(reason))


def _limit_slack(world: World) -> None:
    for method in ("chat.postMessage", "chat.update"):
        world.slack.faults.add(method, RateLimited(1))


def _forget(world: World) -> None:
    world.neo.forget_last_event_id = True
    world.neo.cut_streams(cleanly=True)


DISTURBANCES: dict[str, Callable[[World], object]] = {
    "events twice": lambda world: world.slack.faults.duplicate_next(3),
    "events reordered": lambda world: world.slack.faults.reorder_next(2, LATE_SECONDS),
    "an event is late": lambda world: world.slack.faults.delay_next(1, LATE_SECONDS),
    "events are late": lambda world: world.slack.faults.delay_next(3, LATE_SECONDS),
    "Slack says 429": _limit_slack,
    "Slack fails after it acted": lambda world: world.slack.faults.add(
        "chat.postMessage", ServerError(after=True)
    ),
    "Neo says 429": lambda world: world.neo.faults.add("respond", RateLimited(0.5)),
    "Neo fails after it acted": lambda world: world.neo.faults.add(
        "respond", ServerError(after=True)
    ),
    "Neo fails after it created": lambda world: world.neo.faults.add(
        "create_task", ServerError(after=True)
    ),
    "streams end": lambda world: world.neo.cut_streams(),
    "streams forget": _forget,
    "sockets break": lambda world: _drop_sockets(world, None),
    "sockets are refreshed": lambda world: _drop_sockets(world, "refresh_requested"),
}
"""What may go wrong beside the crossings, by a name for plans."""
