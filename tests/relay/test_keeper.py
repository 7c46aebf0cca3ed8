"""When a card is shown again: by a clock that the test moves on."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

import pytest

from bot.delivery.posts import Posted
from bot.ids import ApprovalRequestId, Installation
from bot.neo import events as neo
from bot.relay.keeper import ELAPSED_INTERVAL, CardKeeper
from bot.sandbox.faults import ApiError, RateLimited, ServerError
from bot.sandbox.slack.text import plain_text
from bot.slack.door import CARD_SECONDS, CARDS_SECONDS
from bot.slack.ops import ChatUpdate, Content, Priority
from bot.store import Store
from bot.store.records import Commit, Records
from bot.told import Told
from relay.watch import Watch, open_watch, running
from render.happenings import take
from support import wait_until


def keeper_of(watch: Watch, *, cards: int = 1) -> CardKeeper:
    return CardKeeper(
        watch.desk,
        posts=watch.harbour.posts,
        door=watch.harbour.door,
        live_cards=lambda: cards,
        clock=watch.clock,
    )


async def _ignored(work: Coroutine[None, None, object]) -> None:
    await work


@asynccontextmanager
async def keeping(
    store: Store, installation: Installation, *, cards: int = 1
) -> AsyncGenerator[Watch]:
    async with (
        open_watch(store, installation) as watch,
        running(keeper_of(watch, cards=cards).run()),
    ):
        yield watch


async def test_a_turn_that_goes_on_shows_its_elapsed_time_now_and_then(
    store: Store, installation: Installation
) -> None:
    async with keeping(store, installation) as watch:
        await watch.later(ELAPSED_INTERVAL - 1)
        await watch.later(0)
        assert watch.edits == 0
        await watch.later(2)
        await wait_until(lambda: watch.edits == 1, "shown again")

    assert "Working for 31 s" in plain_text(watch.harbour.shown()[0])


@pytest.mark.parametrize("cards", [1, 10])
async def test_the_more_cards_live_the_rarer_each_is_updated(
    store: Store, installation: Installation, cards: int
) -> None:
    every = max(CARD_SECONDS, CARDS_SECONDS * cards)
    async with keeping(store, installation, cards=cards) as watch:
        await watch.desk.change(lambda view: view.with_turn(note="busy"))
        await watch.later(every - 0.5)
        await watch.later(0)
        assert watch.edits == 0
        await watch.later(0.5)
        await wait_until(lambda: watch.edits == 1, "shown again")


async def test_a_stop_is_shown_at_once_and_what_follows_it_waits_its_turn(
    store: Store, installation: Installation
) -> None:
    async with keeping(store, installation) as watch:
        await watch.desk.change(lambda view: view.with_turn(stopping=True))
        await wait_until(lambda: watch.edits == 1, "stopping")
        for note in ("one", "two", "three"):
            await watch.desk.change(lambda view, note=note: view.with_turn(note=note))
            await watch.later(0)
        assert watch.edits == 1
        await watch.later(CARD_SECONDS)
        await wait_until(lambda: watch.edits == 2, "the rest")


async def test_an_end_overtakes_the_progress_for_which_its_card_waited(
    store: Store, installation: Installation
) -> None:
    async with keeping(store, installation) as watch:
        harbour = watch.harbour
        other = await harbour.post("t/e/9")
        assert isinstance(other, Posted)
        harbour.slack.faults.add("chat.update", RateLimited(1))
        before_it = harbour.door.call(
            ChatUpdate("C1", other.ts, Content("other")), Priority.PROGRESS
        )
        async with running(_ignored(before_it)):
            await wait_until(lambda: harbour.door.waiting == 1, "slowed down")
            await watch.desk.change(lambda view: view.with_turn(note="busy"))
            await watch.later(CARD_SECONDS)
            await wait_until(lambda: harbour.door.waiting == 2, "the card's progress waits")
            await watch.desk.change(lambda view: take(view, neo.Cancelled())[0])
            await wait_until(lambda: len(harbour.slack.calls_of("chat.update")) == 3, "all")

    shown = harbour.slack.calls_of("chat.update")
    assert [call.args["ts"] == other.ts for call in shown] == [True, False, True]
    assert "Stopped after" in plain_text(harbour.shown()[0])


async def test_a_card_that_is_gone_is_not_kept_up_to_date_with_the_clock(
    store: Store, installation: Installation
) -> None:
    async with keeping(store, installation) as watch:
        watch.harbour.slack.faults.add("chat.update", ApiError("message_not_found"))
        await watch.desk.change(lambda view: view.with_turn(stopping=True))
        await wait_until(lambda: watch.desk.view.cards()[0].lost, "gone")
        await watch.later(ELAPSED_INTERVAL + 1)
        changed = watch.desk.watch()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(changed.wait(), 0.5)


async def test_a_new_owner_shows_again_what_the_last_ones_late_call_may_have_undone(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        keeper = keeper_of(watch)
        await keeper.reassert()
        assert watch.edits == 0  # nothing asked, nothing shown: nothing to make sure of
        asked = neo.ApprovalRequested(ApprovalRequestId("r-1"), "Go?")
        await watch.desk.change(lambda view: take(view, asked)[0].with_turn(stopping=True))
        approval = await watch.harbour.post("t-1/approval/r-1")
        assert isinstance(approval, Posted)
        await watch.desk.change(
            lambda view: view.with_card("t-1/approval/r-1", ts=approval.ts, shown=1)
        )
        await keeper.show_due()
        assert [m.edits for m in watch.harbour.shown()] == [1, 0]
        await keeper.reassert()

    assert [m.edits for m in watch.harbour.shown()] == [2, 1]


@pytest.mark.parametrize("code", ["token_revoked", "internal_error", "fatal_error"])
async def test_a_refusal_that_says_nothing_about_the_card_leaves_it_due(
    store: Store, installation: Installation, code: str
) -> None:
    async with keeping(store, installation) as watch:
        watch.harbour.slack.faults.add("chat.update", ApiError(code))
        await watch.desk.change(lambda view: view.with_turn(stopping=True))
        await wait_until(lambda: len(watch.harbour.slack.calls_of("chat.update")) == 1, "refused")
        await wait_until(lambda: watch.desk.view.cards()[0].stale, "still due")
        await watch.later(2 * CARD_SECONDS)
        await wait_until(lambda: watch.edits == 1, "shown")


async def test_a_repeat_for_a_new_owner_that_slack_does_not_answer_is_made_up_for(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        keeper = keeper_of(watch)
        await watch.desk.change(lambda view: view.with_turn(stopping=True))
        await keeper.show_due()
        watch.harbour.slack.faults.add("chat.update", ServerError())
        await keeper.reassert()
        assert watch.edits == 1
        await watch.later(2 * CARD_SECONDS)
        await keeper.show_due()

    assert watch.edits == 2


async def test_a_turn_that_the_next_one_overtook_is_shown_as_ended(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        keeper = keeper_of(watch)
        for event in (neo.Cancelled(), neo.UserSaid("go on")):
            await watch.desk.change(lambda view, e=event: take(view, e)[0])
        await keeper.show_due()

        assert watch.desk.view.past == ()
    assert "Stopped after" in plain_text(watch.harbour.shown()[0])


async def test_a_card_in_a_channel_that_has_moved_meanwhile_is_shown_where_it_is_now(
    store: Store, installation: Installation
) -> None:
    async with open_watch(store, installation) as watch:
        keeper, harbour = keeper_of(watch), watch.harbour
        told = Told(channel="C2", root=harbour.root, moves=1).model_dump_json()
        key = watch.desk.thread.key()
        await Records(harbour.lease).commit(Commit(thread_key=key, told=told))
        await harbour.slack.move_channel("C1", "C2")
        await watch.desk.change(lambda view: view.with_turn(stopping=True))
        await keeper.show_due()
        await keeper.show_due()

    channels = [c.args["channel"] for c in harbour.slack.calls_of("chat.update")]
    assert channels == ["C1", "C2"]
