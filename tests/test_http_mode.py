"""HTTP mode: the same bridge, where Slack posts what happens instead of a socket."""

import asyncio
import json
import time

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import Front
from bot.health import serving
from bot.ids import Installation
from bot.sandbox.neo import events
from bot.sandbox.slack.posts import signature
from bot.slack.http import PATH
from bot.store import EmbeddedValkey, Inbox, Lease, Store, open_store
from conversation.scenes import acked
from stage import ANN, INFRA, Stage
from support import wait_until


async def get(url: str) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, json.loads(await answer.text())


async def post(stage: Stage, text: str, *, secret: str = "", age: float = 0) -> int:
    """Post a mention as Slack would; return the status."""
    event = {
        "type": "app_mention",
        "channel": INFRA,
        "user": ANN,
        "text": stage.slack.mention(text),
        "ts": f"{time.time():.6f}",
    }
    body = {
        "type": "event_callback",
        "event_id": f"Ev {text}",
        "team_id": stage.slack.team_id,
        "event": event,
    }
    raw, sent = json.dumps(body).encode(), str(int(time.time() - age))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": sent,
        "X-Slack-Signature": signature(secret or stage.slack.signing_secret, sent, raw),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{stage.url}{PATH}", data=raw, headers=headers) as answer,
    ):
        return answer.status


async def test_people_talk_click_and_stop_as_by_a_socket(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging(http=True):
        assert await get(f"{stage.url}/readyz") == (
            200,
            {"ready": True, "store": True, "slack": True},
        )
        root = await stage.mention("count the stacks")
        task = await stage.task()
        await stage.neo.emit(task.id, events.assistant_message("Three.", is_final=True))
        await stage.sees(root, "Three.")

        await stage.reply(root, "drop one")
        await wait_until(lambda: len(task.user_events) == 2, "the reply at Neo")
        await stage.neo.emit(task.id, events.user_approval_request("Drop it?", request_id="r1"))
        await stage.sees(root, "Drop it?")
        await stage.click(root, "Approve")
        await wait_until(lambda: len(task.user_events) == 3, "the decision at Neo")
        await stage.click(root, "Stop")
        await wait_until(lambda: len(task.user_events) == 4, "the stop at Neo")
        await acked(stage)

    kinds = [e.body["type"] for e in task.user_events]
    assert kinds == ["user_message", "user_message", "user_confirmation", "user_cancel"]
    assert stage.slack.connections == 0


async def test_only_what_slack_signed_just_now_is_taken_in(stage: Stage) -> None:
    async with stage.bridging(http=True):
        assert await post(stage, "forged", secret="guessed") == 401
        assert await post(stage, "replayed", age=301) == 401
        assert await post(stage, "real") == 200
        task = await stage.task()

        assert await post(stage, "real") == 200  # a second delivery
        root = await stage.mention("another")
        await stage.sees(root, "You said: another")

    assert [t.user_events[0].body["content"] for t in stage.neo.tasks.values()] == [
        "real",
        "another",
    ]
    assert task.user_events[0].body["content"] == "real"


async def test_a_store_that_hangs_is_answered_for_in_time_and_nothing_is_lost(
    stage: Stage, own_server: EmbeddedValkey
) -> None:
    url = SecretStr(own_server.url)
    async with open_store(own_server.url) as own, stage.bridging(http=True, redis_url=url) as it:
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")
        await own.call("CLIENT", "PAUSE", 6_000, "ALL")
        asking = asyncio.create_task(it.is_store_ready())  # what comes now waits behind it
        await stage.reply(root, "two")
        lost = stage.slack.deliveries[-2]
        await wait_until(lambda: lost.attempts, "it has answered")
        assert (lost.failure, lost.acked_at) == ("http_error", None)
        await asking
        await stage.sees(root, "You said: two", timeout=30)
    assert stage.count(root, "You said: two") == 1


async def test_what_is_said_around_a_restart_arrives_once_by_retry_or_by_history(
    stage: Stage,
) -> None:
    async with stage.bridging(http=True):
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")
        stage.slack.faults.duplicate_next(1)
        await stage.reply(root, "two")
        await stage.sees(root, "You said: two")
    await stage.reply(root, "while it is down")
    lost = stage.slack.deliveries[-1]
    await wait_until(lambda: len(lost.attempts) == 2, "a try, and Slack's first retry")
    assert lost.acked_at is None

    async with stage.bridging(http=True):
        await stage.sees(root, "You said: while it is down")
        stage.slack.faults.duplicate_next(1)
        await stage.reply(root, "three")
        await stage.sees(root, "You said: three")

    (task,) = stage.neo.tasks.values()
    said = [e.body["content"] for e in task.user_events]
    assert said == ["one", "two", "while it is down", "three"]


async def test_an_orderly_stop_refuses_what_comes_and_finishes_what_runs(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging(http=True) as bridge:
        await wait_until(lambda: bridge.owner.is_owner, "the bridge owns")
        assert bridge.http is not None
        bridge.http.last_heard = None
        await store.call("CLIENT", "PAUSE", 700, "WRITE")
        running = asyncio.create_task(post(stage, "just in time"))
        await wait_until(lambda http=bridge.http: http.last_heard, "the request is read")
        bridge.link.stop()
        assert not bridge.link.connected
        assert await post(stage, "too late") == 503
        status, ready = await get(f"{stage.url}/readyz")
        assert (status, ready["slack"]) == (503, False)
        assert await running == 200

    assert await Inbox(store, installation).length() <= 1
    assert await Lease(store, installation).acquire()


async def test_before_the_bridge_is_there_slack_is_told_to_come_again(stage: Stage) -> None:
    settings = stage.settings.model_copy(
        update={"slack_app_token": None, "slack_signing_secret": stage.settings.slack_bot_token}
    )
    async with serving(Front(settings).application(), 0) as port:
        stage.url = f"http://127.0.0.1:{port}"
        assert await post(stage, "early") == 503
        with pytest.raises(LookupError):
            await stage.slack.deliver_to(f"{stage.url}{PATH}")
    async with serving(Front(stage.settings).application(), 0) as port:
        stage.url = f"http://127.0.0.1:{port}"
        assert await post(stage, "to a bridge in Socket Mode") == 404
