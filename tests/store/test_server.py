import pytest

from bot.errors import ConfigurationProblem
from bot.store import EmbeddedValkey, Store, check_server, open_store


async def test_the_embedded_server_gives_no_reason_to_warn(store: Store) -> None:
    assert await check_server(store) == []


async def test_a_server_that_evicts_keys_is_refused(own_server: EmbeddedValkey) -> None:
    async with open_store(own_server.url) as store:
        await store.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        assert await check_server(store) == []  # without a limit nothing is thrown away
        await store.call("CONFIG", "SET", "maxmemory", "100mb")
        with pytest.raises(ConfigurationProblem, match="noeviction"):
            await check_server(store)


@pytest.mark.parametrize(
    ("settings", "warning"),
    [
        (("appendfsync", "everysec"), "once a second"),
        (("appendonly", "no"), "memory only"),
        (("appendonly", "no", "save", "3600 1"), "snapshots only"),
    ],
)
async def test_what_may_be_lost_is_said(
    own_server: EmbeddedValkey, settings: tuple[str, ...], warning: str
) -> None:
    async with open_store(own_server.url) as store:
        await store.call("CONFIG", "SET", *settings)
        (sentence,) = await check_server(store)
        assert warning in sentence


async def test_a_server_that_hides_its_settings_is_warned_about(
    own_server: EmbeddedValkey,
) -> None:
    async with open_store(own_server.url) as store:
        await store.call("ACL", "SETUSER", "hosted", "on", ">fake", "~*", "+@all", "-config")
        await store.call("ACL", "SETUSER", "blind", "on", ">fake", "~*", "+@all", "-info")
        await store.call("CONFIG", "SET", "appendonly", "no")
    for user in ("hosted", "blind"):
        async with open_store(own_server.url.replace("unix://", f"unix://{user}:fake@")) as store:
            (sentence,) = await check_server(store)
            assert "does not tell" in sentence
