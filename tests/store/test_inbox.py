import asyncio

import pytest

from bot.errors import StoreUnavailable
from bot.ids import Installation
from bot.store import Attempts, Commit, DeadLetter, Inbox, Lease, Records, Taken, open_store

THREAD = "C1:1700000000.000100"


async def _fill(inbox: Inbox, *inputs: str) -> None:
    for text in inputs:
        await inbox.take_in(text, [f"mark {text}"], thread_key=None, addressed=True)


async def test_what_is_addressed_is_stored_once(inbox: Inbox) -> None:
    taken = await asyncio.gather(
        *(inbox.take_in("{}", ["event Ev1"], thread_key=THREAD, addressed=True) for _ in range(50))
    )
    assert sorted(taken) == [Taken.DUPLICATE] * 49 + [Taken.STORED]
    assert [entry.json for entry in await inbox.read()] == ["{}"]


async def test_a_second_name_of_a_known_input_is_remembered(inbox: Inbox) -> None:
    async def take(*marks: str) -> Taken:
        return await inbox.take_in("{}", marks, thread_key=THREAD, addressed=True)

    assert await take("event Ev1", "message C1 1.1") is Taken.STORED
    assert await take("event Ev2", "message C1 1.1") is Taken.DUPLICATE
    assert await take("event Ev2") is Taken.DUPLICATE


async def test_what_is_not_addressed_leaves_no_mark(inbox: Inbox) -> None:
    assert (
        await inbox.take_in("{}", ["message C1 1.1"], thread_key=THREAD, addressed=False)
        is Taken.NOT_ADDRESSED
    )
    assert await inbox.length() == 0
    # The same message comes once more as a mention.
    assert (
        await inbox.take_in("{}", ["message C1 1.1"], thread_key=THREAD, addressed=True)
        is Taken.STORED
    )


async def test_a_reply_is_taken_in_where_there_is_a_conversation(
    inbox: Inbox, lease: Lease
) -> None:
    await Records(lease).commit(Commit(THREAD, talk="{}"))
    assert await inbox.take_in("1", ["a"], thread_key=THREAD, addressed=False) is Taken.STORED
    assert (
        await inbox.take_in("2", ["b"], thread_key="C1:2.2", addressed=False) is Taken.NOT_ADDRESSED
    )
    assert await inbox.take_in("3", ["c"], thread_key=None, addressed=False) is Taken.NOT_ADDRESSED


async def test_a_reply_is_taken_in_while_the_first_message_waits(inbox: Inbox) -> None:
    await inbox.take_in("start", ["a"], thread_key=THREAD, addressed=True)
    assert await inbox.take_in("reply", ["b"], thread_key=THREAD, addressed=False) is Taken.STORED


async def test_a_reply_in_a_moved_channel_is_taken_in(inbox: Inbox, lease: Lease) -> None:
    records = Records(lease)
    await records.commit(Commit(THREAD, talk="{}"))
    await records.channel_moved("C1", "C2")
    moved, other = THREAD.replace("C1", "C2"), "C2:9.9"
    assert await inbox.take_in("1", ["a"], thread_key=moved, addressed=False) is Taken.STORED
    assert await inbox.take_in("2", ["b"], thread_key=other, addressed=False) is Taken.NOT_ADDRESSED


async def test_a_reply_in_a_channel_is_taken_in_as_soon_as_its_new_id_is(
    inbox: Inbox, lease: Lease
) -> None:
    records = Records(lease)
    await records.commit(Commit(THREAD, talk="{}"))
    await inbox.take_in("moved", ["m"], thread_key=None, addressed=True, moved=("C1", "C2"))
    reply = THREAD.replace("C1", "C2")
    assert await inbox.take_in("1", ["a"], thread_key=reply, addressed=False) is Taken.STORED
    assert await records.moved_channels() == {"C2": "C1"}


async def test_entries_are_read_in_the_order_in_which_they_were_taken_in(inbox: Inbox) -> None:
    await _fill(inbox, "1", "2", "3")
    first, second = await inbox.read(count=2)
    assert (first.json, second.json) == ("1", "2")
    assert [entry.json for entry in await inbox.read(after=second.id)] == ["3"]
    assert await inbox.length() == 3


async def test_waiting_ends_as_soon_as_something_comes(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.wait("0", 30))
    await asyncio.sleep(0.02)
    await _fill(inbox, "1")
    async with asyncio.timeout(10):
        (entry,) = await waiting
    assert entry.json == "1"
    assert await inbox.wait(entry.id, 0.01) == []


async def test_waiting_for_nothing_holds_up_no_other_call(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.wait("0", 30))
    await asyncio.sleep(0.02)
    async with asyncio.timeout(10):
        assert await inbox.length() == 0
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_wait_after_a_cancelled_one_gets_its_own_answer(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.wait("0", 30))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.wait({waiting})
    await _fill(inbox, "1", "2")
    first, _ = await inbox.read()
    assert [entry.json for entry in await inbox.wait(first.id, 1)] == ["2"]


async def test_closing_the_store_ends_a_wait(store_url: str, installation: Installation) -> None:
    async with open_store(store_url) as store:
        waiting = asyncio.create_task(Inbox(store, installation).wait("0", 30))
        await asyncio.sleep(0.02)
    async with asyncio.timeout(10):
        with pytest.raises(StoreUnavailable):
            await waiting


async def test_waiting_on_a_closed_store_is_told(
    store_url: str, installation: Installation
) -> None:
    async with open_store(store_url) as store:
        pass
    with pytest.raises(StoreUnavailable):
        await Inbox(store, installation).wait("0", 1)


async def another(lease: Lease) -> Lease:
    """Return the lease of another process, which takes it from this one."""
    taken = Lease(lease.store, lease.installation)
    assert await taken.acquire(exclusive=True)
    return taken


async def test_errors_are_told_from_deaths(inbox: Inbox, lease: Lease) -> None:
    await _fill(inbox, "1")
    (entry,) = await inbox.read()
    assert await inbox.begin_attempt(lease, entry.id) == Attempts(errors=0, deaths=0)
    assert await inbox.end_attempt(lease, entry.id, failed=True) == Attempts(errors=1, deaths=0)
    assert await inbox.begin_attempt(lease, entry.id) == Attempts(errors=1, deaths=0)
    assert await inbox.end_attempt(lease, entry.id, failed=False) == Attempts(errors=1, deaths=0)
    await inbox.begin_attempt(lease, entry.id)
    # Here the process dies, and so does the next.
    await inbox.begin_attempt(await another(lease), entry.id)
    third = await another(lease)
    assert await inbox.begin_attempt(third, entry.id) == Attempts(errors=1, deaths=2)
    assert await inbox.end_attempt(third, entry.id, failed=False) == Attempts(errors=1, deaths=2)
    assert await inbox.begin_attempt(third, entry.id) == Attempts(errors=1, deaths=2)


async def test_a_process_that_comes_back_to_an_entry_has_not_died(
    inbox: Inbox, lease: Lease
) -> None:
    await _fill(inbox, "1")
    (entry,) = await inbox.read()
    for _ in range(3):
        assert await inbox.begin_attempt(lease, entry.id) == Attempts(errors=0, deaths=0)
        assert await lease.acquire(exclusive=True)


async def test_a_finished_entry_leaves_nothing_behind(inbox: Inbox, lease: Lease) -> None:
    await _fill(inbox, "1", "2")
    done, left = await inbox.read()
    await inbox.begin_attempt(lease, done.id)
    await Records(lease).commit(Commit(THREAD, done_entries=(done.id,)))
    assert await inbox.read() == [left]
    assert await inbox.begin_attempt(lease, done.id) == Attempts(errors=0, deaths=0)


async def test_a_buried_entry_is_kept_with_its_error(inbox: Inbox, lease: Lease) -> None:
    await _fill(inbox, "1", "2")
    first, second = await inbox.read()
    await inbox.begin_attempt(lease, first.id)
    assert await inbox.bury(lease, first, "no such thing")
    assert not await inbox.bury(lease, first, "no such thing")
    assert await inbox.read() == [second]
    assert await inbox.dead_letters() == [DeadLetter(first, "no such thing")]
    assert await inbox.begin_attempt(lease, first.id) == Attempts(errors=0, deaths=0)
