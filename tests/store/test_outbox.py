import asyncio

import pytest

from bot.ids import Ts
from bot.store import Lease, MarkState, Outbox


@pytest.fixture
def outbox(lease: Lease) -> Outbox:
    return Outbox(lease)


async def test_only_the_first_may_send(outbox: Outbox) -> None:
    marks = await asyncio.gather(*(outbox.begin("key", timeout=10) for _ in range(20)))
    assert [mark.state for mark in marks].count(MarkState.NEW) == 1
    assert [mark.state for mark in marks].count(MarkState.SENT) == 19
    assert len({mark.at for mark in marks}) == 1


async def test_a_mark_tells_when_its_call_has_surely_ended(outbox: Outbox, lease: Lease) -> None:
    before = await lease.store.time()
    mark = await outbox.begin("key", timeout=2.5)
    assert before <= mark.at <= await lease.store.time()
    assert mark.deadline == pytest.approx(mark.at + 2.5, abs=1e-5)


async def test_a_restart_counts_time_anew_and_keeps_the_notes(outbox: Outbox) -> None:
    first = await outbox.begin("key", timeout=1)
    await outbox.note("key", file_id="F1")
    again = await outbox.restart("key", timeout=5)
    assert again.state is MarkState.NEW
    assert again.at > first.at
    assert again.notes == {"file_id": "F1"}
    assert (await outbox.begin("key", timeout=1)).state is MarkState.SENT


async def test_what_is_done_is_never_sent_again(outbox: Outbox) -> None:
    await outbox.begin("key", timeout=1)
    await outbox.done("key", ts=Ts("1700000000.000100"), channel="C1")
    for mark in (await outbox.begin("key", timeout=1), await outbox.restart("key", timeout=1)):
        assert mark.state is MarkState.DONE
        assert (mark.ts, mark.channel) == ("1700000000.000100", "C1")


async def test_a_note_before_the_first_call_does_not_count_as_sent(outbox: Outbox) -> None:
    await outbox.note("key", file_id="F1")
    mark = await outbox.begin("key", timeout=1)
    assert mark.state is MarkState.NEW
    assert mark.notes == {"file_id": "F1"}
