import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.wire import JSON
from support import wait_until

UPGRADE = (
    "GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2FuZGJveC1zYW5kYm94IQ==\r\n\r\n"
)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@pytest.fixture
async def hasty() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(retry_delays=(0, 0.4, 0.02), ack_deadline=0.05) as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def ticket_url(slack: SlackSandbox, http: ClientSession) -> str:
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with http.post(f"{slack.api_url}apps.connections.open", headers=headers) as answer:
        return (await answer.json())["url"]


@asynccontextmanager
async def connected(
    slack: SlackSandbox, http: ClientSession
) -> AsyncGenerator[ClientWebSocketResponse]:
    async with http.ws_connect(await ticket_url(slack, http)) as socket:
        assert (await socket.receive_json(timeout=5))["type"] == "hello"
        yield socket


async def ack(socket: ClientWebSocketResponse, envelope: JSON) -> None:
    await socket.send_json({"envelope_id": envelope["envelope_id"]})


async def test_a_ticket_is_good_for_one_attempt(slack: SlackSandbox, http: ClientSession) -> None:
    url = await ticket_url(slack, http)
    async with http.ws_connect(url):
        pass
    with pytest.raises(WSServerHandshakeError) as caught:
        await http.ws_connect(url)

    assert caught.value.status == 408


async def test_a_refused_attempt_uses_up_its_ticket(
    slack: SlackSandbox, http: ClientSession
) -> None:
    slack.faults.refuse_sockets()
    url = await ticket_url(slack, http)
    with pytest.raises(WSServerHandshakeError):
        await http.ws_connect(url)
    slack.faults.refuse_sockets(False)
    with pytest.raises(WSServerHandshakeError) as caught:
        await http.ws_connect(url)
    assert caught.value.status == 408

    async with connected(slack, http):
        assert slack.connections == 1


async def test_an_envelope_is_as_slack_sends_it(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        await slack.say("U1", "C1", "hi")
        envelope = await socket.receive_json(timeout=5)
        await ack(socket, envelope)
        await wait_until(lambda: slack.deliveries[0].acked_at, "the ack is taken")

    payload = envelope.pop("payload")
    assert envelope.pop("envelope_id")
    assert envelope == {
        "type": "events_api",
        "accepts_response_payload": False,
        "retry_attempt": 0,
        "retry_reason": "",
    }
    assert payload["type"] == "event_callback"
    assert payload["authorizations"][0]["user_id"] == slack.bot_user_id


async def test_an_event_that_is_not_acked_comes_three_times_more(
    hasty: SlackSandbox, http: ClientSession
) -> None:
    async with connected(hasty, http) as socket:
        await hasty.say("U1", "C1", "hi")
        envelopes = [await socket.receive_json(timeout=5) for _ in range(4)]
        (delivery,) = hasty.deliveries
        await wait_until(lambda: delivery.over, "the delivery is given up")

    assert [envelope["retry_attempt"] for envelope in envelopes] == [0, 1, 2, 3]
    assert envelopes[1]["retry_reason"] == "timeout"
    assert len({envelope["envelope_id"] for envelope in envelopes}) == 1
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
    assert (len(delivery.attempts), delivery.acked_at) == (4, None)


async def test_an_ack_ends_the_redeliveries(hasty: SlackSandbox, http: ClientSession) -> None:
    async with connected(hasty, http) as socket:
        await hasty.say("U1", "C1", "hi")
        await socket.receive_json(timeout=5)
        await ack(socket, await socket.receive_json(timeout=5))
        (delivery,) = hasty.deliveries
        await wait_until(lambda: delivery.over, "the delivery has ended")

    assert len(delivery.attempts) == 2
    assert delivery.acked_at


async def test_an_ack_at_once_is_enough_though_the_first_retry_has_no_delay(
    slack: SlackSandbox, http: ClientSession
) -> None:
    async with connected(slack, http) as socket:
        await slack.say("U1", "C1", "hi")
        await ack(socket, await socket.receive_json(timeout=5))
        await wait_until(lambda: slack.deliveries[0].over, "the delivery has ended")

    assert len(slack.deliveries[0].attempts) == 1


async def test_a_click_that_is_not_acked_comes_once(
    hasty: SlackSandbox, http: ClientSession
) -> None:
    async with connected(hasty, http) as socket:
        ts = await hasty.say("U1", "C1", "hi")
        click = await hasty.click("U1", "C1", ts, "approve", value="v")
        await wait_until(lambda: click.over, "the click is given up")
        frames = [await socket.receive_json(timeout=5) for _ in range(2)]

    assert [frame["type"] for frame in frames] == ["events_api", "interactive"]
    assert frames[1]["accepts_response_payload"]
    assert (len(click.attempts), click.acked_at) == (1, None)


async def test_an_ack_may_carry_a_payload(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        click = await slack.click("U1", "C1", await slack.say("U1", "C1", "?"), "a", value="v")
        envelopes = [await socket.receive_json(timeout=5) for _ in range(2)]
        answer = {"envelope_id": envelopes[1]["envelope_id"], "payload": {"text": "done"}}
        await socket.send_json(answer)
        await wait_until(lambda: click.over, "the click is acked")

    assert click.response == {"text": "done"}


async def test_an_ack_is_taken_on_any_connection(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as one, connected(slack, http) as other:
        await slack.say("U1", "C1", "hi")
        reads = [asyncio.create_task(each.receive_json()) for each in (one, other)]
        (done,), (waiting,) = await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
        await ack(other if done is reads[0] else one, done.result())
        await wait_until(lambda: slack.deliveries[0].acked_at, "the ack is taken")
        waiting.cancel()


async def test_an_event_while_no_socket_is_open_waits_for_its_retries(
    hasty: SlackSandbox, http: ClientSession
) -> None:
    await hasty.say("U1", "C1", "hi")
    (delivery,) = hasty.deliveries
    await wait_until(lambda: len(delivery.attempts) == 2, "two tries failed")
    async with connected(hasty, http) as socket:
        envelope = await socket.receive_json(timeout=5)

    assert envelope["retry_attempt"] == 2
    assert [attempt.connection for attempt in delivery.attempts[:2]] == ["", ""]


async def test_the_eleventh_connection_is_sent_away(
    slack: SlackSandbox, http: ClientSession
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connected(slack, http))
        async with http.ws_connect(await ticket_url(slack, http)) as socket:
            frame = await socket.receive_json(timeout=5)
            assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE

        assert frame["reason"] == "too_many_websockets"
        assert slack.connections == 10


async def test_every_connection_gets_some_payloads(
    slack: SlackSandbox, http: ClientSession
) -> None:
    async with connected(slack, http), connected(slack, http):
        for _ in range(20):
            await slack.say("U1", "C1", "hi")
        await wait_until(lambda: all(each.attempts for each in slack.deliveries), "all are sent")

        names = {each.attempts[0].connection for each in slack.deliveries}
        assert len(names) == 2


async def test_pings_are_answered_and_nonsense_is_ignored(
    slack: SlackSandbox, http: ClientSession
) -> None:
    async with http.ws_connect(await ticket_url(slack, http), autoping=False) as socket:
        assert (await socket.receive(timeout=5)).type is WSMsgType.TEXT
        await socket.send_str("not json")
        await socket.send_str("[]")
        await socket.send_str(json.dumps({"envelope_id": "unknown"}))
        await socket.ping(b"sdk-ping-pong:1")
        pong = await socket.receive(timeout=5)

    assert (pong.type, pong.data) == (WSMsgType.PONG, b"sdk-ping-pong:1")


async def test_a_client_that_dies_is_forgotten(slack: SlackSandbox, http: ClientSession) -> None:
    path = (await ticket_url(slack, http)).removeprefix(
        slack.workspace.base_url.replace("http", "ws")
    )
    host, port = slack.api_url.removeprefix("http://").removesuffix("/api/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(UPGRADE.format(path=path).encode())
    await reader.readuntil(b"hello")
    assert slack.connections == 1

    writer.transport.abort()

    await wait_until(lambda: slack.connections == 0, "the connection is forgotten")


async def test_payloads_can_arrive_twice(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        slack.faults.duplicate_next(1)
        await slack.say("U1", "C1", "hi")
        first, second = [await socket.receive_json(timeout=5) for _ in range(2)]
        await ack(socket, first)

    assert first == second


async def test_payloads_can_arrive_last_first(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        slack.faults.reorder_next(2)
        await slack.say("U1", "C1", "one")
        await slack.say("U1", "C1", "two")
        envelopes = [await socket.receive_json(timeout=5) for _ in range(2)]

    texts = [envelope["payload"]["event"]["text"] for envelope in envelopes]
    assert texts == ["two", "one"]


async def test_a_payload_that_no_other_follows_is_held_for_so_long_and_no_longer(
    slack: SlackSandbox, http: ClientSession
) -> None:
    async with connected(slack, http) as socket:
        slack.faults.reorder_next(2, seconds=0.05)
        await slack.say("U1", "C1", "alone")
        envelope = await socket.receive_json(timeout=5)
    assert envelope["payload"]["event"]["text"] == "alone"


async def test_what_people_do_can_come_late(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        slack.faults.delay_next(1, seconds=0.05)
        slack.faults.delay_next(1)
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        said = {"channel": "C1", "text": "of the bot"}
        await http.post(f"{slack.api_url}chat.postMessage", headers=headers, json=said)
        for text in ("late", "kept back", "in time"):
            await slack.say("U1", "C1", text)
        envelopes = [await socket.receive_json(timeout=5) for _ in range(3)]
        slack.faults.release()
        envelopes.append(await socket.receive_json(timeout=5))

    texts = [envelope["payload"]["event"]["text"] for envelope in envelopes]
    assert texts == ["of the bot", "in time", "late", "kept back"]


async def test_payloads_can_be_lost_for_good(slack: SlackSandbox, http: ClientSession) -> None:
    async with connected(slack, http) as socket:
        slack.faults.lose_deliveries()
        await slack.say("U1", "C1", "lost")
        slack.faults.lose_deliveries(False)
        await slack.say("U1", "C1", "found")
        envelope = await socket.receive_json(timeout=5)

    assert envelope["payload"]["event"]["text"] == "found"
    assert [each.lost for each in slack.deliveries] == [True, False]
    assert [message.text for message in slack.messages("C1")] == ["lost", "found"]


async def test_with_nobody_connected_nothing_is_sent() -> None:
    sockets = Sockets(app_id="A1", rng=random.Random(0), on_frame=lambda _: None)

    assert await sockets.send("{}") == ""
