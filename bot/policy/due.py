"""What an open approval makes necessary as time passes. Pure; seconds by the store's clock."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from bot.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Remind:
    """Tell those who may decide that it still waits."""

    name: ClassVar[str] = "remind"


@dataclass(frozen=True, slots=True)
class Escalate:
    """Tell the user, user group or channel `to` that nobody decided."""

    name: ClassVar[str] = "escalate"
    to: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Close it: it was not decided in time, and nothing is approved."""

    name: ClassVar[str] = "expire"


Due = Remind | Escalate | Expire


def due(rule: Rule, asked_at: float, now: float, done: Collection[str]) -> tuple[Due, ...]:
    """Return what is to be done now; `done` has the names of what was done.

    After an expiry comes nothing, and with it nothing else: a reminder would come too late.
    """
    if Expire.name in done:
        return ()
    ripe = [each for after, each in _schedule(rule) if asked_at + after <= now]
    if Expire() in ripe:
        return (Expire(),)
    return tuple(each for each in ripe if each.name not in done)


def next_due(rule: Rule, asked_at: float, done: Collection[str]) -> float | None:
    """Return when `due` has something next, which may be past; None: never."""
    if Expire.name in done:
        return None
    times = (asked_at + after for after, each in _schedule(rule) if each.name not in done)
    return min(times, default=None)


def _schedule(rule: Rule) -> list[tuple[int, Due]]:
    """Return seconds after the asking with what is due then."""
    steps: list[tuple[int | None, Due]] = [
        (rule.remind_after, Remind()),
        (rule.escalates_after, Escalate(rule.escalate_to or "")),
        (rule.expire_after, Expire()),
    ]
    return [(after, each) for after, each in steps if after is not None]
