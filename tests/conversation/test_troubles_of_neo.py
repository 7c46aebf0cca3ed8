"""Neo's refusals in words: what happened, in numbers where there are some, and what to do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.refusals import (
    budget_in_words,
    in_words,
    refuses_entities,
    refuses_source,
)
from bot.errors import NeoForbidden, NeoRejected, TaskGone
from bot.neo.wire import TokenBudget
from bot.sandbox.faults import ApiError, RateLimited
from bot.sandbox.neo import events
from conversation.scenes import QUICK, contents, finish, resting, sent_bodies, working
from stage import Stage
from support import wait_until

USED_UP = {
    "windowKind": "individual",
    "exhausted": True,
    "windowEnd": 1_893_456_000,
    "effectiveAllowanceTokens": 1_000_000,
    "consumedTokens": 1_000_250,
}
NUMBERS = "1,000,250 of 1,000,000 tokens"


@pytest.mark.parametrize("refusal", [ApiError("no more Neo for you"), RateLimited(None)])
async def test_a_used_up_budget_is_told_with_its_numbers(
    stage: Stage, refusal: ApiError | RateLimited
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        stage.neo.token_budget = USED_UP
        stage.neo.faults.add("respond", refusal)
        await stage.reply(root, "more")
        await stage.sees(root, NUMBERS)
        stage.neo.faults.add("create_task", refusal)
        other = await stage.mention("another")
        told = await stage.sees(other, NUMBERS)
        assert "1 January 2030, 00:00 UTC" in told.text
        await stage.click(other, "Try again")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the other task")
    assert contents(task) == ["go"]


async def test_a_refusal_that_speaks_of_a_limit_is_told_with_the_numbers_if_there_are_any(
    stage: Stage,
) -> None:
    stage.neo.token_budget = {**USED_UP, "exhausted": False}
    async with stage.bridging():
        stage.neo.faults.add("token_budget", ApiError("not yours"))
        stage.neo.faults.add("create_task", ApiError("the daily limit is reached"))
        await stage.sees(await stage.mention("one"), "Neo's own words: the daily limit is reached")
        stage.neo.faults.add("create_task", ApiError("the daily limit is reached"))
        root = await stage.mention("two")
        told = await stage.sees(root, NUMBERS)
        assert "the daily limit is reached" in told.text


async def test_a_rate_limit_alone_is_waited_for(stage: Stage) -> None:
    stage.neo.token_budget = {**USED_UP, "exhausted": False}
    async with stage.bridging(patience=QUICK):
        stage.neo.faults.add("create_task", RateLimited(None), times=2)
        await stage.sees(await stage.mention("go"), "Done")
    assert len(sent_bodies(stage, "create_task")) == 3


async def test_an_echo_that_never_comes_holds_nothing_up_for_ever(stage: Stage) -> None:
    async with stage.bridging(patience=replace(QUICK, echo=0.4)):
        root, task = await resting(stage)
        stage.neo.silent_streams = True
        await stage.reply(root, "one")
        await wait_until(lambda: len(contents(task)) == 2, "the first")
        await stage.neo.emit(task.id, events.assistant_message("One.", is_final=True))
        await stage.reply(root, "two")
        await wait_until(lambda: len(contents(task)) == 3, "the second")
        stage.neo.silent_streams = False
        await finish(stage, root, task, "Two.")
        await stage.reply(root, "three")
        await wait_until(lambda: len(contents(task)) == 4, "the third")
    assert contents(task) == ["go", "one", "two", "three"]
    assert len(sent_bodies(stage, "respond")) == 3


async def test_a_task_that_is_gone_is_told_with_what_to_do(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await finish(stage, root, task)
        del stage.neo.tasks[task.id]
        await stage.reply(root, "more")
        await stage.sees(root, "Mention me outside this thread")


def test_whatever_is_refused_the_words_say_who_can_do_something() -> None:
    gone = TaskGone("not found", status=404)
    assert "PULUMI_ORG" in in_words(gone, starting=True)
    assert "new one" in in_words(gone)
    forbidden = in_words(NeoForbidden("no permission", status=403))
    assert "no permission" in forbidden
    assert "manages your Pulumi organization" in forbidden


def test_money_is_told_where_neo_counts_it_and_a_trial_does_not_begin_anew() -> None:
    trial = TokenBudget(
        window_kind="trial",
        exhausted=True,
        window_end=0,
        base_allowance_cents=900,
        effective_allowance_cents=1000,
        consumed_cents=123456,
        base_allowance_tokens=1,
        consumed_tokens=2,
    )
    words = budget_in_words(trial)
    assert "$1,234.56 of $10.00" in words
    assert "does not begin anew" in words
    nothing = trial.model_copy(update={"effective_allowance_cents": 0})
    assert "of $0.00" in budget_in_words(nothing)


WHOLE = st.none() | st.integers()


@given(st.builds(TokenBudget, window_end=WHOLE, consumed_tokens=WHOLE, base_allowance_cents=WHOLE))
def test_any_budget_can_be_told(budget: TokenBudget) -> None:
    assert budget_in_words(budget)


@pytest.mark.parametrize(
    ("message", "entities", "source"),
    [
        ("invalid entities: stack a/b not found", True, False),
        ("Invalid entity", True, False),
        ("invalid request: source: must be one of", False, True),
        ("invalid value for source: slack", False, True),
        ('Unknown source "slack"', False, True),
        ("'slack' is not a valid source", False, True),
        ("the resource is missing", False, False),
        ("no resource slack", False, False),
        ("the source repository could not be read", False, False),
        ("open-source is not one of your plans", False, False),
        ("unknown stack: slack. Is its source deleted?", False, False),
    ],
)
def test_what_is_refused_is_told_apart(message: str, *, entities: bool, source: bool) -> None:
    error = NeoRejected(message, status=400)
    assert refuses_entities(error) is entities
    assert refuses_source(error) is source
    assert not refuses_entities(NeoRejected(message, status=422))
