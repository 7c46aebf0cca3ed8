"""At the top of a direct message, a task starts; a bare word means the one thing that waits."""

import pytest

from bot import actions
from bot.approvals.replies import AFFIRMATIVE, NEGATIVE
from bot.commands import is_small_talk
from bot.conversation import direct, sentences
from bot.ids import ButtonValue
from bot.sandbox.neo import events
from bot.slack.inbound import Clicked, Heard
from bot.view import Approval
from conversation.people import THREAD, approval, running_talk, said, view
from conversation.scenes import (
    acked,
    ask,
    cancels,
    confirmations,
    contents,
    finish,
    whispered,
    whispers,
    working,
)
from stage import ANN, BOB, Stage
from support import wait_until


def waits(asked: Approval) -> direct.Waiting:
    return direct.Waiting(running_talk(), view(asked), asked)


def test_every_word_that_decides_in_a_thread_starts_nothing_at_the_top() -> None:
    words = AFFIRMATIVE | NEGATIVE
    assert {word for word in words if is_small_talk(word) is None} == set()


def test_only_bare_words_at_the_top_of_a_direct_message_start_nothing() -> None:
    top = said(0, "Thanks!", dm=True)
    assert direct.small_talk_in(top)
    for other in (
        said(0, "thanks, now deploy", dm=True),
        said(0, "thanks"),
        said(1, "thanks", dm=True),
        said(0, "thanks", dm=True, attached="log"),
    ):
        assert direct.small_talk_in(other) is None


def test_a_yes_is_passed_on_to_the_thread_where_one_thing_waits() -> None:
    yes = said(0, "yes", dm=True).heard.model_copy(update={"ts": "105.000000"})
    meant = direct.answer(direct.Said(yes, "yes", to_other=False, now=106), [waits(approval())])
    assert isinstance(meant, Heard)
    assert (meant.thread, meant.said_in, meant.ts) == (THREAD, yes.thread, yes.ts)


@pytest.mark.parametrize(
    ("words", "waiting", "hint"),
    [
        ("yes", [], "Nothing of yours waits"),
        ("yes", [waits(approval(1)), waits(approval(2))], "several answers"),
        ("great", [waits(approval())], "yes or a no"),
        ("yes", [waits(approval(shown_at=3))], "card changed after"),
    ],
)
def test_otherwise_it_decides_nothing_and_says_why(
    words: str, waiting: list[direct.Waiting], hint: str
) -> None:
    assert hint in str(direct.answer(said(2, words, dm=True), waiting))


def test_a_stop_is_that_of_the_one_turn_that_runs() -> None:
    meant = direct.stop(said(0, "stop", dm=True), [(running_talk(), view())])
    assert isinstance(meant, Clicked)
    assert meant.action_id == actions.STOP
    assert ButtonValue.decode(meant.value) == ButtonValue(t=THREAD.key(), s="1")
    earlier = direct.stop(said(-1, "stop", dm=True), [(running_talk(), view())])
    assert isinstance(earlier, Clicked)
    assert ButtonValue.decode(earlier.value).subject == "0", "it meant a turn before that"
    two = [(running_talk(), view())] * 2
    assert direct.stop(said(0, "stop", dm=True), []) == sentences.NOTHING_RUNS
    assert "Press *Stop*" in str(direct.stop(said(0, "stop", dm=True), two))


async def test_bare_words_decide_and_stop_the_one_thing_and_never_start_a_task(
    stage: Stage,
) -> None:
    async with stage.bridging():
        home = stage.slack.dm(ANN)
        for words, hint in (
            ("thanks!", "Write what Neo should do"),
            ("yes", "Nothing of yours waits"),
            ("stop", "Nothing of yours is running"),
        ):
            await stage.slack.say(ANN, home, words)
            await whispered(stage, ANN, hint)
        root, task = await working(stage)
        await stage.slack.say(BOB, stage.slack.dm(BOB), "stop")
        await whispered(stage, BOB, "Nothing of yours is running")
        await ask(stage, root, task, "May I?")
        await stage.slack.say(BOB, stage.slack.dm(BOB), "yes")
        await whispered(stage, BOB, "Nothing of yours waits")
        assert (cancels(task), confirmations(task)) == (0, [])
        stage.slack.faults.duplicate_next(2)
        await stage.slack.say(ANN, home, "Yes.")
        await stage.sees(root, "Approved")
        await whispered(stage, ANN, "Neo gets that as your answer")
        await stage.neo.emit(task.id, events.question("Which region?"))
        await stage.sees(root, "Which region?")
        await stage.slack.say(ANN, home, "sure")
        await wait_until(lambda: len(confirmations(task)) == 2, "the answer")
        await stage.slack.say(ANN, home, "stop it, please")
        await stage.sees(root, "Stopped. Reply here")
        await whispered(stage, ANN, "is being asked to stop")
        await acked(stage)
    assert confirmations(task) == [(True, ""), (False, "sure")]
    assert cancels(task) == 1
    assert (list(stage.neo.tasks), contents(task)) == ([task.id], ["go"])
    assert {e.channel for e in stage.slack.ephemerals if e.user == ANN} == {home}


async def test_where_two_wait_or_run_a_bare_word_touches_neither(stage: Stage) -> None:
    async with stage.bridging():
        scenes = [await working(stage, words) for words in ("one", "two")]
        await stage.slack.say(ANN, stage.slack.dm(ANN), "stop")
        await whispered(stage, ANN, "several tasks of yours run")
        for root, task in scenes:
            await ask(stage, root, task, "May I?")
        await stage.slack.say(ANN, stage.slack.dm(ANN), "yes")
        await whispered(stage, ANN, "several answers of yours")
        assert all((cancels(t), confirmations(t)) == (0, []) for _, t in scenes)
        (first, task), (second, other) = scenes
        await stage.click(first, "Deny")
        await stage.sees(first, "Denied")
        await stage.slack.say(ANN, stage.slack.dm(ANN), "yes")
        await stage.sees(second, "Approved")
        await finish(stage, first, task)
    assert (confirmations(task), confirmations(other)) == ([(False, "")], [(True, "")])


async def test_each_other_message_at_the_top_starts_a_task_in_its_own_thread(stage: Stage) -> None:
    async with stage.bridging():
        home = stage.slack.dm(ANN)
        roots = [await stage.slack.say(ANN, home, words) for words in ("one", "yes, but two")]
        for root in roots:
            await stage.sees(root, "Done", channel=home)
    assert sorted(contents(t)[0] for t in stage.neo.tasks.values()) == ["one", "yes, but two"]
    assert whispers(stage, ANN) == []
