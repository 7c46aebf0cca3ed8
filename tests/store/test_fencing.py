"""Invariant 6: who lost the lease writes nothing more."""

from collections.abc import Awaitable, Callable

import pytest

from bot.audit.record import AuditKind, Fact
from bot.errors import LeaseLost
from bot.ids import ApprovalRequestId, TaskId, Ts
from bot.store import Approvals, Audit, Commit, Entry, Inbox, Lease, Outbox, Records, Store

TASK, REQUEST = TaskId("task"), ApprovalRequestId("request")
FACT = Fact(kind=AuditKind.STOP, who="U1")

WRITES: dict[str, Callable[[Lease, Inbox, Entry], Awaitable[object]]] = {
    "renew": lambda lease, _i, _e: lease.renew(),
    "commit": lambda lease, _i, entry: Records(lease).commit(
        Commit("C1:1.1", talk="new", done_entries=(entry.id,), done_events=("e2",), live=False)
    ),
    "alias": lambda lease, _i, _e: Records(lease).alias("D1:5.5", "C1:1.1"),
    "channel moved": lambda lease, _i, _e: Records(lease).channel_moved("C1", "C2"),
    "sent": lambda lease, _i, _e: Outbox(lease).sent("key", seconds=99),
    "sent done": lambda lease, _i, _e: Outbox(lease).done("key", ts=Ts("1.1"), channel="C1"),
    "sent forget": lambda lease, _i, _e: Outbox(lease).forget("key"),
    "bury": lambda lease, inbox, entry: inbox.bury(lease, entry, "broken"),
    "begin attempt": lambda lease, inbox, entry: inbox.begin_attempt(lease, entry.id),
    "end attempt": lambda lease, inbox, entry: inbox.end_attempt(lease, entry.id, failed=True),
    "open": lambda lease, _i, _e: Approvals(lease).open(TASK, REQUEST, record="n", digest="n"),
    "decide": lambda lease, _i, _e: Approvals(lease).decide(
        TASK, REQUEST, digest="digest", decision="yes"
    ),
    "decide, recorded": lambda lease, _i, _e: Approvals(lease).decide(
        TASK, REQUEST, digest="digest", decision="yes", facts={"won": FACT}, entry="entry"
    ),
    "audit": lambda lease, _i, _e: Audit(lease.store, lease.installation, lease=lease).append(FACT),
    "step": lambda lease, _i, _e: Approvals(lease).note_step(
        TASK, REQUEST, digest="digest", step="remind"
    ),
    "close": lambda lease, _i, _e: Approvals(lease).close(TASK, REQUEST, outcome="over"),
    "reopen": lambda lease, _i, _e: Approvals(lease).reopen(TASK, REQUEST, decision="yes"),
}


async def _everything(store: Store, lease: Lease) -> dict[str, object]:
    names = await store.call("KEYS", lease.keys.prefix + "*")
    assert isinstance(names, list)
    # DEBUG and OBJECT would do; a digest of each value does not depend on its lifetime.
    return {
        str(name): await store.call(
            "EVAL", "return redis.sha1hex(redis.call('DUMP', KEYS[1]))", 1, str(name)
        )
        for name in names
    }


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_who_lost_the_lease_writes_nothing_more(
    store: Store,
    lease: Lease,
    inbox: Inbox,
    write: Callable[[Lease, Inbox, Entry], Awaitable[object]],
) -> None:
    await inbox.take_in("{}", ["mark"], thread_key="C1:1.1", addressed=True)
    (entry,) = await inbox.read()
    await Records(lease).commit(Commit("C1:1.1", talk="old", done_events=("e1",), live=True))
    await Outbox(lease).sent("key", seconds=1)
    await Approvals(lease).open(TASK, REQUEST, record="record", digest="digest")
    assert await Lease(store, lease.installation).acquire(exclusive=True)

    before = await _everything(store, lease)
    with pytest.raises(LeaseLost):
        await write(lease, inbox, entry)
    assert await _everything(store, lease) == before
