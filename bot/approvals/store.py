"""The durable record of an approval: written when it is asked, decided once by compare-and-set."""

from collections.abc import Iterable
from typing import Self

from bot.approvals import facts
from bot.approvals.digest import digest_of
from bot.approvals.stacks import with_stacks
from bot.documents import Document
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.events import ApprovalRequested
from bot.policy.votes import Vote
from bot.store.approvals import Approvals
from bot.told import Told
from bot.view import Approval, View


class Asked(Document):
    """What was asked, of whom; no content, the digest stands for it."""

    task_id: TaskId
    request_id: ApprovalRequestId
    owner: str
    approval_type: str
    sensitivity: str
    digest: str
    channel: str = ""
    """Where the task was started: wherever its thread goes on, that channel's rules hold."""
    stacks: tuple[str, ...] = ()
    """What it may be about, as `project/stack`, as far as was known when it was asked."""
    question: bool = False
    asked_at: float = 0.0
    """When it was asked, in seconds since the epoch, by the store's clock."""

    @classmethod
    def read_in(cls, channel: str, record: str) -> Self:
        """Read a record; one that an older version left without its channel is of `channel`.

        Raises `NewerRecord`.
        """
        asked = cls.read(record)
        return asked if asked.channel else asked.model_copy(update={"channel": channel})


class Decision(Document):
    """One person's decision. `entry` is the inbox entry that brought it: a repeat is recognised."""

    entry: str
    user: UserId
    ok: bool
    instructions: str = ""
    decided_at: float
    also: tuple[UserId, ...] = ()
    """Who else approved, where it took several."""


def votes_in(votes: Iterable[str]) -> tuple[Vote, ...]:
    """Return stored votes as the policy counts them. Raises `NewerRecord`."""
    given = (Decision.read(vote) for vote in votes)
    return tuple(Vote(each.user, each.ok) for each in given)


def asked_of(
    view: View, asked: ApprovalRequested, told: Told, *, channel: str, now: float
) -> Asked:
    """Return what is recorded of a request; `channel` is where the task was started. Pure."""
    return Asked(
        task_id=view.task_id,
        request_id=asked.request_id,
        owner=view.owner,
        approval_type=asked.approval_type,
        sensitivity=asked.sensitivity,
        digest=digest_of(asked),
        channel=channel,
        stacks=with_stacks(told.stacks, view.stacks),
        question=asked.is_question,
        asked_at=now,
    )


async def remember_asked(approvals: Approvals, asked: Asked) -> None:
    """Record a request before its card is shown, so that no click can find it unknown."""
    record = asked.model_dump_json()
    await approvals.open(asked.task_id, asked.request_id, record=record, digest=asked.digest)


async def close_settled(approvals: Approvals, task: TaskId, settled: Approval, owner: str) -> None:
    """Close the record of what is settled on Neo's word; repeating it does no harm.

    `owner`: the identity whose token acted, if the decision was ours.
    """
    if settled.resolution is None:
        raise RuntimeError("only what is settled is closed")
    kept = await approvals.get(task, settled.request_id)
    # A decided one keeps the digest of what it was decided on, which may have changed since.
    digest = kept.digest if kept else settled.digest
    fact = facts.settled(
        facts.Subject(task, settled.request_id, digest), settled.resolution, owner=owner
    )
    outcome = settled.resolution.model_dump_json()
    await approvals.close(task, settled.request_id, outcome=outcome, fact=fact)
