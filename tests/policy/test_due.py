"""What time makes necessary: each step once, none twice, and nothing after the expiry."""

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.due import Due, Escalate, Expire, Remind, due, next_due
from bot.policy.rules import Rule

ASKED = 1_700_000_000.0
HOUR = 3600

waits = st.none() | st.integers(60, 10_000)
patient = st.builds(
    Rule,
    remind_after=waits,
    escalate_after=waits,
    escalate_to=st.none() | st.just("C1"),
    expire_after=waits,
)
EVERYTHING = Rule(remind_after=HOUR, escalate_to="S1", expire_after=4 * HOUR)


def played(rule: Rule, times: list[float]) -> list[tuple[float, Due]]:
    """Do what is due at each of these times, and return what was done when."""
    done: list[tuple[float, Due]] = []
    for now in sorted(times):
        done += [(now, each) for each in due(rule, ASKED, now, [d.name for _, d in done])]
    return done


@given(patient, st.lists(st.floats(ASKED, ASKED + 20_000)))
def test_each_step_is_done_once_and_never_too_early(rule: Rule, times: list[float]) -> None:
    after = {
        "remind": rule.remind_after,
        "escalate": rule.escalates_after,
        "expire": rule.expire_after,
    }

    done = played(rule, times)

    names = [each.name for _, each in done]
    assert len(names) == len({*names})
    assert all(now - ASKED >= (after[each.name] or 0) for now, each in done)
    assert "expire" not in names[:-1]


@given(patient)
def test_who_looks_when_something_is_next_misses_nothing(rule: Rule) -> None:
    done: list[str] = []
    while (at := next_due(rule, ASKED, done)) is not None:
        assert due(rule, ASKED, at - 1, done) == ()
        steps = due(rule, ASKED, at, done)
        assert steps
        done += [step.name for step in steps]

    assert due(rule, ASKED, ASKED + 10**6, done) == ()
    assert ("expire" in done) == (rule.expire_after is not None)


def test_halfway_from_the_reminder_to_the_expiry_somebody_else_is_told() -> None:
    def steps(hours: float, *done: str) -> tuple[Due, ...]:
        return due(EVERYTHING, ASKED, ASKED + hours * HOUR, done)

    assert steps(0.9) == ()
    assert steps(1) == (Remind(),)
    assert steps(2.4, "remind") == ()
    assert steps(2.5, "remind") == (Escalate("S1"),)
    assert steps(3) == (Remind(), Escalate("S1"))
    assert steps(4, "remind", "escalate") == (Expire(),)


def test_after_a_long_absence_there_is_only_the_expiry() -> None:
    assert due(EVERYTHING, ASKED, ASKED + 5 * HOUR, ()) == (Expire(),)
    assert due(EVERYTHING, ASKED, ASKED + 5 * HOUR, ["expire"]) == ()


def test_without_an_expiry_it_escalates_after_as_long_again() -> None:
    rule = Rule(remind_after=HOUR, escalate_to="U1")

    assert next_due(rule, ASKED, ["remind"]) == ASKED + 2 * HOUR
    assert Rule(escalate_to="U1", expire_after=HOUR).escalates_after == HOUR / 2
    assert Rule(escalate_to="U1").escalates_after is None


def test_without_times_nothing_is_ever_due() -> None:
    assert next_due(Rule(), ASKED, ()) is None
    assert due(Rule(), ASKED, ASKED + 10**9, ()) == ()
