"""Whatever comes in whatever order: decided at most once, by who may, on what they saw; then over.

The real scripts on a real store, with the policy in front and a card behind, against a model that
knows no more than who approved what is asked now.
"""

import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

import pytest

from bot.approvals.facts import Subject
from bot.approvals.store import Asked, Decision, asked_of, close_settled, remember_asked
from bot.channels import ChannelIds
from bot.conversation.voting import Counted, Frozen, NotAllowed, Outcome, Voting
from bot.errors import LeaseLost
from bot.ids import ApprovalRequestId, Installation, TaskId, UserId
from bot.neo import events as neo
from bot.policy.rules import Policy, Rule
from bot.render.cards import show
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons
from bot.store import Approvals, Audit, Lease, Store, Verdict
from bot.store.approvals import ApprovalState
from bot.store.records import Records
from bot.told import Told
from bot.view import View
from render.happenings import NOW, THREAD, VIEW, take

ANN, BOB, CYD, DAN = PEOPLE = tuple(map(UserId, (VIEW.owner, "U0BOB", "U0CYD", "U0DAN")))
REQUEST = ApprovalRequestId("r-1")
OPS = "S0OPS"


@dataclass(frozen=True)
class Say:
    """Somebody clicks or types, having seen the card of so many changes ago."""

    user: UserId
    ok: bool
    behind: int = 0
    dies: bool = False
    """The process dies before the inbox entry is finished: it comes again."""


@dataclass(frozen=True)
class Members:
    """Who is in the group from now on; None: Slack does not say."""

    members: frozenset[UserId]


@dataclass(frozen=True)
class Happens:
    """Anything else, by a word."""

    what: str


Step = Say | Members | Happens
RULES = (
    Rule(),
    Rule(deciders=("owner", OPS)),
    Rule(deciders=(OPS,), quorum=2),
    Rule(deciders=(OPS, CYD), quorum=2, requester_counts=False),
    Rule(deciders=("owner", BOB, CYD), quorum=2),
    Rule(deciders=(BOB, CYD, DAN, OPS), quorum=3),
)
GROUPS = (frozenset(PEOPLE), frozenset({ANN, BOB}), frozenset[UserId]())
HAPPENINGS = (
    *("changes", "changes", "changes", "changes", "lapses", "lapses", "restart", "zombie"),
    *("delivered", "console", "expires"),
)


def steps(chance: Random) -> Iterator[Step]:
    """Yield a few things that happen, most of them people's words."""
    for _ in range(chance.randrange(5, 30)):
        match chance.randrange(6):
            case 0:
                yield Members(chance.choice(GROUPS))
            case 1:
                yield Happens(chance.choice(HAPPENINGS))
            case _:
                yield Say(
                    chance.choice(PEOPLE),
                    ok=chance.random() < 0.8,
                    behind=chance.choice((0, 0, 1)),
                    dies=chance.random() < 0.2,
                )


@dataclass
class World:
    """One request, its record, its card, and what the model knows of it."""

    store: Store
    installation: Installation
    rule: Rule
    lease: Lease
    view: View = VIEW
    version: int = 0
    members: frozenset[UserId] = frozenset(PEOPLE)
    entries: int = 0
    approved: list[UserId] = field(default_factory=list[UserId])
    """Who has approved what is asked now."""
    decided: Decision | None = None
    over: bool = False

    # --- what the bridge does -------------------------------------------------------------------

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        assert (group, anew) == (OPS, True)
        return self.members

    @property
    def approvals(self) -> Approvals:
        return Approvals(self.lease)

    @property
    def voting(self) -> Voting:
        return Voting(
            Policy(rules=(self.rule,)),
            channels=ChannelIds(Records(self.lease).moved_channels),
            approvals=self.approvals,
            audit=Audit(self.store, self.installation, lease=self.lease),
            known=self,
            time=self.store.time,
            lapse=math.inf,
        )

    def asked(self, behind: int = 0) -> neo.ApprovalRequested:
        return neo.ApprovalRequested(REQUEST, f"Version {max(0, self.version - behind)}?")

    async def ask(self) -> None:
        self.view, _ = take(self.view, self.asked())
        record: Asked = asked_of(self.view, self.asked(), Told(), channel="C1", now=NOW)
        await remember_asked(self.approvals, record)

    def digest(self, behind: int) -> str:
        return asked_of(VIEW, self.asked(behind), Told(), channel="C1", now=NOW).digest

    async def judge(self, decision: Decision, digest: str) -> Outcome:
        """Do what `Deciding.take` does, as far as the record is concerned."""
        task = self.view.task_id
        subject = Subject(task, REQUEST, digest)
        judged = await self.voting.judge(subject, decision, channel="C1", owner=ANN)
        if not isinstance(judged, Decision):
            return judged
        text = judged.model_dump_json()
        done = await self.approvals.decide(
            task, REQUEST, digest=digest, decision=text, approves=judged.ok
        )
        mine = done.decision and Decision.read(done.decision).entry
        return Verdict.WON if mine == decision.entry else done.verdict

    # --- the model --------------------------------------------------------------------------------

    def may(self, user: UserId, *, ok: bool) -> bool:
        named = user in self.rule.deciders or (OPS in self.rule.deciders and user in self.members)
        owns = user == ANN
        if not ok:
            return owns or named
        counts = self.rule.requester_counts or not owns
        return counts and (named or (owns and "owner" in self.rule.deciders))

    def enough(self) -> bool:
        return sum(self.may(user, ok=True) for user in self.approved) >= self.rule.quorum

    async def say(self, step: Say) -> None:
        self.entries += 1
        decision = Decision(entry=f"{self.entries}-0", user=step.user, ok=step.ok, decided_at=NOW)
        behind = min(step.behind, self.version)
        outcome = await self.judge(decision, self.digest(behind))
        waits = not self.over and self.decided is None
        if step.ok and waits and not behind and self.may(step.user, ok=True):
            self.approved = list(dict.fromkeys([*self.approved, step.user]))
        wins = waits and not behind and self.may(step.user, ok=step.ok)
        wins = wins and (not step.ok or self.enough())
        assert (outcome is Verdict.WON) == wins, outcome
        if wins:
            self.decided = decision
        if step.dies:
            self.members = frozenset()  # whatever has changed meanwhile
            again = await self.judge(decision, self.digest(behind))
            assert (again is Verdict.WON) == wins, again
        assert isinstance(outcome, Verdict | Counted | NotAllowed | Frozen)

    async def happen(self, what: str) -> None:
        match what:
            case "changes" if not self.over:
                self.version += 1
                await self.ask()
                if self.decided is None:
                    self.approved = []
            case "lapses":
                await self.lapse()
            case "delivered" if self.decided and not self.over:
                await self.settle(ok=self.decided.ok)
            case "console" if not self.over:
                await self.settle(ok=True)
            case "expires":
                await self.expire()
            case "restart":
                await self.take_over()
            case "zombie":
                await self.zombie()
            case _:
                pass

    async def lapse(self) -> None:
        kept = await self.approvals.get(self.view.task_id, REQUEST)
        assert kept is not None
        opened = await self.approvals.reopen(self.view.task_id, REQUEST, decision=kept.decision)
        assert opened == (self.decided is not None and not self.over)
        if opened:
            self.decided, self.approved = None, []

    async def expire(self) -> None:
        self.entries += 1
        decision = Decision(
            entry=f"{self.entries}-0", user=UserId("expiry"), ok=False, decided_at=NOW
        )
        text = decision.model_dump_json()
        done = await self.approvals.decide(
            self.view.task_id, REQUEST, digest=self.digest(0), decision=text, approves=False
        )
        waits = not self.over and self.decided is None
        assert (done.verdict is Verdict.WON) == waits
        self.decided = decision if waits else self.decided

    async def take_over(self) -> None:
        self.lease = Lease(self.store, self.installation, holder=f"process {self.entries}")
        assert await self.lease.acquire(exclusive=True)

    async def zombie(self) -> None:
        """Let a process decide that has lost the lease and does not know."""
        zombie = replace(self)
        await self.take_over()
        lost = Decision(entry="zombie", user=ANN, ok=False, decided_at=NOW)
        if self.decided is None and not self.over:
            with pytest.raises(LeaseLost):
                await zombie.judge(lost, self.digest(0))

    async def settle(self, *, ok: bool) -> None:
        now = datetime.fromtimestamp(NOW, UTC)
        await self.end(neo.UserConfirmed(REQUEST, ok, timestamp=now, actor="ann"))

    async def end(self, event: neo.TaskEvent) -> None:
        self.view, _ = take(self.view, event)
        settled = self.view.approval(REQUEST)
        assert settled is not None
        await close_settled(self.approvals, self.view.task_id, settled, "shared")
        self.over = True

    async def check_the_end(self) -> None:
        if not self.over:
            await self.end(neo.Cancelled())
        kept, approval = (
            await self.approvals.get(self.view.task_id, REQUEST),
            self.view.approval(REQUEST),
        )
        assert kept is not None
        assert approval is not None
        assert kept.state is ApprovalState.CLOSED
        card = show(self.view, approval.card.key, thread=THREAD, now=NOW)
        assert card is not None
        blocks = [dict(block) for block in card.blocks]
        labels = {label for _, label, _ in buttons(Message("C", "1", "B", card.text, blocks))}
        assert labels.isdisjoint({"Approve", "Deny"})


async def play(store: Store, name: Installation, chance: Random) -> None:
    lease = Lease(store, name)
    assert await lease.acquire(exclusive=True)
    view = VIEW.model_copy(update={"task_id": TaskId(f"t-{uuid.uuid4().hex}")})
    world = World(store, name, chance.choice(RULES), lease, view)
    await world.ask()
    for step in steps(chance):
        match step:
            case Say():
                await world.say(step)
            case Members(members):
                world.members = members
            case Happens(what):
                await world.happen(what)
    await world.check_the_end()


@pytest.mark.parametrize("part", range(4))
async def test_each_request_is_decided_at_most_once_by_who_may_on_what_they_saw_and_then_over(
    store: Store, installation: Installation, part: int
) -> None:
    for number in range(40):
        await play(store, installation, Random(f"{part}/{number}"))
