"""What the people of a run did, for the check to hold against what came of it."""

from dataclasses import dataclass, field

Place = tuple[str, str]
"""A channel and a thread's root."""


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody's yes or no to a request, given at `at`, in epoch seconds; `words` go with a no."""

    request: str
    user: str
    ok: bool
    at: float
    words: str = ""


@dataclass(slots=True)
class Deeds:
    """What people did: words by whether they certainly count, and where the threads are."""

    words: dict[str, bool] = field(default_factory=dict[str, bool])
    """Each once said word; whether it must reach Neo (else it may, at most once)."""
    starts: dict[str, bool] = field(default_factory=dict[str, bool])
    """The same for the words that start a task."""
    roots: dict[str, Place] = field(default_factory=dict[str, Place])
    """Where each task's thread is, by the task's id."""
    given: list[Word] = field(default_factory=list[Word])
    """Every yes and no, whether or not it was taken."""
    taken_back: dict[str, float] = field(default_factory=dict[str, float])
    """When people read that what they had approved did not reach Neo, by the request."""
    modes: dict[str, str] = field(default_factory=dict[str, str])
    """How each task was to be from then on, by its id."""
