"""The durable record of an approval: written when it is asked, decided once by compare-and-set."""

from pydantic import BaseModel, ConfigDict

from bot.approvals.digest import digest_of
from bot.ids import ApprovalRequestId, TaskId, UserId
from bot.neo.events import ApprovalRequested
from bot.store.approvals import Approvals
from bot.view import View


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
