"""What generated inputs have found, each by name."""

import asyncio
import json
from urllib.parse import parse_qsl, urlencode

import pytest
from aiohttp import ClientSession, web

from bot.conversation.talk import ts_order
from bot.errors import MalformedInput, NeoProtocolError, SlackRateLimited, SlackUnavailable
from bot.health import serving
from bot.ids import number_in
from bot.neo.decode import decode_console_event
from bot.neo.dialects import load_json
from bot.neo.http import FrameReader
from bot.neo.refusals import LONGEST_WAIT, seconds_to_wait
from bot.redaction import redact
from bot.slack.failure import LONGEST_RETRY_AFTER
from bot.slack.http import PATH, HttpIntake, decode, signature
from bot.slack.inbound import SlashCommand, Unsupported
from bot.slack.listeners import build_app
from bot.slack.parse import parse_command
from fuzz.answers import answering
from fuzz.inputs import FLOOR, HUGE, LONG, Inputs, nested
from fuzz.measure import LONGEST_LINE, Run
from fuzz.parsers import FORM, read_command, read_message
from neo.scripted_neo import SOMEONE, FakeTime, client_of, scripted_neo, streams
from neo.watching import Watch, cursors_sent, frame, names
from slack_caller import BOT, Inbox, SleepingClock, open_session_at, serve

SECRET = "fake-signing-secret"


def chunk(text: str) -> bytes:
    return f"{len(text):x}\r\n{text}\r\n".encode()


@pytest.mark.parametrize("text", ["\u00b2", "9" * 5000, "", "-1", "1_0", "x"])
def test_digits_that_are_no_number_to_us_count_as_none(text: str) -> None:
    assert number_in(text) == 0
    assert ts_order(f"{text}.000100") == (0, 100)
    assert ts_order("1700000000.000100") == (1_700_000_000, 100)


@pytest.mark.parametrize(
    "odd", ['"authorizations": [5]', '"team": true', '"user": 1.5', '"response_urls": [{}, {}]']
)
async def test_a_signed_request_that_bolt_cannot_read_is_unreadable_and_no_mistake_of_ours(
    odd: str,
) -> None:
    clock, inbox = SleepingClock(), Inbox()
    raw, sent = f'{{"event": {{}}, {odd}}}'.encode(), str(int(clock.now()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": sent,
        "X-Slack-Signature": signature(SECRET.encode(), sent, raw),
    }
    async with open_session_at("http://127.0.0.1:9/api/") as session, ClientSession() as http:
        app = web.Application()
        app.add_routes(HttpIntake(build_app(session, BOT, inbox), SECRET, clock).routes())
        async with serving(app, 0) as port:
            url = f"http://127.0.0.1:{port}{PATH}"
            async with http.post(url, data=raw, headers=headers) as answer:
                assert (answer.status, answer.headers["X-Slack-No-Retry"]) == (400, "1")


async def test_an_answer_of_slacks_with_too_many_levels_is_unreadable() -> None:
    async def deep(_: web.Request) -> web.Response:
        body = '{"ok": true, "a": ' + "[" * FLOOR + "]" * FLOOR + "}"
        return web.Response(text=body, content_type="application/json")

    async with serve(deep) as url, open_session_at(url) as session:
        with pytest.raises(SlackUnavailable, match="unreadable_answer"):
            await session.call("conversations.info", {"channel": "C1"})


@pytest.mark.parametrize("asked", ["inf", "1e999", "9" * 400, "1e17"])
async def test_nobody_can_make_the_bridge_wait_for_ever(asked: str) -> None:
    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": asked})

    async with serve(limited) as url, open_session_at(url) as session:
        with pytest.raises(SlackRateLimited) as caught:
            await session.call("conversations.info", {"channel": "C1"})
    assert caught.value.retry_after == LONGEST_RETRY_AFTER
    assert seconds_to_wait(asked, 0.0) in {None, LONGEST_WAIT}


async def test_a_proxys_status_line_in_another_encoding_is_an_answer_that_cannot_be_read() -> None:
    said = b"HTTP/1.1 302 D\xe9plac\xe9\r\nContent-Length: 0\r\n\r\n"
    async with answering(said) as proxy, client_of(proxy.url.rstrip("/")) as neo:
        with pytest.raises(NeoProtocolError, match="UnicodeEncodeError"):
            await neo.create_task(SOMEONE, "{}")


async def test_an_event_id_that_no_header_can_carry_is_no_cursor_and_the_stream_goes_on() -> None:
    odd, time = "id: a\x0eb\n\n", FakeTime()
    async with scripted_neo() as neo, client_of(neo.url, time) as client:
        neo.script += [streams(frame("one", sse_id="7"), odd), streams(frame("two"))]
        watch = Watch(client, time)
        assert names(await watch.first(2)) == ["one", "two"]
    assert cursors_sent(neo) == [None, "7"]


async def test_a_stream_that_breaks_in_the_middle_is_opened_again_after_its_silence() -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        """Send an event, and then what is no chunk: aiohttp's client hears of no end."""
        assert request.transport is not None
        request.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + chunk(frame("one"))
        )
        await asyncio.sleep(0.1)
        request.transport.write(b"zz\r\n")
        await asyncio.sleep(0.1)
        request.transport.close()
        return web.Response()

    time = FakeTime()
    async with scripted_neo() as neo, client_of(neo.url, time) as client:
        neo.script += [breaks, streams(frame("two"))]
        assert names(await Watch(client, time).first(2, silence=0.3)) == ["one", "two"]


@pytest.mark.parametrize("pattern", ["- ", "\u2014\n", "-- ", "--a=b ", "a "])
def test_the_longest_message_of_single_words_holds_nobody_up(pattern: str) -> None:
    typed = f"go {pattern * LONG}"[:LONG]
    run = Run("a message of single words", 0)
    run.read(read_message, typed)
    run.read(read_command, typed)


def test_a_stream_of_line_ends_alone_holds_nobody_up() -> None:
    Run("line ends", 0).read(lambda raw: FrameReader().feed(raw), b"\n" * (HUGE // 4))


def test_a_form_of_percent_signs_alone_holds_nobody_up() -> None:
    raw = b"payload=" + b"%7B%22" * (HUGE // 7)

    def read(given: bytes) -> None:
        with pytest.raises(MalformedInput):
            decode(given, FORM)

    Run("percent signs", 0).read(read, raw)


def test_a_form_is_read_as_others_read_it() -> None:
    inputs = Inputs(1)
    for _ in range(500):
        said = {inputs.word() or "x": inputs.text() for _ in range(3)}
        raw = urlencode(said, errors="replace").encode()
        form = decode(b"command=%2Fneo&&" + raw, FORM)
        assert form == {"command": "/neo", **dict(parse_qsl(raw.decode(), keep_blank_values=True))}


def test_a_line_of_the_log_that_begins_many_passwords_and_ends_none_holds_nobody_up() -> None:
    Run("colons", 0).read(redact, "see https://" + "a:" * (LONGEST_LINE // 2))


def test_a_command_from_a_channel_with_an_endless_id_is_no_command() -> None:
    command = dict.fromkeys(("user_id", "command", "trigger_id"), "x")
    assert isinstance(parse_command(command | {"channel_id": "C1"}, BOT), SlashCommand)
    assert isinstance(parse_command(command | {"channel_id": "C" * LONG}, BOT), Unsupported)


def test_a_large_event_of_no_known_form_holds_nobody_up() -> None:
    raw = json.dumps({"type": "new", **{str(n): n for n in range(HUGE // 20)}})
    Run("a large event", 0).read(decode_console_event, raw)


def test_json_of_many_levels_is_given_up_at_once() -> None:
    some = json.dumps(nested(500))
    raw = f"[{','.join([some] * (HUGE // len(some)))}]".encode()

    def read(given: bytes) -> None:
        with pytest.raises(ValueError, match="recursion"):
            load_json(given)

    Run("deep JSON", 0).read(read, raw)


def test_halves_of_characters_are_still_read() -> None:
    assert load_json(rb'{"a": "x\ud83d"}') == {"a": "x?"}
    assert load_json('{"a": "x\ud83d"}') == {"a": "x?"}
    assert load_json(b'{"a": "x\xed\xa0\xbd"}') == {"a": "x?"}
    assert load_json(rb'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}
    assert load_json(rb'["\\\ud83d", "\\ud83d", "\udc00\ud83d\ude00"]') == [
        "\\?",
        "\\ud83d",
        "?\U0001f600",
    ]
