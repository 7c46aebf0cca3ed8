"""What was said while nobody listened, and is old by now: nothing happens without its author."""

from bot.clock import SystemClock
from bot.ids import Installation
from bot.store import Store
from bot.store.keys import Keys, Kind
from conversation.scenes import acked, contents, finish, resting, whispered
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

AN_HOUR = 3600.0


async def test_an_old_mention_starts_a_task_only_when_its_author_says_so(
    stage: Stage, store: Store, installation: Installation
) -> None:
    await listened_until_long_ago(store, installation)
    root = await said_long_ago(stage, stage.slack.mention("clean up"))
    async with stage.bridging():
        asked = await stage.sees(root, "I was offline")
        assert f"<@{ANN}>" in asked.text
        await stage.reply(root, "please do", user=BOB)
        await acked(stage)
        assert stage.neo.tasks == {}
        await stage.click(root, "Start it now", user=BOB)
        await whispered(stage, BOB, "Only the person who wrote")
        assert stage.neo.tasks == {}
        await stage.click(root, "Start it now")
        task = await stage.task()
        await stage.click(root, "Start it now")
        await whispered(stage, ANN, "settled before")
        await stage.sees(root, "Done")
    assert contents(task) == ["Ann: clean up\n\nBob: please do"]
    assert len(stage.neo.tasks) == 1


async def test_an_old_mention_does_not_hold_up_a_new_one(
    stage: Stage, store: Store, installation: Installation
) -> None:
    await listened_until_long_ago(store, installation)
    root = await said_long_ago(stage, stage.slack.mention("clean up"))
    async with stage.bridging():
        await stage.sees(root, "I was offline")
        await stage.reply(root, stage.slack.mention("count the buckets"), user=BOB)
        task = await stage.task()
        await stage.sees(root, "Done")
    assert contents(task) == ["Bob: count the buckets"]


async def test_an_old_reply_is_sent_only_when_its_author_says_so(
    stage: Stage, store: Store, installation: Installation
) -> None:
    stage.slack.workspace.clock = AnHourAgo()
    async with stage.bridging():
        root, task = await resting(stage)
        stage.slack.faults.lose_deliveries()
        await stage.reply(root, "and eu?", user=BOB)
    stage.slack.faults.lose_deliveries(lose=False)
    await listened_until_long_ago(store, installation)
    async with stage.bridging():
        asked = await stage.sees(root, "I was offline")
        assert f"<@{BOB}>" in asked.text
        await stage.reply(root, "and us?")
        await wait_until(lambda: len(contents(task)) == 2, "the new one goes")
        await finish(stage, root, task, "Counted us.")
        await stage.click(root, "Send it now", user=BOB)
        await wait_until(lambda: len(contents(task)) == 3, "the old one")
    assert contents(task) == ["go", "Ann: and us?", "Bob: and eu?"]


class AnHourAgo(SystemClock):
    """The clock of a Slack in which everything is said an hour ago."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return super().now() - AN_HOUR


async def said_long_ago(stage: Stage, text: str) -> str:
    """Let Ann say something an hour ago, while no bridge ran."""
    stage.slack.workspace.clock = AnHourAgo()
    stage.slack.faults.lose_deliveries()
    ts = await stage.slack.say(ANN, INFRA, text)
    stage.slack.faults.lose_deliveries(lose=False)
    stage.slack.workspace.clock = SystemClock()
    return ts


async def listened_until_long_ago(store: Store, installation: Installation) -> None:
    """Let the last bridge have ended two hours ago."""
    now = await store.time()
    await store.call("SET", Keys(installation).of(Kind.INTAKE), f"{now - 2 * AN_HOUR:.6f}")
