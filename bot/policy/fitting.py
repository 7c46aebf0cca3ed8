"""What is wrong with rules and bounds that are each well written: things that do not fit. Pure."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from bot.policy.freezes import is_frozen_always
from bot.policy.kinds import OWNER
from bot.policy.lines import Path
from bot.policy.modes import bound_of
from bot.policy.rules import Asking, Bound, Policy, Rule

Problem = tuple[Path, str]
"""Where, and a sentence that goes on after the name of the thing."""


def misfits(
    rules: Mapping[int, Rule], bounds: Mapping[int, Bound], line_of: Callable[[Path], int]
) -> Iterator[Problem]:
    """Yield what does not fit; the numbers are places in the file's lists of tables."""
    for place, rule in rules.items():
        yield from _misfits_of(("rule", place), rule)
        for before, earlier in rules.items():
            if before < place and earlier.covers(rule):
                line = line_of(("rule", before))
                yield ("rule", place), f"is never reached: line {line} takes all of it"
                break
    for place, bound in bounds.items():
        before = [b for other, b in bounds.items() if other < place]
        yield from _misfits_of_bound(("channel", place), bound, before)


def doubts(policy: Policy) -> list[str]:
    """Return what is allowed but looks like a mistake, a sentence each."""
    return [
        f"line {policy.line_of(rule)}: {doubt}"
        for rule in policy.rules
        for doubt in _doubts_of(policy, rule)
    ]


def _doubts_of(policy: Policy, rule: Rule) -> Iterator[str]:
    if (rule.stacks or rule.projects) and not _guards_the_unknown(policy, rule):
        yield (
            "where it is not known which stack is meant, this rule does not hold, nor does any "
            'other: add one with `sensitivity = "sensitive"` behind it, or the owner alone decides'
        )
    if not (rule.groups or rule.requester_counts) and rule.quorum == len(rule.people):
        yield "when one of those who decide starts a task, the others are too few to approve"
    if _is_passed_by(policy, rule):
        yield (
            "a task in mode `auto` asks nobody, and whoever starts one may choose that: give its "
            "channels a `[[channel]]` with `approval_mode`"
        )


def _is_passed_by(policy: Policy, rule: Rule) -> bool:
    """Whether a task may run without asking those whom `rule` names beside who started it."""
    if not (rule.groups or rule.people):
        return False
    named = {channel for bound in policy.bounds for channel in bound.ids or ()}
    channels = rule.channels or {"", *named}
    return any(bound_of(policy, frozenset({c})).approval_mode == "auto" for c in channels)


def _guards_the_unknown(policy: Policy, rule: Rule) -> bool:
    """Whether something sensitive of an unknown stack finds a rule wherever `rule` is for."""
    asked = [
        Asking(frozenset({channel}), sensitivity="sensitive") for channel in rule.channels or ("",)
    ]
    return all(any(other.takes(asking) for other in policy.rules) for asking in asked)


def _misfits_of(at: Path, rule: Rule) -> Iterator[Problem]:
    named = len(frozenset(rule.deciders))
    if OWNER in rule.deciders and not rule.requester_counts:
        yield (
            (*at, "requester_counts"),
            f"must not be false where the requester, `{OWNER}`, decides",
        )
    elif not rule.groups and rule.quorum > named:
        people = "person is" if named == 1 else "people are"
        yield (*at, "quorum"), f"is {rule.quorum}, but only {named} {people} named"
    yield from _misfits_in_time(at, rule)
    empty = [place for place, window in enumerate(rule.freeze) if window.start == window.end]
    for place in empty:
        yield (*at, "freeze", place), "must have `from` and `to` that differ"
    if not empty and is_frozen_always(rule):
        yield (*at, "freeze"), "leaves no time of the week at which anything could be approved"


def _misfits_in_time(at: Path, rule: Rule) -> Iterator[Problem]:
    if rule.escalate_to is None and rule.escalate_after is not None:
        yield (*at, "escalate_after"), "needs `escalate_to`, to say whom to tell"
    if rule.escalate_to is not None and rule.escalates_after is None:
        yield (*at, "escalate_to"), "needs `escalate_after`, to say when"
    steps = [
        ("remind_after", rule.remind_after),
        ("escalate_after", rule.escalate_after),
        ("expire_after", rule.expire_after),
    ]
    given = [(name, seconds) for name, seconds in steps if seconds is not None]
    for (early, before), (late, after) in pairwise(given):
        if before >= after:
            yield (*at, late), f"must be longer than `{early}`"


def _misfits_of_bound(at: Path, bound: Bound, before: list[Bound]) -> Iterator[Problem]:
    if bound == Bound(ids=bound.ids):
        yield at, "sets no bound: give `approval_mode` or `permission_mode`"
    for earlier in before:
        if earlier.ids is None or (bound.ids is not None and bound.ids & earlier.ids):
            yield at, "names channels that have a bound before it"
            return
