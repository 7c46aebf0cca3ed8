"""What counts as shown of a card, over crashes and in places that are gone."""

from bot.delivery.posts import Posted
from bot.ids import ApprovalRequestId, EventId, Installation, Ts
from bot.neo import events as neo
from bot.relay.deliver import Deliverer
from bot.relay.keeper import CardKeeper
from bot.relay.posting import again
from bot.render.outputs import PostCard
from bot.sandbox.faults import ApiError
from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from bot.slack.ops import Priority
from bot.store import Store
from bot.view import Card
from relay.scene import LIVELY, at_work
from relay.watch import Watch, open_watch
from render.happenings import take
from stage import ANN, INFRA, Stage
from support import wait_until

KEY = "t-1/approval/r-1"
ASKED = neo.ApprovalRequested(ApprovalRequestId("r-1"), "Delete PROD?")


def keeper_of(watch: Watch) -> CardKeeper:
    return CardKeeper(
        watch.desk,
        posts=watch.harbour.posts,
        door=watch.harbour.door,
        live_cards=lambda: 1,
        clock=watch.clock,
    )


def card_of(watch: Watch) -> Card:
    approval = watch.desk.view.approval("r-1")
    assert approval
    return approval.card


async def posted(watch: Watch, key: str) -> Ts:
    """Let an owner before this one have posted something that may be out of date."""
    outcome = await watch.harbour.post(key, "Delete dev?")
    assert isinstance(outcome, Posted)
    return outcome.ts


async def test_a_card_that_a_crash_left_behind_is_not_taken_to_show_what_is_asked_now(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        ts = await posted(watch, KEY)
        desk, harbour = watch.desk, watch.harbour
        view, _ = take(desk.view, ASKED)
        deliverer = Deliverer(desk, harbour.posts, harbour.files, watch.clock)
        placements = await deliverer.deliver(
            view, EventId("e-1"), [PostCard(KEY, Priority.DECISION)]
        )
        await desk.change(lambda _: placements.applied(view))
        assert card_of(watch).ts == ts
        assert card_of(watch).stale
        await keeper_of(watch).show_due()

        assert not card_of(watch).stale
    assert "Delete PROD?" in plain_text(watch.harbour.shown()[-1])


async def test_the_new_message_of_a_card_is_found_after_a_crash_and_brought_up_to_date(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        await watch.desk.change(lambda view: take(view, ASKED)[0])
        old = await posted(watch, KEY)
        new = await posted(watch, again(KEY, old))
        await watch.desk.change(lambda view: view.with_card(KEY, ts=old))
        watch.harbour.slack.faults.add(
            "chat.update",
            ApiError("cant_update_message"),
            times=2,
            where=lambda call: call["ts"] == old,
        )
        keeper = keeper_of(watch)
        await keeper.show_due()
        assert card_of(watch).ts == new
        assert card_of(watch).stale
        await keeper.show_due()

        assert not card_of(watch).stale
    assert [m.ts for m in watch.harbour.shown()][-2:] == [old, new]
    assert "Delete PROD?" in plain_text(watch.harbour.shown()[-1])


async def test_where_a_card_cannot_be_put_up_again_its_owner_is_told_in_private(
    stage: Stage,
) -> None:
    async with at_work(stage, limits=LIVELY) as scene:
        await scene.emit(events.user_approval_request("Update prod?", request_id="r1"))
        card = await scene.sees("Update prod?")
        stage.slack.faults.add("chat.postMessage", ApiError("thread_locked"))
        stage.slack.workspace.delete(stage.slack.workspace.channel(INFRA), card)
        direct = stage.slack.dm(ANN)
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")

    assert "it is locked" in plain_text(stage.slack.messages(direct)[0])
