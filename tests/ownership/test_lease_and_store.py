"""Who lost the lease or the store writes nothing, and goes on when it can."""

import asyncio
from pathlib import Path

from pydantic import SecretStr

from bot.ids import Installation
from bot.sandbox.neo import events
from bot.sandbox.slack.deliveries import Delivery
from bot.store import EmbeddedValkey, Lease, Store, open_store
from stage import Stage
from support import wait_until

WRITES = ("chat.postMessage", "chat.update", "reactions.add", "reactions.remove")


def written(stage: Stage) -> int:
    return sum(len(stage.slack.calls_of(method)) for method in WRITES)


def delivery_of(stage: Stage, words: str) -> Delivery:
    return next(d for d in stage.slack.deliveries if d.payload["event"].get("text") == words)


async def test_who_lost_the_lease_writes_nothing_until_it_owns_again(
    stage: Stage, store: Store, installation: Installation
) -> None:
    stage.neo.manual = True
    other = Lease(store, installation, seconds=30, holder="another process")
    async with stage.bridging() as bridge:
        root = await stage.mention("watch this")
        task = await stage.task()
        await stage.neo.emit(task.id, events.assistant_message("I am on it"))
        await stage.sees(root, "I am on it")

        assert await other.acquire(exclusive=True)
        await wait_until(lambda: not bridge.owner.is_owner, "the bridge noticed")
        before = written(stage)
        await stage.neo.emit(task.id, events.assistant_message("All done", is_final=True))
        await stage.reply(root, "thank you")
        # Intake goes on: any replica may take in.
        reply = delivery_of(stage, "thank you")
        await wait_until(lambda: reply.acked_at, "the reply is taken in")
        assert written(stage) == before
        assert len(task.user_events) == 1

        await other.release()
        await stage.sees(root, "All done")
        await wait_until(lambda: len(task.user_events) == 2, "the reply at Neo")

    assert stage.count(root, "All done") == 1
    assert [e.body["content"] for e in task.user_events] == ["watch this", "thank you"]


async def test_an_orderly_stop_leaves_the_lease_to_the_next(
    stage: Stage, store: Store, installation: Installation
) -> None:
    other = Lease(store, installation, holder="another process")
    async with stage.bridging() as bridge:
        await wait_until(lambda: bridge.owner.is_owner, "the bridge owns")
        assert not await other.acquire()

    assert await other.acquire()


async def test_what_a_store_that_hung_did_not_take_in_time_is_read_when_it_answers(
    stage: Stage, own_server: EmbeddedValkey
) -> None:
    url = SecretStr(own_server.url)
    async with open_store(own_server.url) as own, stage.bridging(redis_url=url) as bridge:
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")
        await own.call("CLIENT", "PAUSE", 6_000, "ALL")
        asking = asyncio.create_task(bridge.is_store_ready())  # what comes now waits behind it
        await stage.reply(root, "two")
        lost = delivery_of(stage, "two")
        lost.no_retry = True  # Slack promises to come again, and no more
        await asking
        await stage.sees(root, "You said: two", timeout=30)
    assert lost.acked_at is None
    assert stage.count(root, "You said: two") == 1


async def test_without_its_store_nothing_is_acked_and_then_everything_goes_on(
    stage: Stage, tmp_path: Path
) -> None:
    stage.neo.manual = True
    valkey = EmbeddedValkey(tmp_path)
    async with valkey:
        running = stage.bridging(redis_url=SecretStr(valkey.url))
        bridge = await running.__aenter__()
        root = await stage.mention("watch this")
        task = await stage.task()
        await stage.neo.emit(task.id, events.assistant_message("I am on it", is_final=True))
        await stage.sees(root, "I am on it")
    try:
        await stage.reply(root, "are you there?")
        lost = delivery_of(stage, "are you there?")
        await wait_until(lambda: len(lost.attempts) == 1, "an attempt")
        await wait_until(lambda: not bridge.owner.is_owner, "the bridge noticed")
        assert not await bridge.is_store_ready()
        async with valkey:
            await wait_until(lambda: len(task.user_events) == 2, "the reply at Neo")
            assert await bridge.is_store_ready()
            assert lost.acked_at is None
            await stage.neo.emit(task.id, events.assistant_message("I am back", is_final=True))
            await stage.sees(root, "I am back")
            await running.__aexit__(None, None, None)
    finally:
        pass
    assert stage.count(root, "I am on it") == 1
