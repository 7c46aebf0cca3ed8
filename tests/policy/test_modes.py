"""The modes of tasks: within their bounds, loosened by the owner alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.modes import (
    APPROVAL_MODES,
    PERMISSION_MODES,
    Change,
    Modes,
    bound_of,
    may_change_mode,
    offered,
    within_bounds,
)
from bot.policy.rules import Bound, Policy
from policy.examples import ANN, BOB

approvals, permissions = st.sampled_from(APPROVAL_MODES), st.sampled_from(PERMISSION_MODES)
modes = st.builds(Modes, st.none() | approvals, st.none() | permissions)
told = st.builds(Modes, approvals, permissions)
bounds = st.builds(Bound, approval_mode=approvals, permission_mode=permissions)

HERE = frozenset({"C1", "C1OLD"})
STRICTEST = Modes("manual", "read-only")


def rank(mode: Modes) -> tuple[int, int]:
    """Say how free modes are that are known."""
    assert mode.approval
    assert mode.permission
    return APPROVAL_MODES.index(mode.approval), PERMISSION_MODES.index(mode.permission)


@given(bounds, modes)
def test_a_task_starts_within_the_bound_and_no_freer_than_asked(bound: Bound, asked: Modes) -> None:
    given_ = within_bounds(Policy(bounds=(bound,)), HERE, asked)

    for have, want, most, free in (
        (given_.approval, asked.approval, bound.approval_mode, APPROVAL_MODES),
        (given_.permission, asked.permission, bound.permission_mode, PERMISSION_MODES),
    ):
        if have is None:
            assert want is None
            assert most == free[-1]
        else:
            assert free.index(have) <= free.index(most)
            assert have == free[0] if want is None else free.index(have) <= free.index(want)


@given(bounds, modes)
def test_what_is_within_the_bound_stays_as_it_is(bound: Bound, asked: Modes) -> None:
    policy = Policy(bounds=(bound,))
    once = within_bounds(policy, HERE, asked)

    assert within_bounds(policy, HERE, once) == once


@given(bounds, told, told)
def test_anybody_tightens_and_only_the_owner_loosens_up_to_the_bound(
    bound: Bound, present: Modes, wanted: Modes
) -> None:
    policy = Policy(bounds=(bound,))
    above = any(a > b for a, b in zip(rank(wanted), rank(limit(bound)), strict=True))
    looser = any(a > b for a, b in zip(rank(wanted), rank(present), strict=True))

    by_owner = may_change_mode(policy, HERE, ANN, ANN, present, wanted)
    by_other = may_change_mode(policy, HERE, BOB, ANN, present, wanted)

    assert by_owner == (Change.ABOVE_BOUND if above else Change.ALLOWED)
    expected = Change.NOT_OWNER if looser else Change.ALLOWED
    assert by_other == (Change.ABOVE_BOUND if above else expected)


def limit(bound: Bound) -> Modes:
    return Modes(bound.approval_mode, bound.permission_mode)


@given(bounds, modes)
def test_to_the_strictest_anybody_may_change_from_anything(bound: Bound, present: Modes) -> None:
    policy = Policy(bounds=(bound,))

    assert may_change_mode(policy, HERE, BOB, ANN, present, STRICTEST) == Change.ALLOWED


def test_from_a_mode_that_is_not_known_only_the_owner_changes_to_a_freer_one() -> None:
    unknown = Modes.told("yolo", None)

    assert unknown == Modes()
    wanted = Modes(approval="balanced")
    assert may_change_mode(Policy(), HERE, BOB, ANN, unknown, wanted) == Change.NOT_OWNER
    assert may_change_mode(Policy(), HERE, ANN, ANN, unknown, wanted) == Change.ALLOWED


def test_what_is_not_wanted_otherwise_stays_out_of_it() -> None:
    free = Modes("auto", "default")
    policy = Policy(bounds=(Bound(approval_mode="manual"),))

    wanted = Modes(permission="read-only")
    assert may_change_mode(policy, HERE, BOB, ANN, free, wanted) == Change.ALLOWED


def test_the_first_bound_for_a_channel_holds() -> None:
    first = Bound(ids=frozenset({"C1", "C3"}), approval_mode="balanced")
    others = Bound(permission_mode="read-only")
    policy, there = Policy(bounds=(first, others)), frozenset({"C2"})

    assert [bound_of(policy, channel) for channel in (HERE, there)] == [first, others]
    assert bound_of(Policy(), HERE) == Bound()
    assert within_bounds(Policy(), HERE, Modes()) == Modes()


@pytest.mark.parametrize(
    ("present", "bound", "modes"),
    [
        (Modes("manual", "default"), Bound(), ("balanced", "auto", "read-only")),
        (Modes("auto", "read-only"), Bound(), ("manual", "balanced", "default")),
        (Modes(), Bound(), ("manual", "balanced", "auto", "read-only", "default")),
        (
            Modes("auto", "default"),
            Bound(approval_mode="balanced", permission_mode="read-only"),
            ("manual", "balanced", "read-only"),
        ),
        (Modes("manual", "read-only"), Bound(approval_mode="manual"), ("default",)),
    ],
)
def test_what_is_offered_is_within_the_bound_and_not_so_yet(
    present: Modes, bound: Bound, modes: tuple[str, ...]
) -> None:
    assert offered(present, bound) == modes
