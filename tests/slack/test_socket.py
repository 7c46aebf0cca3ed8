"""Socket Mode through a real socket: gaps, watchdog, and an orderly end."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.clock import SystemClock, sleep
from bot.errors import SlackUnauthorized, StoreUnavailable
from bot.sandbox.slack import SlackSandbox
from bot.slack.arriving import LARGEST
from bot.slack.desks import Intake
from bot.slack.inbound import Heard, Received
from bot.slack.listeners import build_app
from bot.slack.reader import identify
from bot.slack.session import SlackSession
from bot.slack.socket import SocketLink, SocketTiming
from slack_caller import BOT, Mute, open_session_at, open_workspace, serve
from support import wait_until

HELLO = '{"type": "hello", "num_connections": 1}'
QUICK = SocketTiming(ping=0.2, silence=0.5, connect=0.4, check=0.02, drain=1.0)
PATIENT = SocketTiming(ping=5.0, silence=30.0, connect=5.0, check=0.02, drain=1.0)


class Inbox:
    """Keeps what it hears; while `gate` is cleared, storing takes its time."""

    def __init__(self) -> None:
        self.begun = 0
        self.texts: list[str] = []
        self.broken = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, received: Received) -> None:
        self.begun += 1
        await self.gate.wait()
        if self.broken:
            self.broken -= 1
            raise StoreUnavailable("away")
        if isinstance(received.input, Heard):
            self.texts.append(received.input.text)


class Running:
    """A link that runs, and what it told."""

    def __init__(self, link: SocketLink, gaps: list[float | None]) -> None:
        self.link = link
        self.gaps = gaps
        self.task = asyncio.create_task(link.run())

    async def connected(self, times: int = 1) -> None:
        await wait_until(
            lambda: self.link.connected and self.link.connections >= times, "the socket is open"
        )


@asynccontextmanager
async def run_link(
    session: SlackSession, app_token: str, intake: Intake, timing: SocketTiming = PATIENT
) -> AsyncGenerator[Running]:
    gaps: list[float | None] = []

    async def on_connected(gap_since: float | None) -> None:
        gaps.append(gap_since)

    link = SocketLink(
        build_app(session, BOT, intake),
        session,
        app_token,
        on_connected=on_connected,
        clock=SystemClock(),
        sleep=sleep,
        timing=timing,
    )
    running = Running(link, gaps)
    try:
        yield running
    finally:
        running.task.cancel()
        await asyncio.gather(running.task, return_exceptions=True)


@asynccontextmanager
async def run_bridge(
    timing: SocketTiming = PATIENT, *, ack_deadline: float = 3.0
) -> AsyncGenerator[tuple[SlackSandbox, Inbox, Running]]:
    inbox = Inbox()
    async with (
        open_workspace(ack_deadline=ack_deadline) as (slack, session),
        run_link(session, slack.app_token, inbox, timing) as running,
    ):
        assert (await identify(session.call)).bot_user_id == slack.bot_user_id
        await running.connected()
        yield slack, inbox, running


async def test_what_is_said_arrives_and_is_acked() -> None:
    async with run_bridge() as (slack, inbox, running):
        assert running.link.silent_for is not None
        await slack.say("U1", "C1", "hello")
        await wait_until(lambda: inbox.texts == ["hello"], "the message is stored")
        await wait_until(lambda: slack.deliveries[-1].acked_at, "the message is acked")
        assert running.gaps == [None]


async def test_what_cannot_be_stored_comes_again() -> None:
    async with run_bridge(ack_deadline=0.1) as (slack, inbox, _):
        inbox.broken = 1
        await slack.say("U1", "C1", "hello")
        await wait_until(lambda: inbox.texts == ["hello"], "the message is delivered again")
        assert len(slack.deliveries[-1].attempts) == 2


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", None])
async def test_a_new_connection_tells_since_when_something_may_be_missed(
    reason: str | None,
) -> None:
    async with run_bridge(QUICK) as (slack, inbox, running):
        lost_at = SystemClock().now()
        await slack.faults.drop_sockets(reason)
        await running.connected(2)
        await wait_until(lambda: len(running.gaps) > 1, "the gap is told")
        gap = running.gaps[1]
        assert gap is not None
        assert lost_at - 5 < gap <= SystemClock().now()
        await slack.say("U1", "C1", "again")
        await wait_until(lambda: inbox.texts == ["again"], "the new connection works")


async def test_a_refused_socket_is_tried_again_with_a_new_ticket() -> None:
    async with run_bridge(QUICK) as (slack, _, running):
        slack.faults.refuse_sockets()
        await slack.faults.drop_sockets()
        await wait_until(lambda: not running.link.connected, "the loss is noticed")
        asked = len(slack.calls_of("apps.connections.open"))
        await wait_until(
            lambda: len(slack.calls_of("apps.connections.open")) > asked + 1,
            "new tickets are asked for",
        )
        slack.faults.refuse_sockets(refuse=False)
        await running.connected(2)


async def test_a_bad_app_token_ends_the_run() -> None:
    async with (
        open_workspace() as (_, session),
        run_link(session, "xapp-fake-other", Inbox()) as running,
    ):
        with pytest.raises(SlackUnauthorized):
            await asyncio.wait_for(running.task, 5)


async def test_a_proxy_of_the_environment_is_not_used_unless_the_session_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    async with run_bridge() as (slack, inbox, _):
        await slack.say("U1", "C1", "hello")
        await wait_until(lambda: inbox.texts == ["hello"], "the message is stored")


async def test_slack_being_away_does_not_end_the_run() -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=503)

    async with (
        serve(handle) as url,
        open_session_at(url) as session,
        run_link(session, "xapp-fake", Inbox()) as running,
    ):
        await wait_until(lambda: len(asked) >= 2, "the connection is asked for again")
        assert not running.task.done()
        assert running.link.silent_for is None


@pytest.mark.parametrize("hello", [True, False])
async def test_a_socket_that_falls_silent_is_replaced(hello: bool) -> None:  # noqa: FBT001 - a table
    slack = Mute(*([HELLO] if hello else []))
    # The pings of slack_sdk and aiohttp would notice too, in their own time.
    timing = SocketTiming(ping=60.0, silence=0.2, connect=0.2, check=0.02)
    async with (
        serve(slack.handle) as url,
        open_session_at(url) as session,
        run_link(session, "xapp-fake", Inbox(), timing) as running,
    ):
        await wait_until(lambda: slack.sockets >= 2, "a second socket is opened")
        assert bool(running.gaps) is hello


async def test_a_frame_that_nobody_can_read_harms_no_other() -> None:
    event = {"type": "message", "user": "U1", "text": "hi", "ts": "1700000000.000100"}
    bodies: list[object] = [{"event": "odd"}, {"event": {"type": 7}}, {"event": ["odd"]}]
    bodies.append({"event": event | {"channel": "C1"}, "event_id": "Ev1"})
    envelopes = [
        json.dumps({"type": "events_api", "envelope_id": f"e{number}", "payload": body})
        for number, body in enumerate(bodies)
    ]
    slack, inbox = Mute("not json", "[]", HELLO, "{}", *envelopes), Inbox()
    async with (
        serve(slack.handle) as url,
        open_session_at(url) as session,
        run_link(session, "xapp-fake", inbox),
    ):
        await wait_until(lambda: "e3" in slack.acked, "the good one is acked")
    assert inbox.texts == ["hi"]


def frame(envelope: str, **changes: object) -> str:
    """A message in a frame as Slack sends it, with changes to the envelope."""
    event = {"type": "message", "user": "U1", "channel": "C1", "ts": "1700000000.000100"}
    payload = {"event": event | {"text": "private words"}, "event_id": envelope}
    sound = {"type": "events_api", "envelope_id": envelope, "payload": payload}
    return json.dumps(sound | changes)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (frame("odd")[:-9], "slack_envelope_unreadable"),
        (frame("odd", payload=["private words"]), "slack_envelope_unreadable"),
        (frame("odd", payload={"authorizations": ["private words"]}), "slack_envelope_unreadable"),
        (frame("odd", pad="private words" * (LARGEST // 13)), "slack_envelope_too_large"),
    ],
)
async def test_a_frame_that_is_not_taken_in_is_not_acked_and_the_log_says_so_in_few_words(
    odd: str, said: str
) -> None:
    slack, inbox = (
        Mute(HELLO, odd, frame("good", retry_reason={"pad": "private words" * 9000})),
        Inbox(),
    )
    with capture_logs() as logs:
        async with (
            serve(slack.handle) as url,
            open_session_at(url) as session,
            run_link(session, "xapp-fake", inbox),
        ):
            await wait_until(lambda: "good" in slack.acked, "the good one is acked")
            events = [entry for entry in logs if entry["event"].startswith("slack_envelope")]
    assert slack.acked == ["good"]
    assert inbox.texts == ["private words"]
    assert [(entry["event"], entry["log_level"]) for entry in events] == [(said, "warning")]
    assert "private" not in str(events)


async def test_an_answered_ping_is_a_sign_of_life() -> None:
    timing = SocketTiming(ping=0.1, silence=1.0, connect=5.0, check=0.02)
    async with run_bridge(timing) as (_, _inbox, running):
        began = SystemClock().monotonic()
        await wait_until(lambda: SystemClock().monotonic() - began > 1.3, "time passes")
        assert running.link.connections == 1
        assert (running.link.silent_for or 0) < 1.0


async def test_a_stop_lets_what_is_being_stored_finish_and_takes_nothing_more() -> None:
    async with run_bridge() as (slack, inbox, running):
        inbox.gate.clear()
        await slack.say("U1", "C1", "first")
        await wait_until(lambda: inbox.begun == 1, "the first is being stored")
        running.link.stop()
        await slack.say("U1", "C1", "second")
        await wait_until(lambda: slack.deliveries[-1].attempts, "the second is delivered")
        inbox.gate.set()
        await asyncio.wait_for(running.task, 5)
        first, second = slack.deliveries
        assert inbox.texts == ["first"]
        assert first.acked_at is not None
        assert second.acked_at is None
        assert not running.link.connected


async def test_a_stop_does_not_wait_for_ever_for_a_store_that_hangs() -> None:
    timing = SocketTiming(check=0.02, drain=0.1)
    async with run_bridge(timing) as (slack, inbox, running):
        inbox.gate.clear()
        await slack.say("U1", "C1", "stuck")
        await wait_until(lambda: inbox.begun == 1, "it is being stored")
        running.link.stop()
        await asyncio.wait_for(running.task, 3)


async def test_what_goes_wrong_after_a_connection_ends_the_run() -> None:
    async def on_connected(_gap_since: float | None) -> None:
        raise StoreUnavailable("away")

    async with open_workspace() as (slack, session):
        link = SocketLink(
            build_app(session, BOT, Inbox()),
            session,
            slack.app_token,
            on_connected=on_connected,
            clock=SystemClock(),
            sleep=sleep,
            timing=PATIENT,
        )
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(link.run(), 5)


async def test_a_cancelled_run_leaves_nothing_behind() -> None:
    async with open_workspace() as (slack, session):
        before = asyncio.all_tasks()
        async with run_link(session, slack.app_token, Inbox()) as running:
            await running.connected()
            running.task.cancel()
            await asyncio.gather(running.task, return_exceptions=True)
        left = [task for task in asyncio.all_tasks() - before if "slack_sdk" in repr(task)]
        assert left == []
