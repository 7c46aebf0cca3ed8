"""When a relay ends, and what it leaves behind; its stream is the test's."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from bot.channels import ChannelIds
from bot.delivery.posts import Posted
from bot.errors import NeoError, SlackGone, TaskGone
from bot.ids import ApprovalRequestId, EventId, Installation
from bot.neo import events as neo
from bot.neo.identity import SharedIdentity
from bot.policy.rules import OWNER_ONLY
from bot.relay.deliver import Deliverer
from bot.relay.keeper import CardKeeper
from bot.relay.relay import Relay
from bot.relay.requests import Requests
from bot.relay.status import SessionStatus
from bot.relay.vital_signs import VitalSigns
from bot.sandbox.slack.text import plain_text
from bot.store import Store
from bot.store.approvals import Approvals
from bot.store.memory import Memory
from bot.store.records import Commit, Records
from bot.told import Told
from bot.view import TurnState
from relay.watch import Watch, open_watch
from render.happenings import take
from support import wait_until

NOWHERE = cast("Any", None)
"""For edges that these relays do not come near."""


@dataclass
class Stream:
    """A task's stream: it gives what it is given, or ends with an error."""

    error: NeoError | None = None
    events: tuple[neo.TaskEvent, ...] = ()
    given: int = 0
    open: bool = False

    async def follow(self, _cursor: EventId | None) -> AsyncGenerator[neo.StreamedEvent]:
        self.open = True
        try:
            if self.error:
                raise self.error
            for event in self.events:
                self.given += 1
                name = EventId(f"e-{self.given}")
                yield neo.StreamedEvent(name, name, event)
            await asyncio.Event().wait()
        finally:
            self.open = False


def relay_of(watch: Watch, stream: Stream, *, settle: float = 0.0) -> Relay:
    desk, harbour = watch.desk, watch.harbour
    memory = Memory(harbour.lease.store, Installation("T1"))
    keeper = CardKeeper(
        desk, posts=harbour.posts, door=harbour.door, live_cards=lambda: 1, clock=watch.clock
    )
    return Relay(
        desk,
        follow=stream.follow,
        neo=NOWHERE,
        identity=SharedIdentity("token", "shared"),
        deliverer=Deliverer(desk, harbour.posts, harbour.files, watch.clock),
        keeper=keeper,
        status=SessionStatus(desk, door=harbour.door, memory=memory, clock=watch.clock),
        vital_signs=VitalSigns(
            desk, NOWHERE, clock=watch.clock, sleep=asyncio.sleep, quiet=60, every=60
        ),
        facts=lambda: None,
        paused_by=lambda: "",
        requests=Requests(
            desk,
            approvals=Approvals(harbour.lease),
            policy=OWNER_ONLY,
            channels=ChannelIds(Records(harbour.lease).moved_channels),
            known=NOWHERE,
            person="shared",
            time=harbour.lease.store.time,
            clock=watch.clock,
        ),
        finished=set(),
        clock=watch.clock,
        sleep=asyncio.sleep,
        settle=settle,
        linger=0.05,
    )


async def asked(watch: Watch) -> None:
    """Let an approval wait, its card in Slack."""
    request = neo.ApprovalRequested(ApprovalRequestId("r-1"), "Go?")
    await watch.desk.change(lambda view: take(view, request)[0])
    card = await watch.harbour.post("t-1/approval/r-1")
    assert isinstance(card, Posted)
    where = {"ts": card.ts, "shown": 1, "shown_ts": card.ts}
    await watch.desk.change(lambda view: view.with_card("t-1/approval/r-1", **where))


async def test_a_new_owner_does_not_leave_a_task_at_rest_before_its_cards_are_made_sure_of(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        await asked(watch)
        await watch.desk.change(lambda view: take(view, neo.Cancelled())[0])
        for card in watch.desk.view.cards():
            shown = {"shown": card.version}
            await watch.desk.change(lambda view, c=card, s=shown: view.with_card(c.key, **s))
        async with asyncio.timeout(5):
            await relay_of(watch, Stream(), settle=0.3).run()

    assert watch.harbour.shown()[1].edits == 1


async def test_a_task_that_neo_no_longer_knows_ends_its_turn_and_the_cards_say_so(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        await asked(watch)
        with pytest.raises(TaskGone):
            await relay_of(watch, Stream(error=TaskGone("no such task"))).run()

        assert watch.desk.view.state is TurnState.IDLE
    progress, approval = watch.harbour.shown()
    assert "Ended in an error" in plain_text(progress)
    assert "nothing was decided" in plain_text(approval)


async def test_a_relay_ends_when_somebody_else_finds_that_its_thread_is_lost(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        relay = asyncio.create_task(relay_of(watch, stream := Stream()).run())
        await wait_until(lambda: stream.open, "followed")
        await watch.desk.change(lambda view: view.model_copy(update={"unreachable": "is_archived"}))
        with pytest.raises(SlackGone, match="is_archived"):
            await asyncio.wait_for(relay, 5)


async def test_a_place_that_was_lost_in_its_turn_is_not_posted_to(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        told = Told(channel="C1", root=watch.harbour.root, moves=1).model_dump_json()
        key = watch.desk.thread.key()
        await Records(watch.harbour.lease).commit(Commit(thread_key=key, told=told))
        lost = {"unreachable": "is_archived", "moves": 1}
        await watch.desk.change(lambda view: view.model_copy(update=lost))
        with pytest.raises(SlackGone):
            await relay_of(watch, Stream(events=(neo.AssistantSaid("hello"),))).run()

        assert watch.desk.view.unreachable == "is_archived"
    assert len(watch.harbour.shown()) == 1


async def test_only_a_turn_that_runs_or_waits_makes_its_card_live(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        relay = relay_of(watch, Stream())
        assert relay.is_live
        await asked(watch)
        assert relay.is_live
        await watch.desk.change(lambda view: take(view, neo.Cancelled())[0])
        assert not relay.is_live
