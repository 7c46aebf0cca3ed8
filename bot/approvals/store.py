"""The durable record of an approval: written when it is asked, decided once by compare-and-set."""

from pydantic import BaseModel, ConfigDict

from bot.approvals import facts
from bot.approvals.digest import digest_of
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.events import ApprovalRequested
from bot.store.approvals import Approvals
from bot.view import Approval, View


class Asked(BaseModel):
    """What was asked, of whom; no content, the digest stands for it."""

    model_config = ConfigDict(frozen=True)

    v: int = 1
    task_id: TaskId
    request_id: ApprovalRequestId
    owner: str
    approval_type: str
    sensitivity: str
    digest: str


class Decision(BaseModel):
    """One person's decision. `entry` is the inbox entry that brought it: a repeat is recognised."""

    model_config = ConfigDict(frozen=True)

    v: int = 1
    entry: str
    user: UserId
    ok: bool
    instructions: str = ""
    decided_at: float


async def remember_asked(approvals: Approvals, view: View, asked: ApprovalRequested) -> None:
    """Record the request before its card is shown, so that no click can find it unknown."""
    record = Asked(
        task_id=view.task_id,
        request_id=asked.request_id,
        owner=view.owner,
        approval_type=asked.approval_type,
        sensitivity=asked.sensitivity,
        digest=digest_of(asked),
    )
    await approvals.open(
        view.task_id, asked.request_id, record=record.model_dump_json(), digest=record.digest
    )


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
