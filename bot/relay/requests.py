"""The records of what waits in one thread, and what its cards show of who decides, and when."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.approvals.deciders import deciders_of, is_owner_alone, rule_of
from bot.approvals.policy_words import moment
from bot.approvals.store import Asked, asked_of, close_settled, remember_asked, votes_in
from bot.channels import ChannelIds
from bot.clock import Clock
from bot.ids import ApprovalRequestId
from bot.neo.events import ApprovalRequested
from bot.policy.freezes import frozen_until, next_change
from bot.policy.groups import GroupMembers
from bot.policy.rules import Policy, Rule
from bot.policy.shown import Shown, shown
from bot.relay.desk import Desk
from bot.store.approvals import Approvals
from bot.told import Told
from bot.view import View

LOOK_AGAIN = 600.0
"""Seconds after which a card is looked at again at the latest whose freeze or whose user groups may
have changed: the clock may have jumped, too."""

ASK_AGAIN = 60.0
"""Seconds after which Slack is asked again who is in a group, where it did not say."""


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """What a card says of the policy: `Approval.deciders` and `Approval.frozen_until`."""

    deciders: Shown | None
    frozen_until: str = ""


Found = Mapping[ApprovalRequestId, ByPolicy]


class Requests:
    """Keeps the records, and the cards showing who decides by the policy and who has approved."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each named
        self,
        desk: Desk,
        *,
        approvals: Approvals,
        policy: Policy,
        channels: ChannelIds,
        known: GroupMembers,
        person: str,
        time: Callable[[], Awaitable[float]],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._policy = policy
        self._channels = channels
        self._approvals = approvals
        self._known = known
        self._person = person
        """The identity whose token acts."""
        self._time = time  # the store's: by it is said how long something waits
        self._clock = clock
        self.due = asyncio.Event()
        """Set when somebody may have voted."""

    async def run(self) -> None:
        """Show it on the cards whenever it is due, or may have changed by itself, for ever."""
        while True:
            self.due.clear()
            waiting = await self._waiting(self._desk.view)
            found = {a.request_id: await self._by_policy(a) for a in waiting}
            await self._desk.change(lambda view, f=found: counted(view, f))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_change(waiting, found)):
                    await self.due.wait()

    async def remember(self, view: View, event: ApprovalRequested, told: Told) -> Found:
        """Record what is asked and return who decides, before its card is shown."""
        channel = self._desk.thread.channel
        asked = asked_of(view, event, told, channel=channel, now=await self._time())
        await remember_asked(self._approvals, asked)
        return {asked.request_id: await self._by_policy(asked)}

    async def close_settled(self, after: View) -> None:
        """Close the records of what an event settled; repeating it does no harm."""
        before = {a.request_id for a in self._desk.view.open_approvals}
        for approval in after.approvals:
            if approval.resolution and approval.request_id in before:
                await close_settled(self._approvals, after.task_id, approval, self._person)

    async def _by_policy(self, asked: Asked) -> ByPolicy:
        rule = rule_of(self._policy, asked, self._channels)
        until = frozen_until(rule, self._clock.now())
        frozen = moment(until) if until else ""
        if is_owner_alone(rule):
            return ByPolicy(None, frozen)
        deciders = await deciders_of(self._policy, asked, self._channels, self._known)
        approval = await self._approvals.get(asked.task_id, asked.request_id)
        now = shown(
            deciders.rule,
            votes_in(approval.votes if approval else ()),
            deciders.owner,
            deciders.members.groups,
            untold=[*deciders.members.untold],
        )
        return ByPolicy(now, frozen)

    async def _waiting(self, view: View) -> list[Asked]:
        """Return the records of what waits."""
        channel = self._desk.thread.channel
        found = [
            await self._approvals.get(view.task_id, waiting.request_id)
            for waiting in view.open_approvals
        ]
        return [Asked.read_in(channel, approval.record) for approval in found if approval]

    def _until_change(self, waiting: Iterable[Asked], found: Found) -> float | None:
        rules = [rule_of(self._policy, asked, self._channels) for asked in waiting]
        return until_change(rules, found.values(), self._clock.now())


def until_change(rules: Iterable[Rule], found: Iterable[ByPolicy], now: float) -> float | None:
    """Return how long the cards stay true by themselves, in seconds; None: for ever. Pure.

    Nobody tells us when a freeze begins or ends, who joins or leaves a user group, and when Slack
    answers again that did not say who is in one.
    """
    waits: list[float] = []
    for rule in rules:
        change = next_change(rule, now)
        waits += [change - now] if change else []
        waits += [LOOK_AGAIN] if change or rule.groups else []
    if any(by.deciders and by.deciders.untold for by in found):
        waits.append(ASK_AGAIN)
    return min(waits, default=None)


def with_deciders(view: View, found: Found) -> View:
    """Return the view with who decides, before anybody has seen it. Pure."""
    for approval in view.open_approvals:
        if now := found.get(approval.request_id):
            shown = {"deciders": now.deciders, "frozen_until": now.frozen_until}
            view = view.with_approval(approval.model_copy(update=shown))
    return view


def counted(view: View, found: Found) -> View:
    """Return the view with the cards due on which something else is shown by now. Pure."""
    for approval in view.open_approvals:
        before = ByPolicy(approval.deciders, approval.frozen_until)
        now = found.get(approval.request_id, before)
        if now != before:
            shown = {"deciders": now.deciders, "frozen_until": now.frozen_until}
            changed = {**shown, "card": approval.card.counted_anew()}
            view = view.with_approval(approval.model_copy(update=changed))
    return view
