"""The brake: after it was pulled nothing is approved, whoever is deciding at that moment."""

import asyncio

import pytest

from bot.audit.record import AuditKind, Fact
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.store import Approvals, Lease, Pause, Pauses, Verdict

TASK = TaskId("task-1")
BY = Fact(kind=AuditKind.PAUSED, who="U1", outcome="asked")


@pytest.fixture
def pauses(lease: Lease) -> Pauses:
    return Pauses(lease.store, lease.installation)


async def test_the_first_pause_stands_until_somebody_resumes(pauses: Pauses, lease: Lease) -> None:
    assert await pauses.standing() is None
    assert await pauses.resume(BY) is None
    first, is_new = await pauses.pause(UserId("U1"), BY)
    assert (first.by, is_new) == ("U1", True)
    assert await pauses.pause(UserId("U2"), BY) == (first, False)
    assert await Pauses(lease.store, lease.installation).standing() == first
    assert await pauses.resume(BY) == Pause(first.by, first.at)
    assert await pauses.standing() is None


async def test_whoever_decides_meanwhile_nothing_is_approved_after_a_pause(
    pauses: Pauses, lease: Lease
) -> None:
    approvals, approved = Approvals(lease), list[str]()
    paused = asyncio.Event()

    async def approve(n: int) -> None:
        request = ApprovalRequestId(f"r-{n}")
        await approvals.open(TASK, request, record="record", digest="digest")
        after = paused.is_set()
        decided = await approvals.decide(TASK, request, digest="digest", decision="yes")
        assert not (after and decided.verdict is Verdict.WON)
        approved.append(decided.verdict)

    async def pause() -> None:
        await pauses.pause(UserId("U1"), BY)
        paused.set()

    await asyncio.gather(*(approve(n) for n in range(10)), pause(), *(approve(n) for n in (10, 11)))
    await approve(12)
    assert approved[-1] is Verdict.PAUSED
    request = ApprovalRequestId("r-12")
    voted = await approvals.vote(TASK, request, digest="digest", user="U2", vote="{}")
    assert voted.verdict is Verdict.PAUSED
    denied = await approvals.decide(TASK, request, digest="digest", decision="no", approves=False)
    assert denied.verdict is Verdict.WON
