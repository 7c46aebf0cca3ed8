"""The records of what waits in one thread, and what its cards show of who decides."""

import asyncio
from collections.abc import Mapping

from bot.approvals.deciders import deciders_of, is_owner_alone, rule_of
from bot.approvals.policy_words import moment
from bot.approvals.store import Asked, asked_of, close_settled, remember_asked, votes_in
from bot.clock import Clock
from bot.ids import ApprovalRequestId
from bot.neo.events import ApprovalRequested
from bot.policy.freezes import frozen_until
from bot.policy.groups import GroupMembers
from bot.policy.rules import Policy
from bot.policy.shown import Shown, shown
from bot.relay.desk import Desk
from bot.store.approvals import Approvals
from bot.told import Told
from bot.view import View

Found = Mapping[ApprovalRequestId, Shown | None]
"""Who decides about each request; None: the person who started the task, alone."""


class Requests:
    """Keeps the records, and the cards showing who decides by the policy and who has approved."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        desk: Desk,
        *,
        approvals: Approvals,
        policy: Policy,
        known: GroupMembers,
        person: str,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._policy = policy
        self._approvals = approvals
        self._known = known
        self._person = person
        """The identity whose token acts."""
        self._clock = clock
        self.due = asyncio.Event()
        """Set when somebody may have voted."""

    async def run(self) -> None:
        """Show it on the cards whenever it is due, for ever."""
        while True:
            self.due.clear()
            found = await self._look(self._desk.view)
            await self._desk.change(lambda view, f=found: counted(view, f))
            await self.due.wait()

    async def remember(self, view: View, event: ApprovalRequested, told: Told, now: float) -> Found:
        """Record what is asked and return who decides, before its card is shown."""
        channel = self._desk.thread.channel
        asked = asked_of(view, event, told, channel=channel, now=now)
        await remember_asked(self._approvals, asked)
        return await self._who_decides(asked)

    async def close_settled(self, after: View) -> None:
        """Close the records of what an event settled; repeating it does no harm."""
        before = {a.request_id for a in self._desk.view.open_approvals}
        for approval in after.approvals:
            if approval.resolution and approval.request_id in before:
                await close_settled(self._approvals, after.task_id, approval, self._person)

    async def _who_decides(self, asked: Asked) -> Found:
        if is_owner_alone(rule_of(self._policy, asked)):
            return {asked.request_id: None}
        deciders = await deciders_of(self._policy, asked, self._known)
        approval = await self._approvals.get(asked.task_id, asked.request_id)
        until = frozen_until(deciders.rule, self._clock.now())
        return {
            asked.request_id: shown(
                deciders.rule,
                votes_in(approval.votes if approval else ()),
                deciders.owner,
                deciders.members.groups,
                untold=[*deciders.members.untold],
                frozen_until=moment(until) if until else "",
            )
        }

    async def _look(self, view: View) -> Found:
        found: dict[ApprovalRequestId, Shown | None] = {}
        for waiting in view.open_approvals:
            approval = await self._approvals.get(view.task_id, waiting.request_id)
            if approval is not None:
                found |= await self._who_decides(
                    Asked.read_in(self._desk.thread.channel, approval.record)
                )
        return found


def with_deciders(view: View, found: Found) -> View:
    """Return the view with who decides, before anybody has seen it. Pure."""
    for approval in view.open_approvals:
        if approval.request_id in found:
            shown = {"deciders": found[approval.request_id]}
            view = view.with_approval(approval.model_copy(update=shown))
    return view


def counted(view: View, found: Found) -> View:
    """Return the view with the cards due on which something else is shown by now. Pure."""
    for approval in view.open_approvals:
        now = found.get(approval.request_id, approval.deciders)
        if now != approval.deciders:
            changed = {"deciders": now, "card": approval.card.counted_anew()}
            view = view.with_approval(approval.model_copy(update=changed))
    return view
