"""What kind of server this is: refused when it may forget, warned about when we cannot see."""

from bot.errors import ConfigurationProblem, StoreError, StoreUnavailable
from bot.store import replies
from bot.store.connection import Store
from bot.store.wire import WrongPassword

_OLDEST = (7, 0)
"""`PEXPIRE ... GT` and `GETEX` are there since Redis 7.0; every Valkey has them."""

_UNSEEN = (
    "the store does not tell whether it keeps its data on disk: "
    "it should run with appendonly yes and maxmemory-policy noeviction"
)
_MEMORY_ONLY = (
    "the store keeps its data in memory only: what it holds is lost when it stops (appendonly yes)"
)
_SNAPSHOTS = (
    "the store keeps snapshots only: what came after the last one is lost when it dies "
    "(appendonly yes)"
)
_EVERY_SECOND = (
    "the store writes to disk once a second: a power cut loses up to a second (appendfsync always)"
)


async def check_server(store: Store) -> list[str]:
    """Judge the server once at start; return warnings, a sentence each.

    Raises `ConfigurationProblem` for a server that evicts keys, is too old, or does not let us in;
    `StoreUnavailable` when it does not answer.
    """
    try:
        await store.ping()
    except WrongPassword as error:
        raise ConfigurationProblem([f"REDIS_URL: {error}"]) from None
    facts = await _facts(store)
    if problems := [*_too_old(facts), *_evicting(facts)]:
        raise ConfigurationProblem(problems)
    return _persistence(facts)


async def _facts(store: Store) -> dict[str, str]:
    info = await _ask(store, "INFO")
    lines = [line.partition(":") for line in replies.text(info).splitlines()] if info else []
    facts = {name: value for name, colon, value in lines if colon}
    for name in ("appendfsync", "save"):
        # Hosted servers refuse CONFIG; then this stays unknown.
        facts |= replies.fields(await _ask(store, "CONFIG", "GET", name))
    return facts


async def _ask(store: Store, *command: str) -> replies.Reply:
    try:
        return await store.call(*command)
    except StoreUnavailable:
        raise
    except StoreError:
        return None


def _too_old(facts: dict[str, str]) -> list[str]:
    # Valkey reports the Redis version that it is compatible with, 7.2.4, under this name.
    version = facts.get("redis_version", "")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < _OLDEST:
        return [f"REDIS_URL: Redis 7.0 or any Valkey is needed, this is {version}"]
    return []


def _evicting(facts: dict[str, str]) -> list[str]:
    policy = facts.get("maxmemory_policy", "noeviction")
    if facts.get("maxmemory", "0") == "0" or policy == "noeviction":
        return []
    return [f"REDIS_URL: set maxmemory-policy to noeviction; with {policy} the store loses data"]


def _persistence(facts: dict[str, str]) -> list[str]:
    if "aof_enabled" not in facts:
        return [_UNSEEN]
    if facts["aof_enabled"] == "1":
        return [_EVERY_SECOND] if facts.get("appendfsync", "always") != "always" else []
    if "save" not in facts:
        return [_UNSEEN]
    return [_SNAPSHOTS] if facts["save"] else [_MEMORY_ONLY]
