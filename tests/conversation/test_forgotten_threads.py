"""A thread whose conversation is no longer in the store says so, and goes on with a new task."""

from typing import cast

from bot.conversation import sentences
from bot.conversation.forgotten import last_task
from bot.ids import Installation, TaskId, Ts
from bot.slack.reader import SlackMessage
from bot.store import Store
from bot.store.keys import Keys, Kind
from conversation.people import new_talk
from conversation.scenes import contents
from stage import BOB, Stage

FORGOTTEN = "I no longer know the task"
LASTING_HALF_A_YEAR = (Kind.CONVERSATION, Kind.TASK, Kind.DONE_EVENTS, Kind.LIVE, Kind.RECENT)


async def forget(store: Store, installation: Installation) -> None:
    """Let half a year pass, in which nobody says a word."""
    for kind in (*LASTING_HALF_A_YEAR, Kind.STARTING, Kind.SENT):
        pattern = f"{Keys(installation).prefix}{kind}*"
        for key in cast("list[str]", await store.call("KEYS", pattern)):
            await store.call("DEL", key)


async def test_a_mention_in_a_forgotten_thread_is_told_so_once_and_starts_a_new_task(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")
        task = await stage.task()
    await forget(store, installation)
    async with stage.bridging():
        await stage.reply(root, "are you there?", user=BOB)
        await stage.reply(root, stage.slack.mention("two"))
        await stage.sees(root, FORGOTTEN)
        await stage.sees(root, "Ann: two")
        await stage.reply(root, "three")
        await stage.sees(root, "Ann: three")
    assert stage.count(root, FORGOTTEN) == 1
    assert contents(task) == ["one"]
    assert len(stage.neo.tasks) == 2


async def test_so_is_one_in_a_direct_message(
    stage: Stage, store: Store, installation: Installation
) -> None:
    direct = stage.slack.dm(BOB)
    async with stage.bridging():
        root = await stage.slack.say(BOB, direct, "list the stacks")
        await stage.sees(root, "You said", channel=direct)
    await forget(store, installation)
    async with stage.bridging():
        await stage.reply(root, "and the buckets", user=BOB, channel=direct)
        await stage.sees(root, FORGOTTEN, channel=direct)
        await stage.sees(root, "You said: and the buckets", channel=direct)


async def test_a_thread_of_people_has_nothing_to_forget(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.slack.say(BOB, "C0INFRA", "the build is red")
        await stage.reply(root, stage.slack.mention("why?"))
        await stage.sees(root, "why?")
    assert stage.count(root, FORGOTTEN) == 0


def test_the_sentence_leads_to_the_task() -> None:
    url = "https://app.pulumi.com/acme/neo/tasks/t1"
    assert (
        f"<{url}|Pulumi Cloud>" in sentences.forgotten(new_talk(), TaskId("t1"), url).content.text
    )
    assert (
        "find it in Pulumi Cloud" in sentences.forgotten(new_talk(), TaskId("t1"), "").content.text
    )


def test_the_last_of_our_own_cards_tells_the_task() -> None:
    keys = {"1.1": "t1/turn/1", "1.2": "t2/turn/12", "1.3": "t2/event/0", "1.4": "C1:1.1/late/1.2"}
    thread = [said(ts, key) for ts, key in keys.items()]
    assert last_task([*thread, said("1.5", "t3/turn/1", app_id="A2")], "A1") == "t2"
    assert last_task([said("1.1", "")], "A1") is None


def said(ts: str, key: str, *, app_id: str = "A1") -> SlackMessage:
    return SlackMessage(Ts(ts), app_id, key, Ts(""), is_tombstone=False, raw={})
