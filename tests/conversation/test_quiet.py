"""A quiet thread: Neo hears only what mentions the bot; set in its menu, or for a channel."""

import pytest

from bot import actions
from bot.ids import ButtonValue
from bot.relay.heard import heard
from bot.render.progress_card import progress_card
from bot.sandbox.slack.blockkit import check_blocks
from bot.sandbox.slack.text import interactive_elements
from bot.sandbox.slack.wire import JSON
from bot.slack.blocks import overflow
from bot.told import Told
from bot.view import Outcome, View
from conversation.people import running_talk, view
from conversation.scenes import (
    acked,
    ask,
    confirmations,
    contents,
    finish,
    resting,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

THREAD = "C1:100.000000"


def menu(shown: View, thread: str = THREAD) -> list[JSON]:
    assert shown.turn
    card = progress_card(shown, shown.turn, thread=thread, now=200.0)
    elements = interactive_elements([dict(block) for block in card.blocks])
    return [element for element in elements if element["action_id"] == actions.LISTEN]


def entries(shown: View, thread: str = THREAD) -> list[tuple[str, str]]:
    """Return what the menu of the thread offers: each label with what it means."""
    options = [option for each in menu(shown, thread) for option in each["options"]]
    return [(o["text"]["text"], ButtonValue.decode(o["value"]).subject) for o in options]


def test_the_card_offers_what_does_not_hold_yet() -> None:
    loud, quiet = view(), view().model_copy(update={"quiet": True})
    rename = ("Rename …", "rename:1")
    assert entries(loud) == [("Only when mentioned", actions.MENTIONS), rename]
    assert entries(quiet) == [("Every reply", actions.EVERYTHING), rename]
    assert entries(view(), "D1:100.000000") == [rename], "everything there is said to the bot"


def test_after_a_turn_it_offers_a_new_task_and_after_a_failed_one_of_ours_a_second_try() -> None:
    over = view(over=True)
    assert over.turn
    anew = [("New task in this thread", "anew:1"), ("Rename …", "rename:1")]
    assert entries(over)[1:] == anew
    failed = over.turn.model_copy(update={"outcome": Outcome.FAILED})
    ours = failed.model_copy(update={"asked": 100.0})
    assert entries(over.model_copy(update={"turn": failed}))[1:] == anew
    again = ("Try that again", "retry:1")
    assert entries(over.model_copy(update={"turn": ours}))[1:] == [again, *anew]
    assert entries(over.model_copy(update={"turn": ours}), "D1:100.0") == [again, *anew]


def test_a_menu_that_slack_would_refuse_is_not_built() -> None:
    many = [(f"{n}" * 100, "v") for n in range(9)]
    (block,) = check_blocks([{"type": "actions", "elements": [overflow("id", *many)]}])
    assert len(block["elements"][0]["options"]) == 5
    for action_id, value in (("i" * 256, "v"), ("id", "v" * 151)):
        with pytest.raises(ValueError, match="too long"):
            overflow(action_id, ("label", value))


def test_the_view_learns_it_and_its_card_is_due() -> None:
    shown = view()
    assert heard(shown, Told()) is shown
    quiet = heard(shown, running_talk(quiet=True).told())
    assert quiet.quiet
    assert quiet.turn
    assert shown.turn
    assert quiet.turn.card.version > shown.turn.card.version
    assert not heard(quiet, Told()).quiet


async def choose(stage: Stage, root: str, label: str, *, user: str = ANN) -> None:
    """Let somebody choose from the menu of the thread's last card that has it."""
    for message in reversed(stage.thread(root)):
        for element in interactive_elements(message.blocks):
            if element["action_id"] == actions.LISTEN:
                where = (INFRA, message.ts, actions.LISTEN)
                await stage.slack.choose(user, *where, label)
                return
    raise LookupError("no menu")


async def test_whoever_may_use_the_bot_can_make_a_thread_quiet_and_open_it_again(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        await choose(stage, root, "Only when mentioned", user=EVE)
        await whispered(stage, EVE, "not on the list")
        await choose(stage, root, "Only when mentioned", user=BOB)
        await whispered(stage, BOB, "only messages that mention me")
        await stage.reply(root, "just between us")
        await stage.reply(root, stage.slack.mention("and you?"))
        await wait_until(lambda: len(contents(task)) == 2, "the mention")
        await ask(stage, root, task, "May I?")
        await stage.reply(root, "yes")
        await acked(stage)
        await stage.reply(root, stage.slack.mention("no"))
        await wait_until(lambda: confirmations(task), "the denial")
        await finish(stage, root, task, "Done again.")
        await stage.sees(root, "hears only what mentions me")
        await choose(stage, root, "Every reply")
        await whispered(stage, ANN, "hears every reply")
        await stage.reply(root, "hello again")
        await wait_until(lambda: len(contents(task)) == 3, "every reply")
    assert confirmations(task) == [(False, "")]
    assert contents(task)[0] == "go"
    assert contents(task)[1].startswith("and you?")
    assert contents(task)[2] == "hello again"


async def test_a_card_that_waits_says_how_to_answer_in_its_thread_as_it_is_now(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        card = await stage.sees(root, "Or reply: yes approves")
        await choose(stage, root, "Only when mentioned")
        assert await stage.sees(root, "Or mention me with your reply: yes approves") is card
        await stage.sees(root, "hears only what mentions me")  # the menu follows, too
        await choose(stage, root, "Every reply")
        assert await stage.sees(root, "Or reply: yes approves") is card
        await stage.reply(root, "yes")
        await wait_until(lambda: confirmations(task), "the approval")
    assert confirmations(task) == [(True, "")]


async def test_new_threads_begin_as_their_channel_wants_it(stage: Stage) -> None:
    async with stage.bridging():
        loud, before = await working(stage, "before")
        await stage.slack.command(ANN, INFRA, "/neo", "channel quiet")
        await acked(stage)
        quiet, after = await working(stage, "after")
        for root, task in ((loud, before), (quiet, after)):
            await finish(stage, root, task, "Done.")
            await stage.reply(root, "more")
        await wait_until(lambda: len(contents(before)) == 2, "the reply")
        await acked(stage)
        await stage.reply(quiet, stage.slack.mention("but now"))
        await wait_until(lambda: len(contents(after)) == 2, "the mention")
    assert contents(before) == ["before", "more"]
    assert contents(after)[1].startswith("but now")
    assert whispers(stage, ANN) == []
