"""Slack's own stop button of an agent session is a Stop: the owner's, and of what runs now."""

from bot.conversation.stopping import turn_meant
from bot.ids import Installation, ThreadRef, Ts
from bot.slack.inbound import SessionStopped
from bot.store import Inbox, Store
from conversation.people import ANN as OWNER
from conversation.people import THREAD, view
from conversation.scenes import (
    acked,
    cancels,
    contents,
    finish,
    resting,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until


async def test_it_stops_the_turn_that_runs_for_its_owner_alone(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "later")
        await stage.slack.stop(BOB, INFRA, root)
        await whispered(stage, BOB, "Only")
        await stage.slack.stop(EVE, INFRA, root)
        await whispered(stage, EVE, "not on the list")
        assert cancels(task) == 0
        stage.slack.faults.duplicate_next(1)
        await stage.slack.stop(ANN, INFRA, root)
        await stage.sees(root, "Stopped. Reply here")
        await stage.sees(root, "so it was not sent")
        await acked(stage)
    assert cancels(task) == 1
    assert whispers(stage, ANN) == []


async def test_where_nothing_runs_it_says_so_and_the_next_turn_is_not_stopped(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        await stage.slack.stop(ANN, INFRA, root)
        await whispered(stage, ANN, "that turn is over")
        chatter = await stage.slack.say(ANN, INFRA, "no task here")
        await stage.slack.stop(ANN, INFRA, chatter)
        await acked(stage)
        await stage.reply(root, "next")
        await wait_until(lambda: len(contents(task)) == 2, "the next turn")
    assert cancels(task) == 0
    assert len(whispers(stage, ANN)) == 1


async def test_a_stop_that_comes_late_does_not_hit_the_turn_after_the_one_it_was_meant_for(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "later")
        await acked(stage)
        pressed = await stage.reply(root, f"<@{BOB}> I press Stop")
        await finish(stage, root, task)
        await wait_until(
            lambda: stage.count(root, "Only when mentioned") == 2, "the next turn's card"
        )

        thread = ThreadRef(channel=INFRA, root=Ts(root))
        native = SessionStopped(thread=thread, user=OWNER, ts=Ts(pressed))
        typed = SessionStopped(thread=thread, user=OWNER, turn=1)
        for number, late in enumerate((native, typed), 1):
            await inbox.take_in(
                late.model_dump_json(), [f"stop {number}"], thread_key=None, addressed=True
            )
            await wait_until(lambda n=number: len(whispers(stage, ANN)) == n, "that it is over")
        await finish(stage, root, task, "Done again.")
    assert (contents(task), cancels(task)) == (["go", "later"], 0)


def test_slacks_button_means_the_turn_whose_card_stood_there_when_it_was_pressed() -> None:
    shown = view().with_card("p", ts=Ts("150.000100"))

    def meant(**changes: object) -> int:
        stopped = SessionStopped(thread=THREAD, user=OWNER)
        return turn_meant(shown, stopped.model_copy(update=changes))

    assert meant(ts=Ts("150.000100")) == meant(ts=Ts("151.000000")) == 1
    assert meant(ts=Ts("149.999999")) == 0
    assert meant() == 1, "nobody says when"
    assert meant(turn=2, ts=Ts("1.000000")) == 2, "the command says which"
    assert turn_meant(None, SessionStopped(thread=THREAD, user=OWNER)) == 0


def test_a_turn_without_a_card_began_when_it_was_heard_of() -> None:
    for pressed, turn in (("99.000000", 0), ("101.000000", 1)):
        stopped = SessionStopped(thread=THREAD, user=OWNER, ts=Ts(pressed))
        assert turn_meant(view(), stopped) == turn
