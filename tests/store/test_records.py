import pytest

from bot.ids import TaskId, Ts
from bot.store import Commit, Lease, Outbox, Records
from bot.store.keys import MEMORY_SECONDS, Kind

THREAD, OTHER = "C1:1700000000.000100", "C1:1700000000.000200"
TASK = TaskId("task-1")


@pytest.fixture
def records(lease: Lease) -> Records:
    return Records(lease)


async def test_a_thread_without_a_conversation_is_empty(records: Records) -> None:
    assert await records.load(THREAD) == {}
    assert await records.done_events(THREAD) == set()
    assert await records.thread_of_task(TASK) is None
    assert await records.live_threads() == []


async def test_a_step_changes_only_what_it_names(records: Records) -> None:
    await records.commit(Commit(THREAD, talk="talk 1", view="view 1"))
    await records.commit(Commit(THREAD, view="view 2", told="told 1"))
    await records.commit(Commit(THREAD, done_events=("e1",)))
    await records.commit(Commit(THREAD, done_events=("e1", "e2")))
    assert await records.load(THREAD) == {"talk": "talk 1", "told": "told 1", "view": "view 2"}
    assert await records.done_events(THREAD) == {"e1", "e2"}
    assert await records.load(OTHER) == {}


async def test_documents_come_back_as_they_were_written(records: Records) -> None:
    talk = '{"text": "\\u0000 \'quoted\' ü 🎉 ' + "x" * 100_000 + '"}'
    await records.commit(Commit(THREAD, talk=talk))
    assert (await records.load(THREAD))["talk"] == talk


async def test_a_bound_task_leads_to_its_thread(records: Records) -> None:
    await records.commit(Commit(THREAD, bind_task=TASK))
    assert await records.thread_of_task(TASK) == THREAD
    assert (await records.load(THREAD))["task"] == TASK


async def test_finishing_an_entry_of_no_thread_makes_no_conversation(records: Records) -> None:
    await records.commit(Commit("", done_entries=("1-1",)))
    assert await records.load("") == {}


async def test_live_threads_are_those_said_to_be(records: Records) -> None:
    await records.commit(Commit(THREAD, talk="{}", live=True))
    await records.commit(Commit(OTHER, talk="{}"))
    assert await records.live_threads() == [THREAD]
    await records.commit(Commit(THREAD, talk="{}"))
    assert await records.live_threads() == [THREAD]
    await records.commit(Commit(THREAD, live=False))
    assert await records.live_threads() == []


async def test_recent_threads_are_those_with_a_task_by_last_use(records: Records) -> None:
    await records.commit(Commit(THREAD, bind_task=TASK))
    await records.commit(Commit(OTHER, bind_task=TaskId("task-2")))
    await records.commit(Commit("C1:3.3", talk="no task yet"))
    assert await records.recent_threads(10) == [OTHER, THREAD]
    await records.commit(Commit(THREAD, view="{}"))
    assert await records.recent_threads(10) == [THREAD, OTHER]
    assert await records.recent_threads(1) == [THREAD]


async def test_use_refreshes_every_lifetime_of_a_conversation(
    records: Records, lease: Lease
) -> None:
    await records.commit(Commit(THREAD, bind_task=TASK, done_events=("e1",), live=True))
    of = lease.keys.of
    keys = [
        of(Kind.CONVERSATION, THREAD),
        of(Kind.DONE_EVENTS, THREAD),
        of(Kind.TASK, TASK),
        of(Kind.LIVE),
        of(Kind.RECENT),
    ]
    for key in keys:
        assert await lease.store.call("EXPIRE", key, 1000) == 1
    await records.commit(Commit(THREAD, view="{}"))
    for key in keys:
        assert await lease.store.call("TTL", key) == MEMORY_SECONDS


async def test_the_indexes_forget_what_was_not_used_for_180_days(
    records: Records, lease: Lease
) -> None:
    await records.commit(Commit(THREAD, bind_task=TASK, live=True))
    long_ago = await lease.store.time() - MEMORY_SECONDS - 60
    for kind in (Kind.LIVE, Kind.RECENT):
        await lease.store.call("ZADD", lease.keys.of(kind), long_ago, THREAD)
    await records.commit(Commit(OTHER, talk="{}"))
    assert await records.live_threads() == []
    assert await records.recent_threads(10) == []


async def test_an_alias_leads_to_the_conversation(records: Records) -> None:
    await records.commit(Commit(THREAD, talk="{}"))
    await records.alias("D1:5.5", THREAD)
    assert await records.resolve("D1:5.5") == THREAD
    assert await records.resolve(THREAD) == THREAD
    assert await records.resolve("D1:6.6") == "D1:6.6"


async def test_a_channel_that_moved_twice_still_leads_to_its_conversations(
    records: Records,
) -> None:
    await records.commit(Commit(THREAD, talk="{}"))
    await records.channel_moved("C1", "C2")
    await records.channel_moved("C2", "C3")
    assert await records.resolve(THREAD.replace("C1", "C3")) == THREAD
    assert await records.resolve("C3:9.9") == "C3:9.9"
    assert await records.moved_channels() == {"C2": "C1", "C3": "C2"}


async def test_a_message_of_ours_leads_to_its_thread_wherever_that_goes_on(
    records: Records, lease: Lease
) -> None:
    await records.commit(Commit(THREAD, talk="{}"))
    await records.alias("D1:5.5", THREAD)
    await records.channel_moved("C1", "C2")
    channel, _, root = THREAD.partition(":")
    outbox = Outbox(lease)
    await outbox.done("a", ts=Ts("7.7"), channel=channel, root=root)
    await outbox.done("b", ts=Ts("8.8"), channel="D1", root="5.5")
    await outbox.done("c", ts=Ts("9.9"), channel=channel)
    for place in (f"{channel}:7.7", "D1:8.8", "C2:7.7"):
        assert await records.resolve(place) == THREAD
    assert await records.resolve(f"{channel}:9.9") == f"{channel}:9.9"


async def test_aliases_in_a_circle_end(records: Records) -> None:
    await records.channel_moved("C2", "C1")
    await records.channel_moved("C1", "C2")
    assert await records.resolve(THREAD) == THREAD


async def test_using_an_alias_refreshes_it(records: Records, lease: Lease) -> None:
    await records.commit(Commit(THREAD, talk="{}"))
    await records.alias("D1:5.5", THREAD)
    key = lease.keys.of(Kind.ALIAS, "D1:5.5")
    await lease.store.call("EXPIRE", key, 1000)
    await records.resolve("D1:5.5")
    assert await lease.store.call("TTL", key) == MEMORY_SECONDS
