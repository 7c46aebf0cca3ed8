"""What Neo tells of a task beside its events: its status and modes, where they are unusual. Pure.

Both are open lists: a word that we do not know is shown as it is, for people to make sense of.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.neo.wire import Task
from bot.policy.modes import NO_BOUND, Modes, offered
from bot.policy.rules import Bound
from bot.slack.chars import one_line
from bot.view import TurnState, View

WORD_LIMIT = 40
"""Characters that are shown of a word of Neo's."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is unusual about a task, each a few words, untrusted; and the modes it may be given."""

    words: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


_USUAL = frozenset({"running", "idle"})
_OLDER = frozenset({"pending", "completed", "failed"})
"""Statuses of older services. All of these are known better by the events, and are not shown."""

_ASKS_FIRST = "manual"
"""The approval mode in which nothing happens that people might not expect."""


def facts_of(task: Task, bound: Bound = NO_BOUND) -> Facts:
    """Return what people should know of a task, in a channel with this bound."""
    present = Modes.told(task.approval_mode, task.permission_mode)
    return Facts(tuple(_words(task)), offered(present, bound))


def _words(task: Task) -> Iterator[str]:
    status, approval, permission = (
        one_line(word or "", WORD_LIMIT)
        for word in (task.status, task.approval_mode, task.permission_mode)
    )
    if status and status.casefold() not in _USUAL | _OLDER:
        yield f"Status: {status}"
    if approval and approval != _ASKS_FIRST:
        yield f"Mode: {approval}"
    if permission and permission != "default":
        yield "Read-only" if permission == "read-only" else f"Permissions: {permission}"


def knowing(view: View, facts: Facts | None) -> View:
    """Return the view with what Neo told last, None for nothing; a card at rest stays as it is."""
    if facts is None or facts == Facts(view.facts, view.offers):
        return view
    known = view.model_copy(update={"facts": facts.words, "offers": facts.offers})
    return known if view.state is TurnState.IDLE else known.with_turn()
