"""The sandbox by HTTP: signed, verified first, told again until it is answered, as Slack does."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession, web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack import SlackSandbox, mention
from support import wait_until


@dataclass
class App:
    """An app's server: verifies what comes with Slack's own SDK, and answers as it is told to."""

    secret: str
    answers: list[web.Response] = field(default_factory=list[web.Response])
    heard: list[tuple[Mapping[str, str], str]] = field(default_factory=list[Any])
    hangs: bool = False

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.text()
        assert SignatureVerifier(self.secret).is_valid_request(raw, dict(request.headers))
        if '"url_verification"' in raw:
            return web.json_response({"challenge": json.loads(raw)["challenge"]})
        self.heard.append((request.headers, raw))
        if self.hangs:
            await asyncio.sleep(0.5)
        return self.answers.pop(0) if self.answers else web.Response()


@asynccontextmanager
async def serving(app: App) -> AsyncGenerator[str]:
    server = web.Application()
    server.router.add_post("/slack/events", app.handle)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def staged() -> AsyncGenerator[tuple[SlackSandbox, App]]:
    async with SlackSandbox(retry_delays=(0, 0.02, 0.02), ack_deadline=0.1) as slack:
        slack.add_user("U1", "ann")
        slack.add_channel("C1", "infra", ["U1"])
        app = App(slack.signing_secret)
        async with serving(app) as url:
            await slack.deliver_to(url)
            yield slack, app


async def test_an_event_is_posted_as_signed_json() -> None:
    async with staged() as (slack, app):
        await slack.say("U1", "C1", "hi")
        (delivery,) = slack.deliveries
        await wait_until(lambda: delivery.over, "delivered")
        ((headers, raw),) = app.heard
        assert json.loads(raw) == delivery.payload
        assert headers["Content-Type"] == "application/json"
        assert "X-Slack-Retry-Num" not in headers
        assert delivery.acked_at is not None


async def test_an_event_is_posted_again_until_it_is_answered_and_says_why() -> None:
    async with staged() as (slack, app):
        app.answers = [web.Response(status=503), web.Response(status=500)]
        await slack.say("U1", "C1", "hi")
        await wait_until(lambda: slack.deliveries[0].over, "delivered")
        retries = [
            (h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in app.heard
        ]
        assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
        assert len({raw for _, raw in app.heard}) == 1


async def test_an_app_that_is_too_slow_is_told_so_and_three_times_at_most() -> None:
    async with staged() as (slack, app):
        app.hangs = True
        await slack.say("U1", "C1", "hi")
        (delivery,) = slack.deliveries
        await wait_until(lambda: delivery.over, "given up")
        assert [h.get("X-Slack-Retry-Reason") for h, _ in app.heard] == [
            None,
            *["http_timeout"] * 3,
        ]
        assert delivery.acked_at is None


async def test_an_app_can_ask_not_to_be_told_again() -> None:
    async with staged() as (slack, app):
        app.answers = [web.Response(status=400, headers={"X-Slack-No-Retry": "1"})]
        await slack.say("U1", "C1", "hi")
        await wait_until(lambda: slack.deliveries[0].over, "given up")
        assert len(app.heard) == 1


async def test_a_click_and_a_command_are_forms_and_have_one_try() -> None:
    async with staged() as (slack, app):
        app.answers = [
            web.json_response({"text": "as JSON"}),
            web.Response(text="as text"),
            web.Response(status=503),
        ]
        for _ in range(3):
            delivery = await slack.command("U1", "C1", "/neo", "a+b & c")
            await wait_until(lambda at=delivery: at.over, "over")
        shown = [delivery.response for delivery in slack.deliveries]
        assert shown == [{"text": "as JSON"}, {"text": "as text"}, None]
        form = parse_qs(app.heard[0][1], strict_parsing=True)
        assert (form["command"], form["text"]) == (["/neo"], ["a+b & c"])
        assert len(app.heard) == 3
        block = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        async with ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as http:
            post = {
                "channel": "C1",
                "text": "x",
                "blocks": [{"type": "actions", "elements": [block]}],
            }
            async with http.post(f"{slack.api_url}chat.postMessage", json=post) as answer:
                ts = (await answer.json())["ts"]
        click = await slack.click("U1", "C1", ts, "go")
        await wait_until(lambda: click.over, "over")
        payload = parse_qs(app.heard[-1][1])["payload"][0]
        assert json.loads(payload)["actions"][0]["action_id"] == "go"


async def test_a_url_that_does_not_return_the_challenge_is_refused() -> None:
    async def deaf(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    server = web.Application()
    server.router.add_post("/slack/events", deaf)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with SlackSandbox() as slack:
        with pytest.raises(LookupError, match="challenge"):
            await slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    await runner.cleanup()


@asynccontextmanager
async def typed(**given: Any) -> AsyncGenerator[tuple[SlackSandbox, ClientSession, str]]:
    """A sandbox where somebody typed a command; the address to answer to."""
    async with SlackSandbox(**given) as slack, ClientSession() as http:
        slack.add_user("U1", "ann")
        slack.add_channel("C1", "infra", ["U1"], bot_is_member=False)
        delivery = await slack.command("U1", "C1", "/neo", "hi")
        yield slack, http, delivery.payload["response_url"]


async def respond(http: ClientSession, url: str, body: Any) -> tuple[int, str]:
    async with http.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_a_command_has_its_form_and_no_thread_and_only_neo_is_one() -> None:
    async with typed() as (slack, _, _url):
        (delivery,) = slack.deliveries
        assert delivery.type == "slash_commands"
        assert all(isinstance(value, str) for value in delivery.payload.values())
        assert "thread_ts" not in delivery.payload
        assert delivery.payload["channel_name"] == "infra"
        dm = await slack.command("U1", slack.dm("U1"), "/neo")
        assert dm.payload["channel_name"] == "directmessage"
        assert dm.payload["trigger_id"] != delivery.payload["trigger_id"]
        with pytest.raises(LookupError):
            await slack.command("U1", "C1", "/deploy")


async def test_a_response_url_reaches_a_channel_without_the_bot_five_times() -> None:
    async with typed() as (slack, http, url):
        assert await respond(http, url, {"text": "only you"}) == (200, "ok")
        everyone = {"response_type": "in_channel", "text": mention("all")}
        assert await respond(http, url, everyone) == (200, "ok")
        assert [(e.user, e.text) for e in slack.ephemerals] == [("U1", "only you")]
        assert [m.text for m in slack.messages("C1")] == [mention("all")]
        assert await respond(http, url, []) == (400, "invalid_payload")
        assert await respond(http, url, {}) == (400, "no_text")
        for _ in range(3):  # what was malformed was no use
            assert (await respond(http, url, {"text": "more"}))[0] == 200
        assert await respond(http, url, {"text": "more"}) == (404, "used_url")


class Later:
    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


async def test_a_response_url_expires_after_half_an_hour() -> None:
    clock = Later()
    async with typed(clock=clock) as (_, http, url):
        clock.time += 29 * 60
        assert (await respond(http, url, {"text": "in time"}))[0] == 200
        clock.time += 2 * 60
        assert await respond(http, url, {"text": "late"}) == (404, "expired_url")
        assert await respond(http, url + "x", {"text": "x"}) == (404, "expired_url")


async def test_people_attach_files_that_only_the_bot_can_read() -> None:
    async with typed() as (slack, http, _):
        await slack.add_bot("C1")
        await slack.say("U1", "C1", "", files=[("a.yaml", b"a: 1"), ("core", b"\0")])
        event = slack.deliveries[-1].payload["event"]
        assert event["subtype"] == "file_share"
        plan, core = event["files"]
        assert (plan["name"], plan["size"], plan["user"]) == ("a.yaml", 4, "U1")
        assert core["mimetype"] == "application/octet-stream"
        async with http.get(plan["url_private_download"]) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with http.get(plan["url_private_download"], headers=headers) as answer:
            assert await answer.read() == b"a: 1"
