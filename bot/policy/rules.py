"""A policy as values, and which of its rules holds for what is asked. Pure.

`Rule`, `Window` and `Bound` are also the shapes of the file's tables: what may be written there,
under these names, and nothing else. None is a wide match: it stands for whatever may come.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import ConfigDict, Field

from bot.channels import Ids
from bot.policy.kinds import (
    DAYS,
    OWNER,
    ApprovalMode,
    ApprovalTypes,
    Channels,
    Days,
    Deciders,
    End,
    PermissionMode,
    Projects,
    Quorum,
    Seconds,
    Sensitivities,
    Stacks,
    Start,
    Target,
    Users,
    YesOrNo,
    Zone,
)
from bot.policy.times import DAY_MINUTES

REGULAR = "regular"
"""Neo's word for an approval that is not sensitive; whatever else it says counts as sensitive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time in which nothing is approved: on each of `days` from `start` to `end`.

    Minutes since midnight in `time_zone`. An `end` not after `start` is on the next day.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    days: Days = frozenset(range(len(DAYS)))
    start: Annotated[Start, Field(alias="from")] = 0
    end: Annotated[End, Field(alias="to")] = DAY_MINUTES
    time_zone: Zone = UTC


@dataclass(frozen=True, slots=True)
class Asking:
    """What waits for a decision, as far as rules look at it.

    `channel` is every id of its channel: a rule may name any of them. `stacks` are `project/stack`
    or `org/project/stack`, as far as they are known; `projects` are those without a known stack.
    `sensitivity` and `approval_type` are Neo's words.
    """

    channel: Ids
    stacks: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    sensitivity: str = REGULAR
    approval_type: str = "general"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whom it takes how many of to approve, and when they are reminded. Times are in seconds.

    The first block says what it is for; None takes anything.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    channels: Channels | None = None
    stacks: Stacks | None = None
    projects: Projects | None = None
    sensitivity: Sensitivities | None = None
    approval_types: ApprovalTypes | None = None

    deciders: Deciders = (OWNER,)
    quorum: Quorum = 1
    requester_counts: YesOrNo = True
    remind_after: Seconds | None = None
    escalate_after: Seconds | None = None
    escalate_to: Target | None = None
    expire_after: Seconds | None = None
    freeze: tuple[Window, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """The user groups whose members have to be asked for."""
        return frozenset(each for each in self.deciders if each.startswith("S"))

    @property
    def people(self) -> frozenset[str]:
        """The users who are named themselves."""
        return frozenset(self.deciders) - self.groups - {OWNER}

    @property
    def takes_all(self) -> bool:
        """Whether the rule is for whatever is asked in its channels."""
        limits = (self.stacks, self.projects, self.sensitivity, self.approval_types)
        return all(limit is None for limit in limits)

    @property
    def escalates_after(self) -> int | None:
        """When somebody else is told, in seconds; None where nobody is.

        Unless the rule says when: halfway from the reminder to the expiry, or after as long again.
        """
        if self.escalate_to is None:
            return None
        if self.escalate_after is not None:
            return self.escalate_after
        reminded, expired = self.remind_after or 0, self.expire_after
        return (reminded + expired) // 2 if expired else 2 * reminded or None

    def takes(self, asking: Asking) -> bool:
        """Whether the rule is for what is asked; one stack or project that it names is enough."""
        stacks = [_short(stack) for stack in asking.stacks]
        projects = (*asking.projects, *(stack.partition("/")[0] for stack in stacks))
        sensitivity = REGULAR if asking.sensitivity == REGULAR else "sensitive"
        return (
            (self.channels is None or not self.channels.isdisjoint(asking.channel))
            and (self.sensitivity is None or sensitivity in self.sensitivity)
            and (self.approval_types is None or asking.approval_type in self.approval_types)
            and (self.stacks is None or _any_like(stacks, self.stacks))
            and (self.projects is None or _any_like(projects, self.projects))
        )

    def covers(self, other: "Rule") -> bool:
        """Whether it is for everything that `other` is for, as far as their words show it."""
        pairs = (
            (self.channels, other.channels),
            (self.sensitivity, other.sensitivity),
            (self.approval_types, other.approval_types),
            (self.stacks, other.stacks),
            (self.projects, other.projects),
        )
        return all(
            mine is None or (theirs is not None and frozenset(mine) >= frozenset(theirs))
            for mine, theirs in pairs
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How freely tasks may run at most, in the channels `ids`; None is every other channel."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    ids: Channels | None = None
    approval_mode: ApprovalMode = "auto"
    permission_mode: PermissionMode = "default"


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole file. `digest` stands for its text, and is empty where there is no file.

    `lines` are where the rules begin in it, counted from 1.
    """

    rules: tuple[Rule, ...] = ()
    bounds: tuple[Bound, ...] = ()
    admins: Users = field(default_factory=frozenset[str])
    digest: str = ""
    lines: tuple[int, ...] = ()

    def line_of(self, rule: Rule) -> int:
        """Return the line where a rule begins; 0 for the last resort, which is in no file."""
        pairs = zip(self.lines, self.rules, strict=False)
        return next((line for line, own in pairs if own == rule), 0)


LAST_RESORT = Rule()
"""Where no rule takes what is asked: only the person who started the task decides."""

OWNER_ONLY = Policy()
"""The policy without a file."""


def rule_for(policy: Policy, asking: Asking) -> Rule:
    """Return the first rule that takes what is asked, or the last resort."""
    return next((rule for rule in policy.rules if rule.takes(asking)), LAST_RESORT)


def rules_in(policy: Policy, channel: Ids) -> tuple[Rule, ...]:
    """Return every rule that may come to hold for a task in a channel, first one first.

    With the last resort behind them, unless one of them takes whatever is left.
    """
    here = tuple(r for r in policy.rules if r.channels is None or r.channels & channel)
    return here if any(rule.takes_all for rule in here) else (*here, LAST_RESORT)


def _short(stack: str) -> str:
    """Return `project/stack` of a stack's name, which may have more in front of it, or less."""
    return "/".join(["", *stack.split("/")][-2:])


def _any_like(names: Iterable[str], patterns: Iterable[str]) -> bool:
    """Whether one of the names is like one of the patterns, part by part between slashes."""
    return any(_is_like(name, pattern) for pattern in patterns for name in names)


def _is_like(name: str, pattern: str) -> bool:
    parts, wanted = name.casefold().split("/"), pattern.casefold().split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
