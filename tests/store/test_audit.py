"""The audit: one chain, whoever appends to it, and a record exactly where something changed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.approvals import facts
from bot.audit.chain import Break, Head, end, follow
from bot.audit.record import AuditKind, AuditRecord, Fact
from bot.errors import LeaseLost, StoreUnavailable
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.store import Approvals, Audit, Lease, Store, Verdict, open_store
from bot.store.keys import Kind
from bot.store.script import Script

TASK, REQUEST = TaskId("t-1"), ApprovalRequestId("r-1")
SEEN, CHANGED = "0a", "0b"
STOP = Fact(kind=AuditKind.STOP, who="U1", task=TASK, outcome="asked")


@pytest.fixture
async def audit(lease: Lease) -> Audit:
    return Audit(lease.store, lease.installation, lease=lease)


@pytest.fixture
async def approvals(lease: Lease) -> Approvals:
    approvals = Approvals(lease)
    await approvals.open(TASK, REQUEST, record="record", digest=SEEN)
    return approvals


async def records(audit: Audit) -> list[AuditRecord]:
    """Return the records of a chain that is whole."""
    kept, length = await audit.look()
    entries = await audit.entries(1, max(length, 1))
    walked = follow(Head(), entries)
    assert isinstance(walked, Head)
    assert end(walked, kept) == kept
    return [AuditRecord.read(entry.record) for entry in entries]


async def told(audit: Audit) -> list[str]:
    """Return each record as the reader of an export would sum it up."""
    return [f"{r.kind} {r.who} {r.outcome}".strip() for r in await records(audit)]


def attempted(user: str, *, digest: str = SEEN, ok: bool = True) -> Mapping[str, Fact]:
    subject = facts.Subject(TASK, REQUEST, digest)
    return facts.attempted(subject, who=UserId(user), owner="shared", ok=ok, words="")


async def decide(approvals: Approvals, user: str, entry: str, digest: str = SEEN) -> Verdict:
    """Let somebody decide, by an inbox entry."""
    decided = await approvals.decide(
        *(TASK, REQUEST),
        digest=digest,
        decision=f"{user} by {entry}",
        facts=attempted(user, digest=digest),
        entry=entry,
    )
    return decided.verdict


async def test_records_are_chained_in_order_with_the_stores_time(
    audit: Audit, store: Store
) -> None:
    before = await store.time()
    for outcome in ("asked", "busy", "not_allowed"):
        await audit.append(STOP.model_copy(update={"outcome": outcome}))
    kept = await records(audit)
    assert [record.outcome for record in kept] == ["asked", "busy", "not_allowed"]
    times = [record.at.timestamp() for record in kept]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= await store.time()


async def test_writers_at_once_in_several_processes_keep_one_chain(
    lease: Lease, store_url: str
) -> None:
    async with open_store(store_url) as second:
        there = Audit(second, lease.installation)
        here = Audit(lease.store, lease.installation, lease=lease)
        people = [STOP.model_copy(update={"who": f"U{n}"}) for n in range(24)]
        await asyncio.gather(*((here, there)[n % 2].append(p) for n, p in enumerate(people)))
        kept = await records(here)
    assert sorted(record.who for record in kept) == sorted(person.who for person in people)


async def test_of_many_who_decide_at_once_one_is_recorded_as_having_decided(
    approvals: Approvals, audit: Audit
) -> None:
    await asyncio.gather(*(decide(approvals, f"U{n}", f"{n}-0") for n in range(12)))
    kept = await records(audit)
    (winner,) = [record for record in kept if record.kind is AuditKind.DECISION_TAKEN]
    standing = await approvals.get(TASK, REQUEST)
    assert standing
    assert standing.decision.startswith(winner.who)
    assert kept[0] == winner, "who came later was too late"
    assert {record.outcome for record in kept[1:]} == {"already_decided"}
    assert len({record.who for record in kept}) == 12


async def test_a_record_names_who_decided_with_whose_token_on_what(
    approvals: Approvals, audit: Audit
) -> None:
    await decide(approvals, "U1", "1-0")
    (record,) = await records(audit)
    said = record.model_dump(mode="json", exclude={"at", "v"})
    assert said == {
        "kind": "decision_taken",
        "who": "U1",
        "owner": "shared",
        "task": TASK,
        "request": REQUEST,
        "digest": SEEN,
        "outcome": "approved",
    }


async def test_a_decision_that_is_repeated_after_a_crash_is_recorded_once(
    approvals: Approvals, audit: Audit
) -> None:
    assert await decide(approvals, "U1", "1-0") is Verdict.WON
    assert await decide(approvals, "U1", "1-0") is Verdict.LOST
    assert await decide(approvals, "U2", "2-0") is Verdict.LOST
    assert await decide(approvals, "U2", "2-0") is Verdict.LOST
    assert await told(audit) == [
        "decision_taken U1 approved",
        "decision_refused U2 already_decided",
    ]


async def test_a_decision_is_recorded_though_the_same_click_was_refused_before_a_crash(
    approvals: Approvals, audit: Audit
) -> None:
    await decide(approvals, "U1", "1-0", CHANGED)
    await decide(approvals, "U1", "1-0", CHANGED)
    await approvals.open(TASK, REQUEST, record="record", digest=CHANGED)
    assert await decide(approvals, "U1", "1-0", CHANGED) is Verdict.WON
    assert await told(audit) == ["decision_refused U1 outdated", "decision_taken U1 approved"]


async def test_what_ends_or_lapses_is_recorded_once_and_only_when_it_does(
    approvals: Approvals, audit: Audit
) -> None:
    subject = facts.Subject(TASK, REQUEST, SEEN)
    lapsed = facts.not_accepted(subject, "lapsed", who=UserId("U1"), owner="shared")
    ended = Fact(kind=AuditKind.ENDED_UNDECIDED, who="end_of_turn")
    await decide(approvals, "U1", "1-0")
    for _ in range(2):
        await approvals.reopen(TASK, REQUEST, decision="U1 by 1-0", fact=lapsed)
    for _ in range(2):
        await approvals.close(TASK, REQUEST, outcome="over", fact=ended)
    assert await decide(approvals, "U1", "2-0") is Verdict.CLOSED
    assert await told(audit) == [
        "decision_taken U1 approved",
        "decision_not_accepted U1 lapsed",
        "ended_undecided end_of_turn",
        "decision_refused U1 already_closed",
    ]


async def test_who_lost_the_lease_appends_nothing_and_decides_nothing(
    approvals: Approvals, audit: Audit, lease: Lease
) -> None:
    await audit.append(STOP)
    assert await Lease(lease.store, lease.installation).acquire(exclusive=True)
    for late in (audit.append(STOP), decide(approvals, "U1", "1-0")):
        with pytest.raises(LeaseLost):
            await late
    assert await told(audit) == ["stop U1 asked"]


async def test_an_occasion_has_one_record_however_often_it_is_told(audit: Audit) -> None:
    for once in ("1-0", "1-0", "2-0", "", ""):
        await audit.append(STOP, once=once)
    assert len(await records(audit)) == 4


class Overtaken:
    """A store where another process appends to the chain just before each of our scripts."""

    def __init__(self, store: Store, other: Audit, times: int) -> None:
        self._store = store
        self._other = other
        self.left = times

    async def run(self, script: Script, keys: Sequence[str], *arguments: Any) -> object:
        if self.left and b"local plan" in script.source:
            self.left -= 1
            await self._other.append(STOP.model_copy(update={"who": "U2"}))
        return await self._store.run(script, keys, *arguments)


def overtaken(lease: Lease, times: int) -> tuple[Audit, Overtaken]:
    other = Audit(lease.store, lease.installation)
    between = Overtaken(lease.store, other, times)
    return Audit(cast("Store", between), lease.installation), between


async def test_who_is_overtaken_chains_anew(lease: Lease) -> None:
    audit, between = overtaken(lease, 3)
    await audit.append(STOP)
    assert between.left == 0
    assert await told(Audit(lease.store, lease.installation)) == ["stop U2 asked"] * 3 + [
        "stop U1 asked"
    ]


@pytest.mark.usefixtures("approvals")
async def test_a_decision_whose_record_is_overtaken_wins_all_the_same_and_once(
    audit: Audit, lease: Lease
) -> None:
    between = Overtaken(lease.store, Audit(lease.store, lease.installation), 2)
    there = Lease(cast("Store", between), lease.installation, holder=lease.holder)
    there.fence = lease.fence
    assert await decide(Approvals(there), "U1", "1-0") is Verdict.WON
    fact = Fact(kind=AuditKind.DECISION_NOT_ACCEPTED, who="U1", outcome="lapsed")
    between.left = 1
    assert await Approvals(there).reopen(TASK, REQUEST, decision="U1 by 1-0", fact=fact)
    between.left = 1
    assert await Approvals(there).close(TASK, REQUEST, outcome="over", fact=fact)
    assert await told(audit) == [
        *["stop U2 asked"] * 2,
        "decision_taken U1 approved",
        "stop U2 asked",
        "decision_not_accepted U1 lapsed",
        "stop U2 asked",
        "decision_not_accepted U1 lapsed",
    ]


async def test_who_is_overtaken_without_end_gives_up_having_done_nothing(lease: Lease) -> None:
    audit, _ = overtaken(lease, 1000)
    with pytest.raises(StoreUnavailable):
        await audit.append(STOP)
    assert "U1" not in {
        record.who for record in await records(Audit(lease.store, lease.installation))
    }


async def test_each_appended_record_is_logged_by_number_and_hash_alone(audit: Audit) -> None:
    with capture_logs() as logged:
        await audit.append(STOP, once="1-0")
        await audit.append(STOP, once="1-0")
        await audit.append(STOP)
    head, _ = await audit.look()
    assert head is not None
    assert [line.pop("n") for line in logged] == [1, 2]
    assert [line.pop("hash") for line in logged][-1] == head.hash
    assert logged == [{"event": "audit_appended", "log_level": "info"}] * 2


async def test_a_damaged_head_keeps_nobody_from_deciding_and_is_found(
    approvals: Approvals, audit: Audit, lease: Lease
) -> None:
    await audit.append(STOP)
    await lease.store.call("SET", lease.keys.of(Kind.AUDIT_HEAD), "nonsense")
    assert await decide(approvals, "U1", "1-0") is Verdict.WON
    walked = follow(Head(), await audit.entries(1, 10))
    assert isinstance(walked, Break)
    assert walked.n == 2


async def test_the_chain_is_permanent_and_its_marks_are_not(audit: Audit, lease: Lease) -> None:
    await audit.append(STOP, once="1-0")
    for kind, rest, lifetime in (
        (Kind.AUDIT, (), range(-1, 0)),
        (Kind.AUDIT_HEAD, (), range(-1, 0)),
        (Kind.AUDITED, ("1-0",), range(7 * 86_400 - 60, 7 * 86_400 + 1)),
    ):
        assert await lease.store.call("TTL", lease.keys.of(kind, *rest)) in lifetime
