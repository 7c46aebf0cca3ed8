"""An :x: on what a turn shows is a Stop: the owner's, and of the turn that runs."""

import pytest

from bot.conversation.stopping import turn_reacted_to
from bot.ids import Ts
from bot.sandbox.faults import Conflict
from bot.slack.inbound import Reacted
from bot.store import Store
from bot.view import View
from commanding import neo
from commanding import root as command_root
from conversation.people import ANN as OWNER
from conversation.people import THREAD, view
from conversation.scenes import (
    acked,
    ask,
    cancels,
    finish,
    sent_bodies,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

X = "x"


async def begun(stage: Stage, store: Store, root: str, turn: int = 1) -> str:
    """Wait until a turn's card is shown and known; return its `ts`."""
    key = f"ns:{{{stage.slack.team_id}}}:conv:{INFRA}:{root}"
    while True:
        stored = await store.call("HGET", key, "view")
        seen = View.read(str(stored)).turn if stored else None
        if seen and seen.number == turn and seen.card.ts:
            return seen.card.ts


async def inbox_length(store: Store, stage: Stage) -> object:
    return await store.call("XLEN", f"ns:{{{stage.slack.team_id}}}:inbox")


async def test_on_the_card_it_stops_the_turn_for_its_owner_alone(
    stage: Stage, store: Store
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "later")
        card = await begun(stage, store, root)
        await stage.slack.react(BOB, INFRA, card, X)
        await whispered(stage, BOB, "Only")
        await stage.slack.react(EVE, INFRA, card, X)
        await whispered(stage, EVE, "not on the list")
        assert cancels(task) == 0
        stage.slack.faults.duplicate_next(1)
        await stage.slack.react(ANN, INFRA, card, X)
        await stage.sees(root, "Stopped. Reply here")
        await stage.sees(root, "so it was not sent")
        await acked(stage)
    assert cancels(task) == 1
    assert whispers(stage, ANN) == []


async def test_on_any_message_of_the_turn_and_on_the_root_it_stops(
    stage: Stage, store: Store
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        asked = await stage.sees(root, "May I?")
        await stage.slack.react(ANN, INFRA, asked.ts, X)
        await stage.sees(root, "Stopped. Reply here")
        await stage.sees(root, "The turn was stopped.")
        assert cancels(task) == 1

        await stage.reply(root, "again")
        await begun(stage, store, root, turn=2)
        await stage.slack.react(ANN, INFRA, asked.ts, X)  # taken away
        await stage.slack.react(ANN, INFRA, asked.ts, X)
        await acked(stage)
        assert cancels(task) == 1, "that was a message of the turn before"
        await stage.slack.react(ANN, INFRA, root, X)
        await wait_until(lambda: cancels(task) == 2, "a stop by the root")
        await wait_until(lambda: stage.count(root, "Stopped. Reply here") == 2, "the end")
        assert whispers(stage, ANN) == []


async def test_on_the_root_that_a_command_posted_it_stops(stage: Stage, store: Store) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        await neo(stage, "go")
        top = await command_root(stage)
        await begun(stage, store, top)
        await stage.slack.react(ANN, INFRA, top, X)
        await stage.sees(top, "Stopped. Reply here")
    assert cancels(await stage.task()) == 1


async def test_what_means_no_stop_is_acked_and_leaves_nothing_behind(
    stage: Stage, store: Store
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        card = await begun(stage, store, root)
        chatter = await stage.slack.say(BOB, INFRA, "no task here")
        await stage.slack.react(ANN, INFRA, chatter, X)
        await stage.slack.react(ANN, INFRA, card, "eyes")
        reply = await stage.reply(root, "a person's own words")
        await stage.slack.react(ANN, INFRA, reply, X)
        await acked(stage)
        marks = await store.call("KEYS", "*:mark:reacted:*")
        assert marks == [], "no such reaction came as far as the store"
        await finish(stage, root, task)
        await stage.slack.react(ANN, INFRA, root, X)
        await acked(stage)
        while await inbox_length(store, stage):
            pass
    assert cancels(task) == 0
    assert whispers(stage, ANN) == [], "after the turn, a cross is an opinion"


async def test_with_the_button_at_the_same_moment_neo_is_asked_once(
    stage: Stage, store: Store
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        stage.neo.faults.add("respond", Conflict())
        card = await begun(stage, store, root)
        await stage.slack.react(ANN, INFRA, card, X)
        await stage.slack.click(ANN, INFRA, card, "neo_stop")
        await stage.slack.react(ANN, INFRA, root, X)
        await stage.slack.stop(ANN, INFRA, root)
        await stage.reply(root, "stop")
        await stage.sees(root, "Stopped. Reply here")
        await acked(stage)
        first, again = sent_bodies(stage, "respond")
        assert first == again
    assert cancels(task) == 1


@pytest.mark.parametrize(
    ("on", "at", "number"),
    [
        ("101.5", "103.0", 1),
        ("102.0", "103.0", 1),
        ("100.000000", "103.0", 1),
        ("101.4", "103.0", 0),
        ("100.000000", "101.4", 0),
    ],
)
def test_it_means_the_present_turn_by_its_messages_and_its_moment(
    on: str, at: str, number: int
) -> None:
    shown = view()
    assert shown.turn
    card = shown.turn.card.model_copy(update={"ts": Ts("101.5")})
    seen = shown.model_copy(update={"turn": shown.turn.model_copy(update={"card": card})})
    reacted = Reacted(thread=THREAD, user=OWNER, ts=Ts(on), at=Ts(at))
    assert turn_reacted_to(seen, reacted, THREAD.root) == number
    assert turn_reacted_to(shown, reacted, THREAD.root) == 0, "no card, so nobody saw it"
    assert turn_reacted_to(None, reacted, THREAD.root) == 0
