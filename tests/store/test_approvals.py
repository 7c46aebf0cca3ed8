import asyncio

import pytest

from bot.errors import LeaseLost
from bot.ids import ApprovalRequestId, Installation, TaskId
from bot.store import Approval, Approvals, Decided, Lease, Store, Verdict, Voted
from bot.store.approvals import ApprovalState
from bot.store.keys import MEMORY_SECONDS, Kind

TASK, REQUEST = TaskId("task-1"), ApprovalRequestId("request 1 with spaces")


@pytest.fixture
async def approvals(lease: Lease) -> Approvals:
    approvals = Approvals(lease)
    await approvals.open(TASK, REQUEST, record="record", digest="digest")
    return approvals


async def test_one_decision_wins(approvals: Approvals) -> None:
    tries = [
        approvals.decide(TASK, REQUEST, digest="digest", decision=f"by U{n}") for n in range(20)
    ]
    results = await asyncio.gather(*tries)
    (winner,) = [decided for decided in results if decided.verdict is Verdict.WON]
    assert {decided.decision for decided in results} == {winner.decision}
    assert [decided.verdict for decided in results].count(Verdict.LOST) == 19
    approval = await approvals.get(TASK, REQUEST)
    assert approval == Approval(ApprovalState.DECIDED, "record", "digest", winner.decision, "")


async def test_who_saw_something_else_decides_nothing(approvals: Approvals) -> None:
    decided = await approvals.decide(TASK, REQUEST, digest="of before", decision="yes")
    assert decided == Decided(Verdict.OUTDATED, "")
    approval = await approvals.get(TASK, REQUEST)
    assert approval is not None
    assert approval.state is ApprovalState.OPEN


async def test_what_is_not_known_cannot_be_decided_or_closed(approvals: Approvals) -> None:
    other = ApprovalRequestId("other")
    decided = await approvals.decide(TASK, other, digest="digest", decision="yes")
    assert decided == Decided(Verdict.UNKNOWN, "")
    assert not await approvals.close(TASK, other, outcome="over")
    assert await approvals.get(TASK, other) is None


async def test_opening_again_follows_what_is_shown_until_it_is_decided(
    approvals: Approvals,
) -> None:
    changed = await approvals.open(TASK, REQUEST, record="record 2", digest="digest 2")
    assert (changed.record, changed.digest) == ("record 2", "digest 2")
    await approvals.decide(TASK, REQUEST, digest="digest 2", decision="yes")
    late = await approvals.open(TASK, REQUEST, record="record 3", digest="digest 3")
    assert late == Approval(ApprovalState.DECIDED, "record 2", "digest 2", "yes", "", changed=True)


async def test_a_decision_that_was_not_delivered_lapses(approvals: Approvals) -> None:
    await approvals.decide(TASK, REQUEST, digest="digest", decision="first")
    assert await approvals.reopen(TASK, REQUEST, decision="first")
    decided = await approvals.decide(TASK, REQUEST, digest="digest", decision="second")
    assert decided == Decided(Verdict.WON, "second")
    # A late lapse of the first one leaves the second alone.
    assert not await approvals.reopen(TASK, REQUEST, decision="first")


async def test_an_entry_whose_decision_lapsed_decides_nothing_when_it_is_heard_again(
    approvals: Approvals,
) -> None:
    async def heard(entry: str) -> Verdict:
        decided = await approvals.decide(
            TASK, REQUEST, digest="digest", decision=entry, entry=entry
        )
        return decided.verdict

    assert await heard("1-0") is Verdict.WON
    assert await approvals.reopen(TASK, REQUEST, decision="1-0", entry="1-0")
    assert await heard("1-0") is Verdict.LAPSED
    voted = await approvals.vote(TASK, REQUEST, digest="digest", user="U1", vote="yes", entry="1-0")
    assert voted == Voted(Verdict.LAPSED, ())
    assert await heard("2-0") is Verdict.WON
    assert await heard("1-0") is Verdict.LAPSED


async def test_what_is_asked_when_a_decision_lapses_is_what_can_be_decided(
    approvals: Approvals,
) -> None:
    await approvals.decide(TASK, REQUEST, digest="digest", decision="yes")
    await approvals.open(TASK, REQUEST, record="record 2", digest="digest 2")
    await approvals.open(TASK, REQUEST, record="record 3", digest="digest 3")
    assert await approvals.reopen(TASK, REQUEST, decision="yes")

    outdated = await approvals.decide(TASK, REQUEST, digest="digest", decision="yes")
    assert outdated == Decided(Verdict.OUTDATED, "")
    decided = await approvals.decide(TASK, REQUEST, digest="digest 3", decision="no")
    assert decided == Decided(Verdict.WON, "no")
    # What lapses next leaves what is asked as it was.
    assert await approvals.reopen(TASK, REQUEST, decision="no")
    approval = await approvals.get(TASK, REQUEST)
    assert approval == Approval(ApprovalState.OPEN, "record 3", "digest 3", "", "")


async def test_a_closed_approval_stays_closed(approvals: Approvals) -> None:
    await approvals.decide(TASK, REQUEST, digest="digest", decision="yes")
    assert await approvals.close(TASK, REQUEST, outcome="approved")
    assert not await approvals.close(TASK, REQUEST, outcome="something else")
    assert not await approvals.reopen(TASK, REQUEST, decision="yes")
    decided = await approvals.decide(TASK, REQUEST, digest="digest", decision="no")
    assert decided == Decided(Verdict.CLOSED, "yes")
    again = await approvals.open(TASK, REQUEST, record="record", digest="digest")
    assert again == Approval(ApprovalState.CLOSED, "record", "digest", "yes", "approved")


async def test_open_approvals_are_listed_until_closed(approvals: Approvals) -> None:
    assert await approvals.not_closed() == {(TASK, REQUEST)}
    await approvals.decide(TASK, REQUEST, digest="digest", decision="yes")
    assert await approvals.not_closed() == {(TASK, REQUEST)}
    await approvals.close(TASK, REQUEST, outcome="approved")
    assert await approvals.not_closed() == set()


async def test_an_approval_is_permanent_until_closed(approvals: Approvals, lease: Lease) -> None:
    key = lease.keys.of(Kind.APPROVAL, TASK, REQUEST)
    assert await lease.store.call("TTL", key) == -1
    await approvals.close(TASK, REQUEST, outcome="approved")
    assert await lease.store.call("TTL", key) == MEMORY_SECONDS


async def vote(approvals: Approvals, user: str, *, digest: str = "digest") -> Voted:
    return await approvals.vote(TASK, REQUEST, digest=digest, user=user, vote=f"yes of {user}")


async def test_each_person_has_one_vote_and_everybody_sees_all(approvals: Approvals) -> None:
    assert await vote(approvals, "U1") == Voted(Verdict.VOTED, ("yes of U1",))
    assert await vote(approvals, "U1") == Voted(Verdict.KNOWN, ("yes of U1",))
    racing = await asyncio.gather(*(vote(approvals, user) for user in ("U2", "U3", "U2", "U1")))
    assert sorted(voted.verdict for voted in racing) == ["known", "known", "voted", "voted"]
    approval = await approvals.get(TASK, REQUEST)
    assert approval is not None
    assert len(approval.votes) == 3
    # Whoever came last has seen every vote: of racing ones, one at least finds the quorum met.
    assert max((voted.votes for voted in racing), key=len) == approval.votes


async def test_votes_count_for_what_people_saw_only(approvals: Approvals) -> None:
    await vote(approvals, "U1")
    assert (await vote(approvals, "U2", digest="of before")).verdict is Verdict.OUTDATED
    changed = await approvals.open(TASK, REQUEST, record="record 2", digest="digest 2")
    assert changed.votes == ()
    assert (await vote(approvals, "U2")).verdict is Verdict.OUTDATED
    assert (await vote(approvals, "U2", digest="digest 2")).votes == ("yes of U2",)


async def test_a_decision_that_lapses_takes_the_votes_with_it(approvals: Approvals) -> None:
    await vote(approvals, "U1")
    await approvals.decide(TASK, REQUEST, digest="digest", decision="yes")
    assert (await vote(approvals, "U2")).verdict is Verdict.LOST
    await approvals.reopen(TASK, REQUEST, decision="yes")
    assert (await vote(approvals, "U2")).votes == ("yes of U2",)
    await approvals.close(TASK, REQUEST, outcome="over")
    assert (await vote(approvals, "U3")).verdict is Verdict.CLOSED
    other = ApprovalRequestId("other")
    unknown = await approvals.vote(TASK, other, digest="d", user="U1", vote="yes")
    assert unknown == Voted(Verdict.UNKNOWN, ())


async def test_who_has_lost_the_lease_adds_no_vote(
    store: Store, installation: Installation, approvals: Approvals
) -> None:
    other = Lease(store, installation, holder="another process")
    assert await other.acquire(exclusive=True)
    racing = (vote(approvals, "U1"), vote(Approvals(other), "U2"))
    lost, taken = await asyncio.gather(*racing, return_exceptions=True)
    assert isinstance(lost, LeaseLost)
    assert taken == Voted(Verdict.VOTED, ("yes of U2",))


async def test_the_steps_that_were_done_belong_to_what_is_asked(approvals: Approvals) -> None:
    assert await approvals.note_step(TASK, REQUEST, digest="digest", step="remind")
    assert await approvals.note_step(TASK, REQUEST, digest="digest", step="escalate")
    assert not await approvals.note_step(TASK, REQUEST, digest="of before", step="expire")
    approval = await approvals.open(TASK, REQUEST, record="record", digest="digest")
    assert approval.steps == ("remind", "escalate")
    changed = await approvals.open(TASK, REQUEST, record="record 2", digest="digest 2")
    assert changed.steps == ()
    await approvals.decide(TASK, REQUEST, digest="digest 2", decision="yes")
    assert not await approvals.note_step(TASK, REQUEST, digest="digest 2", step="remind")
