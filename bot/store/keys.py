"""The one table of key names and lifetimes.

A key reads `ns:{T1}:kind` or `ns:{T1}:kind:rest`; the braces are Redis's hash tag, which keeps an
installation's keys together so that one script may touch several of them.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.ids import Installation

HOUR = 3600
DAY = 24 * HOUR

MEMORY_SECONDS = 180 * DAY
"""How long a conversation is remembered after its last use."""

MARK_SECONDS = 25 * HOUR
"""Dedupe marks: Slack repeats an event for at most an hour, and for a day after an outage."""

STARTING_SECONDS = 10 * 60
"""How long replies are taken in for a thread whose first message still waits in the inbox."""

SENT_SECONDS = 7 * DAY
"""Sent and done marks of messages that we create, and marks of what is in the audit."""

FEATURE_SECONDS = 7 * DAY
"""After this a feature that a workspace lacked is tried again."""

LEASE_LIMIT = 300
"""The longest lease: the base of 10 seconds, or what a long outside call needs."""

ONCE_LIMIT = 7 * DAY
"""The longest interval of "at most once per"."""


class Kind(StrEnum):
    """The word of a key that says what is under it."""

    LEASE = "lease"
    FENCE = "fence"
    INBOX = "inbox"
    ATTEMPTS = "attempts"
    DEAD = "dead"
    MARK = "mark"
    STARTING = "starting"
    CONVERSATION = "conv"
    DONE_EVENTS = "done"
    TASK = "task"
    ALIAS = "alias"
    MOVED = "moved"
    LIVE = "live"
    RECENT = "recent"
    SENT = "sent"
    POSTED = "posted"
    APPROVAL = "approval"
    APPROVALS = "approvals"
    PAUSED = "paused"
    ONCE = "once"
    INTAKE = "intake"
    MISSING = "missing"
    QUIET = "quiet"
    AUDIT = "audit"
    AUDIT_HEAD = "audit_head"
    AUDITED = "audited"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a kind of key lives, in seconds.

    `ttl` None: permanent. `exact`: each use sets the whole of `ttl`; else `ttl` is the most.
    `or_permanent`: the key has no lifetime until it is closed.
    """

    what: str
    ttl: int | None
    exact: bool = True
    or_permanent: bool = False

    def allows(self, remaining: float | None, *, slack: float = HOUR / 2) -> bool:
        """Say whether a key with `remaining` seconds (None: permanent) keeps this rule.

        `slack` is how long ago, in seconds, the key may have been used last.
        """
        if remaining is None:
            return self.ttl is None or self.or_permanent
        if self.ttl is None:
            return False
        least = self.ttl - slack if self.exact else 0
        return least <= remaining <= self.ttl


RULES = {
    Kind.LEASE: Rule("string: the holder", LEASE_LIMIT, exact=False),
    Kind.FENCE: Rule("string: rises with every change of owner", None),
    Kind.INBOX: Rule("stream: what Slack sent and nobody finished", None),
    Kind.ATTEMPTS: Rule("hash: errors and deaths of inbox entries, and who is at them", None),
    Kind.DEAD: Rule("stream: entries that were given up, with the error", None),
    Kind.MARK: Rule("string: this delivery is known", MARK_SECONDS),
    Kind.STARTING: Rule("string: the thread's first message is taken in", STARTING_SECONDS),
    Kind.CONVERSATION: Rule("hash: talk, view, task", MEMORY_SECONDS),
    Kind.DONE_EVENTS: Rule("set: Neo events that were shown", MEMORY_SECONDS),
    Kind.TASK: Rule("string: the task's thread", MEMORY_SECONDS),
    Kind.ALIAS: Rule("string: the thread or channel meant", MEMORY_SECONDS),
    Kind.MOVED: Rule(
        "hash: channels with a new id, and the one before: a setting names either", None
    ),
    Kind.LIVE: Rule("sorted set: threads to take up again, by last use", MEMORY_SECONDS),
    Kind.RECENT: Rule("sorted set: threads with a task, by last use", MEMORY_SECONDS),
    Kind.SENT: Rule("hash: a message on its way or created", SENT_SECONDS),
    Kind.POSTED: Rule("string: the thread that a message of ours is in", SENT_SECONDS),
    Kind.APPROVAL: Rule("hash: permanent while open", MEMORY_SECONDS, or_permanent=True),
    Kind.APPROVALS: Rule("set: approvals that are not closed", None),
    Kind.PAUSED: Rule("hash: who paused all approvals, and when", None),
    Kind.ONCE: Rule("string: happened in this interval", ONCE_LIMIT, exact=False),
    Kind.INTAKE: Rule("string: when intake was last known alive", None),
    Kind.QUIET: Rule("set: channels whose threads hear mentions only", None),
    Kind.MISSING: Rule("sorted set: features the workspace lacks, by end", FEATURE_SECONDS),
    Kind.AUDIT: Rule("list: every record of the audit, each with its hash", None),
    Kind.AUDIT_HEAD: Rule("string: how many records the audit has, and the last hash", None),
    Kind.AUDITED: Rule("string: this is in the audit", SENT_SECONDS),
}
"""Every kind of key there is; the tests fail for any other."""


class Keys:
    """Makes an installation's keys."""

    def __init__(self, installation: Installation) -> None:
        self.prefix = f"ns:{{{installation}}}:"

    def of(self, kind: Kind, *parts: str) -> str:
        """Return the key of `kind`, such as `ns:{T1}:conv:C1:1700000000.000100`."""
        return self.prefix + ":".join((kind, *parts))

    def stem(self, kind: Kind) -> str:
        """Return the beginning of all keys of `kind`; a script adds the rest."""
        return f"{self.prefix}{kind}:"


def rule_of(key: str) -> Rule | None:
    """Return the rule of a key, or None when the table does not have it."""
    _, _, rest = key.partition("}:")
    kind = rest.partition(":")[0]
    return RULES[Kind(kind)] if kind in RULES else None
