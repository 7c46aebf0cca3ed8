"""Whatever comes from outside: no crash, no 500, and nothing that takes longer than 100 ms.

100,000 inputs for each parser and for the HTTP endpoint: `uv run pytest tests/fuzz -m long -s`,
which prints the slowest. Here some hundreds of the same. A failure shows the seed and the input.
"""

import io
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from aiohttp import ClientSession, web

from bot import commands, entities, logs
from bot.errors import MalformedInput
from bot.health import serving
from bot.ids import ButtonValue
from bot.neo.decode import decode_console_event
from bot.neo.http import FrameReader
from bot.slack.http import PATH, HttpIntake, signature
from bot.slack.listeners import build_app
from bot.slack.markdown import layout
from bot.slack.parse import parse_action, parse_command, parse_event
from bot.slack.text import readable
from fuzz.inputs import BUTTON, CLICK, COMMAND, EVENT, NEO, Inputs
from slack_caller import BOT, Inbox, SleepingClock, open_session_at

SLOW = 0.1
"""Seconds that one input may take."""

SEED = 20261122
SECRET = "fake-signing-secret"
ANSWERS = {200, 400, 401, 503}
"""Taken, or nothing to us; unreadable; not signed; what Bolt fails on, and Slack sends again."""

FORM = "application/x-www-form-urlencoded"


def frames(raw: bytes) -> None:
    reader = FrameReader(limit=5000)
    for at in range(0, len(raw), 700):
        reader.feed(raw[at : at + 700])


def button(value: str) -> None:
    with suppress(MalformedInput):  # what it promises
        ButtonValue.decode(value)


def stream(inputs: Inputs) -> bytes:
    """Return bytes of an event stream, or of something near it."""
    ends = (b"\n", b"\n\n", b"\r\n\r\n", b"\r", b"")
    fields = (b"data: ", b"id: 7", b": ping", b"event: x", b"retry: 9", b"data", b"\xef\xbb\xbf")
    lines = [
        inputs.chance.choice(fields) + inputs.raw(NEO) + inputs.chance.choice(ends)
        for _ in range(inputs.chance.randint(1, 5))
    ]
    return inputs.damaged(b"".join(lines))


PARSERS: dict[str, tuple[Callable[[Inputs], Any], Callable[[Any], object]]] = {
    "slack event": (
        lambda x: x.one_of(lambda: x.like(EVENT), x.object),
        lambda body: parse_event(body, BOT),
    ),
    "slack action": (
        lambda x: x.one_of(lambda: x.like(CLICK), x.object),
        lambda body: parse_action(body, BOT),
    ),
    "slack command": (
        lambda x: x.one_of(lambda: x.like(COMMAND), x.object),
        lambda body: parse_command(body, BOT),
    ),
    "neo event": (lambda x: x.raw(NEO), decode_console_event),
    "event stream": (stream, frames),
    "slack text": (
        Inputs.text,
        lambda text: readable(text, bot=BOT.bot_user_id, users={"U1": "ann"}, channels={}),
    ),
    "markdown": (Inputs.text, layout),
    "command line": (Inputs.text, commands.parse),
    "entities": (
        Inputs.text,
        lambda text: entities.find(text, console_host="app.pulumi.com", org="acme"),
    ),
    "button": (lambda x: x.raw(BUTTON).decode("utf-8", "replace"), button),
}


def measured(parse: Callable[[Any], object], given: Any) -> float:
    """Return the seconds of work: the least of three, when it seems slow."""
    best = SLOW + 1
    for _ in range(3):
        began = time.thread_time()  # not the wall's: others use this machine too
        parse(given)
        best = min(best, time.thread_time() - began)
        if best <= SLOW / 2:
            break
    return best


def feed(name: str, count: int) -> None:
    make, parse = PARSERS[name]
    inputs, slowest = Inputs(SEED), 0.0
    for n in range(count):
        given = make(inputs)
        try:
            seconds = measured(parse, given)
        except Exception as error:
            error.add_note(f"{name}, input {n} of seed {SEED}: {given!r}"[:3000])
            raise
        slowest = max(slowest, seconds)
        assert seconds <= SLOW, f"{name}, input {n} of seed {SEED}: {seconds:.3f} s for {given!r}"
    print(f"\n{name}: {count} inputs, the slowest took {slowest * 1000:.1f} ms")  # noqa: T201


@pytest.mark.parametrize("name", PARSERS)
def test_no_input_of_a_sample_breaks_a_parser_or_holds_it_up(name: str) -> None:
    feed(name, 300)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PARSERS)
def test_no_input_breaks_a_parser_or_holds_it_up(name: str) -> None:
    feed(name, 100_000)


def request(inputs: Inputs) -> tuple[bytes, str]:
    """Return a body and its type."""
    sample = inputs.chance.choice((EVENT, CLICK, COMMAND))
    kind = inputs.chance.choice(("application/json", FORM, "text/plain", "application/json"))
    if kind != FORM:
        return inputs.raw(sample), kind
    if sample is COMMAND:
        form = {str(k): str(v) for k, v in inputs.like(COMMAND).items()}
    else:
        form = {"payload": inputs.raw(sample).decode("utf-8", "replace")}
    return inputs.damaged(urlencode(form, errors="replace").encode()), kind


@pytest.fixture
def logged() -> Iterator[None]:
    """Log as the bridge does, which takes its time too; the loggers are as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("info", secrets=[SECRET], stream=io.StringIO())
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


async def post_all(count: int) -> Counter[int]:
    """Post so many requests, most of them signed well; return how often each status came."""
    inputs, inbox, clock = Inputs(SEED), Inbox(), SleepingClock()
    statuses: Counter[int] = Counter()
    slowest = 0.0
    # Slack's Web API is not asked for anything here.
    async with open_session_at("http://127.0.0.1:9/api/") as session, ClientSession() as http:
        app = web.Application()
        app.add_routes(HttpIntake(build_app(session, BOT, inbox), SECRET, clock).routes())
        async with serving(app, 0) as port:
            url, sent = f"http://127.0.0.1:{port}{PATH}", str(int(clock.now()))
            for n in range(count):
                raw, kind = request(inputs)
                secret = b"guessed" if inputs.chance.random() < 0.05 else SECRET.encode()
                headers = {
                    "Content-Type": kind,
                    "X-Slack-Request-Timestamp": sent,
                    "X-Slack-Signature": signature(secret, sent, raw),
                }
                seconds, status = SLOW + 1, 0
                for _ in range(3):
                    began = time.thread_time()  # of the client's work too, which shares the loop
                    async with http.post(url, data=raw, headers=headers) as answer:
                        await answer.read()
                    seconds, status = min(seconds, time.thread_time() - began), answer.status
                    if seconds <= SLOW / 2:
                        break
                slowest = max(slowest, seconds)
                shown = f"request {n} of seed {SEED}: {kind} {raw!r}"[:3000]
                assert seconds <= SLOW, f"{seconds:.3f} s for {shown}"
                assert status in ANSWERS, f"{status} for {shown}"
                statuses[status] += 1
                inbox.taken.clear()
    print(f"\nHTTP: {count} requests, {dict(statuses)}, slowest {slowest * 1000:.1f} ms")  # noqa: T201
    return statuses


async def test_no_request_of_a_sample_meets_a_500_or_holds_it_up(logged: None) -> None:
    assert logged is None
    assert set(await post_all(300)) == ANSWERS


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_no_request_meets_a_500_or_holds_it_up(logged: None) -> None:
    assert logged is None
    assert set(await post_all(100_000)) == ANSWERS
