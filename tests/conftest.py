"""Fixtures that several parts share: a real Valkey, and a watch over the keys that tests leave."""

import asyncio
import gc
import os
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from hypothesis import settings

from bot.ids import Installation
from bot.sandbox import NeoSandbox, SlackSandbox
from bot.settings import Settings
from bot.store import EmbeddedValkey, Store, open_store
from bot.store.keys import rule_of
from stage import ANN, BOB, EVE, INFRA, Stage

# A run starts a hundred processes: each would compile everything anew, for 3 s.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes tells about the machine's load, not about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


BEGIN_WITH = ("page", "tests")
"""The directories whose files take longest and mostly wait. Those that compute come in between:
all at once they would keep each other waiting beyond what a test has patience for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the lengthy files, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.parent.name not in BEGIN_WITH)


MEMORY = Path("/dev/shm")  # noqa: S108 -- a directory of our own is made in it
"""Where there is one, the store that tests share is kept in memory: it syncs every write, for which
a busy machine's disk may take longer than a test waits. Tests of syncing have servers of their own.
"""


def pytest_collection_finish() -> None:
    """Let the collector pass by what stays until the end: three thousand tests and all modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    """The address of a real Valkey that lives as long as the test run."""
    place = tempfile.TemporaryDirectory(prefix="nst-", dir=MEMORY if MEMORY.is_dir() else None)
    with place as home, asyncio.Runner() as runner:
        valkey = EmbeddedValkey(Path(home))
        runner.run(valkey.__aenter__())
        yield valkey.url
        runner.run(valkey.__aexit__(None, None, None))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """The store, open."""
    async with open_store(store_url) as opened:
        yield opened


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A server that a test may reconfigure, halt or kill."""
    async with EmbeddedValkey(tmp_path / "own") as valkey:
        yield valkey


@pytest.fixture
def installation() -> Installation:
    """An installation that no other test uses."""
    return Installation(f"T{uuid.uuid4().hex[:10].upper()}")


@pytest.fixture(autouse=True)
def key_keeper(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a key which `bot.store.keys` does not allow as it is."""
    if "installation" not in request.fixturenames:
        yield
        return
    prefix = f"ns:{{{request.getfixturevalue('installation')}}}:"
    url: str = request.getfixturevalue("store_url")
    yield
    with cast("Any", redis.Redis).from_url(url, decode_responses=True) as server:
        keys: list[str] = list(server.scan_iter(f"{prefix}*"))
        wrong = [line for key in keys if (line := _fault(server, key))]
        if keys:
            server.delete(*keys)
    assert not wrong, "keys that break the table in bot/store/keys.py:\n" + "\n".join(wrong)


def _fault(server: Any, key: str) -> str | None:
    rule = rule_of(key)
    if rule is None:
        return f"{key}: not in the table"
    millis = server.pttl(key)
    if millis == -2:
        return None  # it ended while we looked
    remaining = None if millis == -1 else millis / 1000
    return None if rule.allows(remaining) else f"{key}: {remaining} s left, rule {rule}"


@pytest.fixture
async def stage(store_url: str, installation: Installation) -> AsyncIterator[Stage]:
    """Both sandbox servers with the usual people, and settings for a bridge between them."""
    slack = SlackSandbox(team_id=installation)
    neo = NeoSandbox(pace=0.0)
    async with slack, neo:
        for user, name in ((ANN, "Ann"), (BOB, "Bob"), (EVE, "Eve")):
            slack.add_user(user, name)
        slack.add_channel(INFRA, "infra", members=[ANN, BOB, EVE])
        settings = Settings.model_validate(
            {
                "slack_bot_token": slack.bot_token,
                "slack_app_token": slack.app_token,
                "slack_api_url": slack.api_url,
                "pulumi_access_token": neo.token,
                "pulumi_org": neo.org,
                "pulumi_backend_url": neo.url,
                "redis_url": store_url,
                "identity": "shared",
                "allowed_users": f"{ANN},{BOB}",
                "http_port": 0,
                "lease_seconds": 2,
            }
        )
        yield Stage(slack, neo, settings)
