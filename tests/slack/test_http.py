"""HTTP mode: only what Slack signed just now is read, and nothing that comes does any harm."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import MalformedInput
from bot.slack.arriving import LARGEST
from bot.slack.http import (
    PATH,
    READ_TIMEOUT,
    WINDOW,
    HttpIntake,
    decode,
    is_signed,
    is_timely,
    signature,
)
from bot.slack.inbound import Clicked, Heard, SlashCommand
from bot.slack.listeners import build_app
from slack_caller import BOT, Inbox, SleepingClock, open_session_at
from support import wait_until

SECRET = "fake-signing-secret"
SAID = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "event": {
        "type": "message",
        "channel": "C1",
        "user": "U1",
        "text": "hi",
        "ts": "1700000000.000100",
    },
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "container": {"message_ts": "1700000000.000200", "channel_id": "C1"},
    "actions": [{"action_id": "approve", "value": "v", "action_ts": "1700000009.000100"}],
}
COMMAND = {
    "command": "/neo",
    "text": "a+b & c=d",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "channel_name": "infra",
    "trigger_id": "1.2.x",
    "is_enterprise_install": "false",
}
FORM = "application/x-www-form-urlencoded"


class Echo:
    """Says the command back."""

    def __init__(self) -> None:
        self.heard: list[SlashCommand] = []

    async def answer(self, command: SlashCommand) -> str:
        self.heard.append(command)
        return f"you said {command.text}"


@dataclass
class Served:
    """An intake behind a real server, and a client that can sign."""

    http: ClientSession
    url: str
    intake: HttpIntake
    inbox: Inbox
    echo: Echo
    clock: SleepingClock

    async def post(
        self,
        raw: bytes,
        *,
        kind: str = "application/json",
        age: float = 0,
        secret: str = SECRET,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, Mapping[str, str]]:
        sent = str(int(self.clock.now() - age))
        signed = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": sent,
            "X-Slack-Signature": signature(secret.encode(), sent, raw),
        }
        async with self.http.post(
            self.url, data=io.BytesIO(raw), headers=signed | dict(headers or {})
        ) as answer:
            return answer.status, await answer.text(), answer.headers

    async def say(self, body: object, **given: Any) -> tuple[int, str, Mapping[str, str]]:
        return await self.post(json.dumps(body).encode(), **given)

    async def submit(self, form: Mapping[str, str]) -> tuple[int, str, Mapping[str, str]]:
        return await self.post(urlencode(form).encode(), kind=FORM)


@asynccontextmanager
async def served(read_timeout: float = READ_TIMEOUT) -> AsyncGenerator[Served]:
    inbox, echo, clock = Inbox(), Echo(), SleepingClock()
    # Slack's Web API is not asked for anything here.
    async with open_session_at("http://127.0.0.1:9/api/") as session, ClientSession() as http:
        bolt = build_app(session, BOT, inbox, desk=echo)
        intake = HttpIntake(bolt, SECRET, clock, read_timeout=read_timeout)
        app = web.Application()
        app.add_routes(intake.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        try:
            yield Served(http, url, intake, inbox, echo, clock)
        finally:
            await runner.cleanup()


async def test_events_clicks_and_commands_reach_the_same_listeners() -> None:
    async with served() as slack:
        assert (await slack.say(SAID))[:2] == (200, "")
        assert (await slack.submit({"payload": json.dumps(CLICK)}))[:2] == (200, "")
        status, answer, headers = await slack.submit(COMMAND)
        first, second = (taken.input for taken in slack.inbox.taken)
        assert isinstance(first, Heard)
        assert isinstance(second, Clicked)
        assert (status, json.loads(answer)["text"]) == (200, "you said a+b & c=d")
        assert headers["Content-Type"].startswith("application/json")
        assert slack.echo.heard[0].channel_name == "infra"
        assert slack.intake.last_heard == slack.clock.now()


async def test_the_challenge_of_a_new_address_is_returned() -> None:
    async with served() as slack:
        asked = {"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}
        assert (await slack.say(asked))[:2] == (200, "3eZbrw1a")
        assert (await slack.say(asked, secret="guessed"))[:2] == (401, "")


async def test_an_event_that_cannot_be_stored_is_sent_again_and_says_so() -> None:
    async with served() as slack:
        slack.inbox.broken = True
        assert (await slack.say(SAID))[0] == 503
        slack.inbox.broken = False
        again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}
        assert (await slack.say(SAID, headers=again))[0] == 200
        assert len(slack.inbox.taken) == 1


@pytest.mark.parametrize("age", [WINDOW + 1, -WINDOW - 1])
async def test_what_was_signed_too_long_ago_or_in_the_future_is_refused(age: float) -> None:
    async with served() as slack:
        assert (await slack.say(SAID, age=age))[:2] == (401, "")
        assert (await slack.say(SAID, age=age / abs(age) * WINDOW))[0] == 200
        assert len(slack.inbox.taken) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v1=" + "0" * 64},
        {"X-Slack-Signature": "v0=" + "é" * 64},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": "1700000000.5"},
        {"X-Slack-Request-Timestamp": "-1700000000"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
    ],
)
async def test_a_wrong_signature_is_refused_without_a_detail(headers: dict[str, str]) -> None:
    async with served() as slack:
        assert (await slack.say(SAID, headers=headers))[:2] == (401, "")
        assert slack.inbox.taken == []


async def test_a_signature_is_for_the_very_bytes() -> None:
    async with served() as slack:
        raw = json.dumps(SAID).encode()
        sent = str(int(slack.clock.now()))
        good = signature(SECRET.encode(), sent, raw)
        headers = {"X-Slack-Request-Timestamp": sent, "X-Slack-Signature": good}
        async with slack.http.post(slack.url, data=raw + b" ", headers=headers) as answer:
            assert answer.status == 401
        later = str(int(slack.clock.now()) + 1)
        headers["X-Slack-Request-Timestamp"] = later
        async with slack.http.post(slack.url, data=raw, headers=headers) as answer:
            assert answer.status == 401


def test_the_signature_is_slacks_own_example() -> None:
    raw = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": (
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        ),
    }
    assert is_signed(headers, raw, b"8f742231b10e8888abcd99yyyzzz85a5")
    assert is_timely(headers, 1531420618.0)


async def test_a_body_above_the_limit_is_refused_told_or_not() -> None:
    async def in_pieces() -> AsyncGenerator[bytes]:
        for _ in range(17):
            yield b" " * (LARGEST // 16)

    async with served() as slack:
        assert (await slack.post(b" " * (LARGEST + 1)))[0] == 413
        headers = {"X-Slack-Request-Timestamp": str(int(slack.clock.now()))}
        async with slack.http.post(slack.url, data=in_pieces(), headers=headers) as answer:
            assert (answer.status, await answer.text()) == (413, "")
        padded = json.dumps(SAID | {"event_context": "x" * (LARGEST - 1000)}).encode()
        assert (await slack.post(padded))[0] == 200


async def test_who_sends_too_slowly_is_cut_off() -> None:
    async with served(read_timeout=0.1) as slack:
        host, port = slack.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        sent = f"X-Slack-Request-Timestamp: {int(slack.clock.now())}\r\n"
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n{sent}\r\n"
        writer.write(head.encode() + b"{")
        async with asyncio.timeout(READ_TIMEOUT):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


async def test_who_hangs_up_in_the_middle_does_no_harm() -> None:
    async with served() as slack:
        host, port = slack.url.split("/")[2].split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        sent = f"X-Slack-Request-Timestamp: {int(slack.clock.now())}\r\n"
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n{sent}\r\n"
        writer.write(head.encode() + b"{")
        await writer.drain()
        writer.transport.abort()
        assert (await slack.say(SAID))[0] == 200


async def test_a_compressed_body_is_read_no_further_than_any_other() -> None:
    async with served() as slack:
        sent = str(int(slack.clock.now()))
        headers = {"Content-Encoding": "gzip", "X-Slack-Request-Timestamp": sent}
        async with slack.http.post(slack.url, data=b"no gzip at all", headers=headers) as answer:
            assert answer.status == 400


async def test_nothing_more_is_taken_in_once_it_stops_but_what_runs_ends() -> None:
    async with served() as slack:
        slack.inbox.going.clear()
        running = asyncio.ensure_future(slack.say(SAID))
        await wait_until(lambda: slack.inbox.waiting, "the store is asked")
        slack.intake.refuse()
        async with asyncio.timeout(5):
            assert (await slack.say(SAID))[0] == 503
        drained = asyncio.ensure_future(slack.intake.drain(5))
        await asyncio.sleep(0)
        assert not drained.done()
        slack.inbox.going.set()
        await drained
        assert (await running)[0] == 200


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"1" * 5000, "application/json"),
        (b"payload=", FORM),
        (b"payload=%5B%5D", FORM),
        (b"a=b&" * 200, FORM),
    ],
)
async def test_what_cannot_be_read_is_not_asked_for_again(raw: bytes, kind: str) -> None:
    async with served() as slack:
        status, said, headers = await slack.post(raw, kind=kind)
        assert (status, said, headers["X-Slack-No-Retry"]) == (400, "", "1")


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [
        *("type", "event", "actions", "command", "challenge", "team", "enterprise", "user"),
        *("authorizations", "is_enterprise_install", "token", "view", "ssl_check", "function_data"),
        *("text", "user_id", "channel_id", "trigger_id", "container", "context_team_id"),
    ]
)
TYPES = st.sampled_from(["event_callback", "block_actions", "url_verification", "view_closed"])
BODIES = st.fixed_dictionaries({}, optional={"type": TYPES}).flatmap(
    lambda known: st.dictionaries(NAMES, ODD, max_size=5).map(lambda rest: {**rest, **known})
)
RAW = st.binary(max_size=60) | BODIES.map(lambda body: json.dumps(body).encode())
KINDS = st.sampled_from(["application/json", FORM, "text/plain", "application/octet-stream"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(RAW, KINDS, st.booleans()), min_size=1, max_size=20))
@example([(b'{"authorizations": [5], "event": {}}', "application/json", True)])
@example([(b"command=%2Fneo&payload=%7B%7D&ssl_check=1", FORM, True)])
def test_no_request_whatever_it_holds_meets_a_500(
    requests: list[tuple[bytes, str, bool]],
) -> None:
    async def post_all() -> set[int]:
        async with served() as slack:
            return {
                (await slack.post(raw, kind=kind, secret=SECRET if knows else "guessed"))[0]
                for raw, kind, knows in requests
            }

    assert asyncio.run(post_all()) <= {200, 400, 401, 503}


@given(st.binary(max_size=80), KINDS)
def test_a_body_is_an_object_or_it_is_malformed(raw: bytes, kind: str) -> None:
    try:
        body = decode(raw, kind)
    except MalformedInput:
        return
    assert all(isinstance(name, str) for name in body)
