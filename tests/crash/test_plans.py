from dataclasses import replace

import pytest

from crash.campaign import FIRST_FEW, telling
from crash.gate import Boundary, Disturb, Kill, Late, Side
from crash.plans import Incident, Once, Plan, Unfolding
from crash.report import report
from crash.runs import Result
from crash.violations import Kind, Violation
from crash.world import DISTURBANCES

HERE = Boundary("neo create_task", 1)


def test_a_seed_decides_the_same_every_time_and_another_one_something_else() -> None:
    plans = [Plan.of(seed) for seed in range(50)]

    assert plans == [Plan.of(seed) for seed in range(50)]
    assert len({plan.incidents for plan in plans}) == 50


def test_the_seeds_bring_every_kind_of_misfortune_and_up_to_three_bridges() -> None:
    plans = [Plan.of(seed) for seed in range(200)]
    fates = [incident.fate for plan in plans for incident in plan.incidents]

    assert {type(fate).__name__ for fate in fates} == {"Kill", "Lose", "Late", "Freeze", "Disturb"}
    assert {fate.what for fate in fates if isinstance(fate, Disturb)} == set(DISTURBANCES)
    assert {plan.bridges for plan in plans} == {1, 2, 3}


def test_a_boundary_is_read_as_it_is_written() -> None:
    assert Boundary.parse(str(HERE)) == HERE
    with pytest.raises(ValueError, match="name #number"):
        Boundary.parse("neo create_task")


def test_a_death_happens_on_its_side_of_its_boundary_once() -> None:
    policy = Once(HERE, Side.AFTER, Kill())

    assert policy(replace(HERE, number=2), Side.AFTER) is None
    assert policy(HERE, Side.BEFORE) is None
    assert not policy.happened
    assert policy(HERE, Side.AFTER) == Kill()
    assert policy(HERE, Side.AFTER) is None
    assert policy.happened


def test_incidents_count_crossings_from_the_last_one() -> None:
    late = Late(0.1)
    policy = Unfolding([Incident(2, Side.AFTER, Kill()), Incident(1, Side.BEFORE, late)])

    met = [policy(HERE, side) for _ in range(4) for side in Side]

    assert met == [None, None, None, Kill(), late, None, None, None]
    assert policy.happened


def test_of_what_comes_by_the_clock_the_first_few_stand_for_the_rest() -> None:
    renewals = [Boundary("store lease_renew", n) for n in range(1, 10)]

    echoes = [Boundary("slack tells message of the bot", n) for n in range(1, 10)]

    assert [*telling([*renewals, HERE])] == [*renewals[:FIRST_FEW], HERE]
    assert [*telling([*echoes, HERE])] == [*echoes[:FIRST_FEW], HERE]


def test_a_result_is_read_from_its_line_as_it_was() -> None:
    violation = Violation(Kind.TWICE, "word-1.1 of “ü”", "a window")
    result = Result("seed 1", reached=True, violations=(violation,), seconds=1.5, takeovers=(1.0,))

    assert Result.from_line(result.as_line()) == result


def test_the_table_counts_what_is_in_a_named_window_apart() -> None:
    good = Result("seed 1", reached=True, violations=(), seconds=1.0, takeovers=(0.5, 1.5))
    twice = Violation(Kind.TWICE, "a text")
    windowed = replace(twice, window="a window")
    bad = replace(good, name="seed 2", violations=(twice, windowed), reached=False)

    lines = report({"seeds": [good, bad]}, seeds="1 to 2", wall=4).splitlines()

    assert lines[1].split() == ["seeds", "2", "0", "1", "0", "0", "0", "1", "1"]
    assert "until another works, seeds: p50 0.50 s, p99 1.50 s (4 deaths)" in lines
    assert lines[-2:] == ["seed 2: twice: a text", "seed 2: twice: a text [a window]"]
