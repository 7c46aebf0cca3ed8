"""Which stacks a task is about, as far as anybody said: what a policy's rules look at. Pure."""

from collections.abc import Iterable

from bot.neo.events import Entity

MOST = 200
"""Stacks that are kept of a task: what was named first stays, so that nothing crowds it out."""


def stacks_in(entities: Iterable[Entity]) -> tuple[str, ...]:
    """Return the stacks among what Neo added to a task's context, as `project/stack`."""
    named = ((e.fields.get("project"), e.fields.get("name")) for e in entities if e.type == "stack")
    return tuple(f"{p}/{n}" for p, n in named if isinstance(p, str) and isinstance(n, str))


def with_stacks(known: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the stacks of both, each once, in order.

    None is ever taken out: what the agent forgets about may have been changed already.
    """
    return tuple(dict.fromkeys((*known, *more)))[:MOST]
