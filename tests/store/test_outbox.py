import pytest

from bot.ids import Ts
from bot.store import Lease, Mark, MarkState, Outbox
from bot.store.keys import SENT_SECONDS, Kind


@pytest.fixture
def outbox(lease: Lease) -> Outbox:
    return Outbox(lease)


async def test_what_was_never_sent_is_new(outbox: Outbox) -> None:
    mark = await outbox.look("key")
    assert mark == Mark(MarkState.NEW, now=mark.now)


async def test_a_mark_tells_when_its_call_has_surely_ended(outbox: Outbox, lease: Lease) -> None:
    before = await lease.store.time()
    await outbox.sent("key", seconds=2.5)
    mark = await outbox.look("key")
    assert mark.state is MarkState.SENT
    assert before <= mark.at <= mark.now <= await lease.store.time()
    assert mark.deadline == pytest.approx(mark.at + 2.5, abs=1e-5)


@pytest.mark.parametrize(("deadline", "left"), [(100.0, 5.0), (97.0, 2.0), (95.0, 0.0), (9.0, 0.0)])
def test_a_call_settles_a_margin_after_its_deadline(deadline: float, left: float) -> None:
    assert Mark(MarkState.SENT, now=100.0, deadline=deadline).settles_in(5.0) == left


async def test_sending_again_counts_time_anew(outbox: Outbox) -> None:
    await outbox.sent("key", seconds=1, file_id="F1")
    first = await outbox.look("key")
    await outbox.sent("key", seconds=5, file_id="F2")
    again = await outbox.look("key")
    assert again.at > first.at
    assert (first.file_id, again.file_id) == ("F1", "F2")


async def test_what_is_done_stays_done(outbox: Outbox) -> None:
    await outbox.sent("key", seconds=1)
    await outbox.done("key", ts=Ts("1700000000.000100"), channel="C1")
    await outbox.sent("key", seconds=1)
    mark = await outbox.look("key")
    assert (mark.state, mark.ts, mark.channel) == (MarkState.DONE, "1700000000.000100", "C1")


async def test_a_call_that_did_nothing_is_forgotten(outbox: Outbox) -> None:
    await outbox.sent("key", seconds=1)
    await outbox.forget("key")
    assert (await outbox.look("key")).state is MarkState.NEW


async def test_a_mark_lives_seven_days_from_its_last_change(outbox: Outbox, lease: Lease) -> None:
    key = lease.keys.of(Kind.SENT, "key")
    await outbox.sent("key", seconds=1)
    await lease.store.call("EXPIRE", key, 100)
    await outbox.done("key", ts=Ts("1.1"), channel="C1")
    assert await lease.store.call("TTL", key) == SENT_SECONDS
