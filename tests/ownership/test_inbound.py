"""The way from the inbox to the conversations."""

from bot.ids import Installation, ThreadRef, Ts
from bot.sandbox.neo import events
from bot.store import Inbox, Lease, Store
from bot.store.records import Commit, Records
from commanding import neo
from stage import ANN, INFRA, Stage
from support import wait_until


async def test_an_entry_that_nobody_can_read_is_buried_and_holds_up_nothing(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    bad = ["not json", '{"kind": "of another version"}']
    async with stage.bridging() as bridge:
        for each in bad:
            await inbox.take_in(each, [f"mark {each}"], thread_key=None, addressed=True)
        root = await stage.mention("hello")
        await stage.sees(root, "You said: hello")

        assert sorted(x.entry.json for x in await inbox.dead_letters()) == sorted(bad)
        assert await inbox.length() == 0
        assert b"neo_slack_dead_letters_total 2.0" in bridge.metrics.exposition()


async def test_every_thread_of_a_channel_follows_it_wherever_it_moves(
    stage: Stage, store: Store, installation: Installation
) -> None:
    stage.neo.manual = True
    inbox = Inbox(store, installation)
    async with stage.bridging():
        roots = [await stage.mention(words) for words in ("one", "two")]
        await wait_until(lambda: len(stage.neo.tasks) == 2, "two tasks")

        for new in ("C1MOVED", "C2MOVED"):
            old = INFRA if new == "C1MOVED" else "C1MOVED"
            await stage.slack.move_channel(old, new)
            await wait_until(lambda: not stage.slack.deliveries[-1].lost, "delivered")
        moves = [d for d in stage.slack.deliveries if "new_channel_id" in d.payload["event"]]
        await wait_until(lambda: all(d.acked_at for d in moves), "both moves are taken in")
        for task in stage.neo.tasks.values():
            said = events.assistant_message(f"done with {task.name}", is_final=True)
            await stage.neo.emit(task.id, said)

        for root, words in zip(roots, ("one", "two"), strict=True):
            await stage.sees(root, f"done with {words}", channel="C2MOVED")
        await stage.reply(roots[0], "thanks", channel="C2MOVED")
        await wait_until(
            lambda: any(len(t.user_events) == 2 for t in stage.neo.tasks.values()), "a reply"
        )
        assert await inbox.length() == 0


async def test_a_quiet_channel_stays_quiet_under_its_new_id(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    stage.slack.add_channel("C0LOUD", "loud", members=[ANN])
    async with stage.bridging():
        await neo(stage, "channel quiet")
        for old in (INFRA, "C0LOUD"):
            await stage.slack.move_channel(old, f"{old}2")
        moves = [d for d in stage.slack.deliveries if "event" in d.payload]
        await wait_until(lambda: all(d.acked_at for d in moves), "both moves are taken in")
        length = 1
        while length:
            length = await inbox.length()
        quiet = await neo(stage, "channel", channel=f"{INFRA}2")
        loud = await neo(stage, "channel", channel="C0LOUD2")
    assert "Neo hears only messages that mention me" in quiet
    assert "Neo hears every reply" in loud


async def test_every_owner_hears_that_a_channel_was_closed(
    stage: Stage, store: Store, installation: Installation
) -> None:
    stage.neo.manual = True
    inbox = Inbox(store, installation)
    async with stage.bridging():
        for words in ("one", "two"):
            root = await stage.mention(words)
            await stage.sees(root, "Stop")

        await stage.slack.archive(INFRA)

        direct = stage.slack.dm(ANN)
        await wait_until(lambda: len(stage.slack.messages(direct)) == 2, "told of both tasks")
        length = 1
        while length:
            length = await inbox.length()


async def test_who_rests_in_a_closed_channel_is_not_written_to(
    stage: Stage, store: Store, installation: Installation
) -> None:
    lease = Lease(store, installation)
    async with stage.bridging():
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")
    key = ThreadRef(channel=INFRA, root=Ts(root)).key()
    assert await lease.acquire(exclusive=True)
    await Records(lease).commit(Commit(thread_key=key, live=False))
    await lease.release()

    stage.neo.manual = True
    async with stage.bridging():
        busy = await stage.mention("two")
        await stage.sees(busy, "Stop")
        await stage.slack.archive(INFRA)

        direct = stage.slack.dm(ANN)
        await wait_until(lambda: stage.slack.messages(direct), "told of the one that works")
        assert len(stage.slack.messages(direct)) == 1
        inbox = Inbox(store, installation)
        length = 1
        while length:
            length = await inbox.length()
        assert len(stage.slack.messages(direct)) == 1
