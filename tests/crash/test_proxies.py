"""The proxies are exact: before a boundary the other side has nothing, after it it has acted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest
from aiohttp.client import _RequestContextManager  # pyright: ignore[reportPrivateUsage] -- its type has no other name

from bot.errors import StoreUnavailable
from bot.sandbox import NeoSandbox, SlackSandbox
from bot.store import Store, open_store
from crash.gate import Boundary, Fate, Gate, Kill, Lose, Policy, Side, nothing
from crash.neo_proxy import NeoProxy
from crash.plans import Once
from crash.slack_proxy import SlackProxy
from crash.store_proxy import StoreProxy

CREATION = Boundary("neo create_task", 1)


class Deaths:
    """Notes who is to die."""

    def __init__(self) -> None:
        self.killed: list[str] = []

    def kill(self, who: str) -> None:
        self.killed.append(who)

    def freeze(self, who: str, seconds: float) -> None:
        raise AssertionError(f"{who} frozen for {seconds} s: no plan here says so")

    def disturb(self, what: str) -> None:
        raise AssertionError(f"{what}: no plan here says so")


@asynccontextmanager
async def neo_behind(policy: Policy, deaths: Deaths) -> AsyncGenerator[tuple[NeoSandbox, str]]:
    async with (
        NeoSandbox(pace=0) as neo,
        NeoProxy("1", Gate(policy, deaths), neo.url) as proxy,
    ):
        yield neo, f"{proxy.url}/api/preview/agents/{neo.org}/tasks"


def create(session: aiohttp.ClientSession, neo: NeoSandbox, url: str) -> _RequestContextManager:
    message = {"type": "user_message", "content": "hi", "timestamp": "2026-01-01T00:00:00.001Z"}
    headers = {"Authorization": f"token {neo.token}"}
    return session.post(url, json={"message": message}, headers=headers)


@pytest.mark.parametrize(("side", "tasks"), [(Side.BEFORE, 0), (Side.AFTER, 1)])
@pytest.mark.parametrize("fate", [Kill(), Lose()])
async def test_a_request_is_unheard_before_its_boundary_and_heard_after_it(
    side: Side, tasks: int, fate: Fate
) -> None:
    deaths = Deaths()
    async with neo_behind(Once(CREATION, side, fate), deaths) as (neo, url):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                await create(session, neo, url)

        assert len(neo.tasks) == tasks
        assert deaths.killed == (["1"] if fate == Kill() else [])


async def test_what_nothing_befalls_passes_unchanged() -> None:
    async with (
        neo_behind(nothing, Deaths()) as (neo, url),
        aiohttp.ClientSession() as session,
        create(session, neo, url) as answer,
    ):
        assert answer.status == 201
        assert (await answer.json())["taskId"] in neo.tasks


async def test_an_event_of_a_stream_is_not_told_before_its_boundary() -> None:
    cut = Once(Boundary("neo tells user_message", 1), Side.BEFORE, Lose())
    async with neo_behind(cut, Deaths()) as (neo, url), aiohttp.ClientSession() as session:
        async with create(session, neo, url) as answer:
            task = (await answer.json())["taskId"]
        headers = {"Authorization": f"token {neo.token}"}

        async with session.get(f"{url}/{task}/events/stream", headers=headers) as stream:
            with pytest.raises(aiohttp.ClientError):
                await stream.content.readany()
        async with session.get(f"{url}/{task}/events/stream", headers=headers) as stream:
            assert b"user_message" in await stream.content.readuntil(b"\n\n")


async def test_a_socket_leads_through_the_proxy_frame_by_frame() -> None:
    cut = Once(Boundary("slack ack of message", 1), Side.BEFORE, Lose())
    gate = Gate(cut, Deaths())
    async with (
        SlackSandbox() as slack,
        SlackProxy(gate, slack.workspace.base_url, lambda: "1") as proxy,
        aiohttp.ClientSession() as session,
    ):
        headers = {"Authorization": f"Bearer {slack.app_token}"}
        async with session.post(f"{proxy.api_url('2')}apps.connections.open", headers=headers) as a:
            url = (await a.json())["url"]
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            await slack.say(slack.add_user("U1", "ann"), slack.add_channel("C1", "infra"), "hi")
            told = await socket.receive_json()
            await socket.send_json({"envelope_id": told["envelope_id"]})
            await socket.receive()

            assert (hello["type"], socket.closed) == ("hello", True)
        assert [crossed.who for crossed in gate.journal] == ["2"] * 5
        assert slack.deliveries[0].acked_at is None


@pytest.mark.parametrize(("side", "value"), [(Side.BEFORE, None), (Side.AFTER, "1")])
async def test_a_command_is_unheard_before_its_boundary_and_carried_out_after_it(
    store: Store, store_url: str, side: Side, value: str | None
) -> None:
    key = f"ns:{{TPROXY}}:{side}"
    gate = Gate(Once(Boundary("store SET", 1), side, Lose()), Deaths())
    async with (
        StoreProxy("1", gate, unquote(urlsplit(store_url).path)) as proxy,
        open_store(proxy.url) as proxied,
    ):
        with pytest.raises(StoreUnavailable):
            await proxied.call("SET", key, "1", "EX", 60)

        assert await store.call("GET", key) == value
        assert await proxied.call("DEL", key) == (1 if value else 0)
