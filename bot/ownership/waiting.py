"""What waits for a decision, wherever it is, and for whom: any replica may look."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approvals.deciders import Deciders, deciders_of
from bot.approvals.store import Asked
from bot.channels import ChannelIds
from bot.conversation.talk import Talk
from bot.conversation.voting import votes_in
from bot.errors import NewerRecord
from bot.ids import ApprovalRequestId, TaskId, ThreadRef, UserId
from bot.policy.groups import GroupMembers
from bot.policy.rules import Policy
from bot.policy.votes import Open
from bot.slack.identity import BotIdentity
from bot.store.approvals import Approval, Approvals, ApprovalState
from bot.store.records import Records
from bot.view import Approval as Shown
from bot.view import View


@dataclass(frozen=True, slots=True)
class Waiting:
    """One approval that waits, as it is stored and as its card shows it."""

    asked: Asked
    kept: Approval
    shown: Shown
    talk: Talk
    view: View

    @property
    def key(self) -> str:
        """The name of what is asked: another digest is another thing."""
        return f"{self.asked.task_id}/approval/{self.asked.request_id}/{self.asked.digest}"

    @property
    def place(self) -> ThreadRef:
        """Where its thread is now."""
        return self.talk.place or self.talk.thread

    def card_at(self, bot: BotIdentity) -> str:
        """Return the address of its card, empty where there is none."""
        place, card = self.place, self.shown.card
        return "" if card.is_missing else bot.link_in(place.channel, place.root, card.ts)


@dataclass(frozen=True, slots=True)
class Mine:
    """One approval that waits for a person, and who else may decide."""

    waiting: Waiting
    others: Sequence[UserId]
    groups: Sequence[str]
    """The user groups of its rule: with them, the others may be too many to be named."""


async def load(
    records: Records, approvals: Approvals, task_id: TaskId, request_id: ApprovalRequestId
) -> Waiting | None:
    """Return what waits for people, and whose card they can find; else None.

    Raises `NewerRecord` and `StoreUnavailable`.
    """
    kept, key = await approvals.get(task_id, request_id), await records.thread_of_task(task_id)
    if kept is None or kept.state is not ApprovalState.OPEN or key is None:
        return None
    fields = await records.load(key)
    if "talk" not in fields or "view" not in fields:
        return None
    talk, view = Talk.read(fields["talk"]), View.read(fields["view"])
    shown = view.approval(request_id)
    if shown is None or not shown.is_open or shown.digest != kept.digest:
        return None
    asked = Asked.read_in(talk.thread.channel, kept.record)
    return Waiting(asked, kept, shown, talk, view)


async def waiting_for(  # noqa: PLR0913 -- what it is found by, each named
    user: UserId,
    *,
    records: Records,
    approvals: Approvals,
    policy: Policy,
    channels: ChannelIds,
    known: GroupMembers,
) -> list[Mine]:
    """Return all that waits for a person, what waits longest first. Raises `StoreUnavailable`."""
    await channels.learn()  # another process may have heard of a new id since
    found: list[Mine] = []
    for task_id, request_id in await approvals.not_closed():
        try:
            waiting = await load(records, approvals, task_id, request_id)
        except NewerRecord:
            continue  # whoever of that version can read it lists it
        if waiting is None:
            continue
        deciders = await deciders_of(policy, waiting.asked, channels, known)
        if mine := _for(user, waiting, deciders):
            found.append(mine)
    return sorted(found, key=lambda mine: mine.waiting.shown.asked_at)


def _for(user: UserId, waiting: Waiting, deciders: Deciders) -> Mine | None:
    """Return what waits, if it is for this person: who has approved already waits like others."""
    given = votes_in(waiting.kept.votes)
    may = deciders.may(user, ok=True) or deciders.may(user, ok=False)
    if not may or any(vote.user == user for vote in given):
        return None
    standing = deciders.standing(given)
    others = standing.who_may - {user} if isinstance(standing, Open) else frozenset[UserId]()
    return Mine(waiting, sorted(others), sorted(deciders.rule.groups))
