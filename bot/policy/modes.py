"""How freely a task may run: a channel's upper bounds, and who may change it. Pure.

A mode that is None is the default of the organisation, which we do not know.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self, get_args

from bot.channels import Ids
from bot.ids import UserId
from bot.policy.kinds import ApprovalMode, PermissionMode
from bot.policy.rules import Bound, Policy

APPROVAL_MODES: tuple[ApprovalMode, ...] = get_args(ApprovalMode)
"""Strictest first."""

PERMISSION_MODES: tuple[PermissionMode, ...] = get_args(PermissionMode)
"""Strictest first."""

NO_BOUND = Bound()


@dataclass(frozen=True, slots=True)
class Modes:
    """A task's modes; None: the organisation's default or, of a wish, as it is."""

    approval: ApprovalMode | None = None
    permission: PermissionMode | None = None

    @classmethod
    def told(cls, approval: str | None, permission: str | None) -> Self:
        """Return the modes that Neo tells of a task; a word that we do not know is None."""
        return cls(
            next((mode for mode in APPROVAL_MODES if mode == approval), None),
            next((mode for mode in PERMISSION_MODES if mode == permission), None),
        )


class Change(StrEnum):
    """Whether somebody may change a task's modes, and if not, why."""

    ALLOWED = "allowed"
    NOT_OWNER = "not_owner"
    """It loosens, which only the owner may."""
    ABOVE_BOUND = "above_bound"
    """Nobody may, in this channel."""


def bound_of(policy: Policy, channel: Ids) -> Bound:
    """Return the first bound for a channel, or the one that bounds nothing."""
    bounds = (b for b in policy.bounds if b.ids is None or b.ids & channel)
    return next(bounds, NO_BOUND)


def within_bounds(policy: Policy, channel: Ids, asked: Modes) -> Modes:
    """Return the modes a task may start with that was asked for with these.

    Under a bound, what was not asked for becomes the strictest: the organisation's default may be
    above the bound, and where it is below, nobody asked for more.
    """
    bound = bound_of(policy, channel)
    approval = _lower(APPROVAL_MODES, asked.approval, bound.approval_mode)
    permission = _lower(PERMISSION_MODES, asked.permission, bound.permission_mode)
    return Modes(
        None if approval is None else APPROVAL_MODES[approval],
        None if permission is None else PERMISSION_MODES[permission],
    )


def offered(present: Modes, bound: Bound) -> tuple[str, ...]:
    """Return the modes within a bound that a task does not have, the strictest first."""
    approval = APPROVAL_MODES[: APPROVAL_MODES.index(bound.approval_mode) + 1]
    permission = PERMISSION_MODES[: PERMISSION_MODES.index(bound.permission_mode) + 1]
    return tuple(
        mode
        for mode in (*approval, *permission)
        if mode not in (present.approval, present.permission)
    )


def may_change_mode(  # noqa: PLR0913, PLR0917 - who, where, from what to what
    policy: Policy, channel: Ids, user: UserId, owner: UserId, present: Modes, wanted: Modes
) -> Change:
    """Say whether `user`, who may use the bridge, may change a task's modes as wanted.

    Anybody may tighten, only the owner loosens, and nobody beyond the channel's bound. Whether a
    change from an unknown mode tightens is not known, unless it is to the strictest.
    """
    bound = bound_of(policy, channel)
    steps = (
        (APPROVAL_MODES, present.approval, wanted.approval, bound.approval_mode),
        (PERMISSION_MODES, present.permission, wanted.permission, bound.permission_mode),
    )
    ranks = [
        (modes.index(want), modes.index(have) if have else 0, modes.index(most))
        for modes, have, want, most in steps
        if want
    ]
    if any(want > most for want, _, most in ranks):
        return Change.ABOVE_BOUND
    if user != owner and any(want > have for want, have, _ in ranks):
        return Change.NOT_OWNER
    return Change.ALLOWED


def _lower(modes: tuple[str, ...], asked: str | None, bound: str) -> int | None:
    """Return the rank of the stricter one; None where neither says anything."""
    most = modes.index(bound)
    if asked is None:
        return None if most == len(modes) - 1 else 0
    return min(modes.index(asked), most)
