"""What must hold after every run, as one function from what was observed to what is wrong. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.store.keys import rule_of

STOPPED_ON_THE_WIRE = "a call on the wire when its process was stopped"
"""The README's first named window. The other two do not occur here: the sandbox's reads never lag,
and the store loses nothing."""

WIRE_SECONDS = 0.5
"""How long after a stale call its effect may still be seen."""

REFUSED = 2
"""The exit code of a bridge that finds its store away at its start: whoever runs it, as the harness
does, starts it again."""

LIVE_LABELS = frozenset({"Approve", "Deny", "Stop"})
"""Buttons that no message may have when everything is over."""

_TOKEN = re.compile(r"\bword-[0-9]+\.[0-9]+\b")
_TURN = re.compile(r".+/turn/[0-9]+")
_APPROVAL = re.compile(r".+/approval/[^/]+(/.*)?")
_TURN_OVER = ("✅ Done", "❌ Ended", "⏹️ Stopped")
_SETTLED = ("*Approved*", "*Denied*", "*Answered*", "*Closed*")


class Kind(StrEnum):
    """What is wrong, in the words of the table."""

    LOST = "lost"
    TWICE = "twice"
    ORDER = "out of order"
    CARD = "card"
    KEY = "key"
    LEFT = "left over"
    STALE = "stale write"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong; `window` names the README's window that it falls into, if any."""

    kind: Kind
    what: str
    window: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}" + (f" [{self.window}]" if self.window else "")


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot. `at`: when it was posted or last edited, in epoch seconds."""

    key: str
    text: str
    at: float = 0.0
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One user event that Neo accepted: its type, its words, and the request that it decides."""

    type: str
    words: str = ""
    request: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """One task: what its agent said and asked, what it was told, and what its thread shows."""

    start: str
    said: tuple[str, ...] = ()
    """The agent's texts in order; each begins with a token of its own."""
    files: tuple[str, ...] = ()
    """Those of the texts that are too long for a message."""
    requests: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    shown: tuple[Shown, ...] = ()
    status: str = "active"
    """Slack's own status of the thread."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a run left behind.

    `starts` and `words` are what people said, by whether it certainly counts: what Slack did not
    tell them was taken may have been, once at most.
    """

    starts: Mapping[str, bool] = field(default_factory=dict[str, bool])
    words: Mapping[str, bool] = field(default_factory=dict[str, bool])
    tasks: Sequence[Task] = ()
    elsewhere: Sequence[Shown] = ()
    """The bot's messages in no task's thread."""
    repeated: Sequence[Told] = ()
    """User events that were sent once more after Neo had accepted them."""
    keys: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    """Every key in the store by its remaining seconds; None: permanent."""
    inbox: int = 0
    dead: int = 0
    exits: Sequence[int] = ()
    """Exit codes of bridges that were stopped in order."""
    odd_ends: Sequence[int] = ()
    """Exit codes of bridges that nobody ended."""
    stale_writes: int = 0
    """Writes of an owner that were made after another bridge had the lease."""
    stuck: str = ""
    """What did not happen in time."""
    stale_calls: Sequence[float] = ()
    """When a bridge that had been stopped made calls before it could know better."""


def check(seen: Observed) -> list[Violation]:
    """Return everything that is wrong."""
    found = [
        *_starts(seen),
        *_words(seen),
        *(violation for task in seen.tasks for violation in _task(task, seen)),
        *_posts(seen),
        *_keys(seen.keys),
        *_rest(seen),
    ]
    return [*found, *_stuck(seen, found)]


def _starts(seen: Observed) -> Iterator[Violation]:
    for words, counts in seen.starts.items():
        tasks = sum(task.start == words for task in seen.tasks)
        yield from _times(f"the task of {words!r}", tasks, at_least=counts)


def _words(seen: Observed) -> Iterator[Violation]:
    told = [t for task in seen.tasks for t in task.told]
    for words, counts in seen.words.items():
        times = [t.at for t in told if words in _split(t.words)]
        window = _window(times[1:], seen.stale_calls)
        yield from _times(f"{words!r} at Neo", len(times), at_least=counts, window=window)
    for repeated in seen.repeated:
        window = _window([repeated.at], seen.stale_calls)
        yield Violation(Kind.TWICE, f"{repeated.type} was sent again", window)
    order = list(seen.words)
    for one in told:
        said = [words for words in _split(one.words) if words in seen.words]
        if said != sorted(said, key=order.index):
            yield Violation(Kind.ORDER, f"told {said}")


def _task(task: Task, seen: Observed) -> Iterator[Violation]:
    yield from _texts(task, seen)
    yield from _files(task, seen)
    yield from _decisions(task, seen)
    yield from _cards(task, seen)


def _texts(task: Task, seen: Observed) -> Iterator[Violation]:
    said = [token for text in task.said for token in _TOKEN.findall(text)]
    at = [(token, m.at) for m in task.shown for token in dict.fromkeys(_TOKEN.findall(m.text))]
    read = [token for token, _ in at]
    for token in said:
        times = [moment for shown, moment in at if shown == token]
        window = _window(times[1:], seen.stale_calls)
        yield from _times(f"{token} of {task.start}", len(times), at_least=True, window=window)
    once = [token for token in dict.fromkeys(read) if token in said]
    if once != [token for token in said if token in once]:
        yield Violation(Kind.ORDER, f"{task.start} reads {read}")


def _files(task: Task, seen: Observed) -> Iterator[Violation]:
    shared = [(content, m.at) for m in task.shown for content in m.files]
    for text in task.files:
        times = [at for content, at in shared if content == text]
        window = _window(times[1:], seen.stale_calls)
        yield from _times(f"the file of {text[:8]}", len(times), at_least=True, window=window)


def _decisions(task: Task, seen: Observed) -> Iterator[Violation]:
    for request in task.requests:
        times = [t.at for t in task.told if t.request == request]
        window = _window(times[1:], seen.stale_calls)
        what = f"the decision of a request of {task.start}"
        yield from _times(what, len(times), at_least=True, window=window)
    stops = [t.at for t in task.told if t.type == "user_cancel"]
    yield from _times(
        f"the stop of {task.start}",
        len(stops),
        at_least=False,
        window=_window(stops[1:], seen.stale_calls),
    )


def _cards(task: Task, seen: Observed) -> Iterator[Violation]:
    for message in task.shown:
        window = _window([message.at], seen.stale_calls)
        name = f"{message.key} of {task.start}"
        if live := LIVE_LABELS.intersection(message.labels):
            yield Violation(Kind.CARD, f"{name} still has {sorted(live)}", window)
        if _TURN.fullmatch(message.key) and not _any_in(_TURN_OVER, message.text):
            yield Violation(Kind.CARD, f"{name} says {message.text[:80]!r}", window)
        if _APPROVAL.fullmatch(message.key) and not _any_in(_SETTLED, message.text):
            yield Violation(Kind.CARD, f"{name} says {message.text[:80]!r}", window)
    if task.status not in {"active", "closed"}:
        yield Violation(Kind.CARD, f"Slack's status of {task.start} is {task.status}")


def _posts(seen: Observed) -> Iterator[Violation]:
    """Every message has a key of its own, wherever it is."""
    shown = [*seen.elsewhere, *(message for task in seen.tasks for message in task.shown)]
    for key, count in Counter(message.key for message in shown if message.key).items():
        times = [message.at for message in shown if message.key == key]
        # The one that is kept may have been edited last, long after a stale one was posted.
        kept = next((at for at in times if not _window([at], seen.stale_calls)), times[0])
        times.remove(kept)
        window = _window(times, seen.stale_calls)
        yield from _times(f"the message {key}", count, at_least=True, window=window)


def _keys(keys: Mapping[str, float | None]) -> Iterator[Violation]:
    for key, remaining in keys.items():
        rule = rule_of(key)
        if rule is None:
            yield Violation(Kind.KEY, f"{key} is not in the table")
        elif not rule.allows(remaining):
            yield Violation(Kind.KEY, f"{key} has {remaining} s left")


def _rest(seen: Observed) -> Iterator[Violation]:
    if seen.inbox:
        yield Violation(Kind.LEFT, f"{seen.inbox} inbox entries")
    if seen.dead:
        yield Violation(Kind.LEFT, f"{seen.dead} dead letters")
    if seen.stale_writes:
        yield Violation(Kind.STALE, f"{seen.stale_writes} writes of a bridge without the lease")
    for code in seen.exits:
        if code != 0:
            yield Violation(Kind.LEFT, f"exit code {code}")
    for code in seen.odd_ends:
        if code != REFUSED:
            yield Violation(Kind.LEFT, f"ended by itself with exit code {code}")


def _stuck(seen: Observed, found: Sequence[Violation]) -> Iterator[Violation]:
    """What hung is said where nothing else is wrong; else it is that which hung."""
    if seen.stuck and not any(v.kind in {Kind.LOST, Kind.CARD, Kind.LEFT} for v in found):
        yield Violation(Kind.LOST, f"it never happened that {seen.stuck}")


def _times(what: str, count: int, *, at_least: bool, window: str = "") -> Iterator[Violation]:
    if count == 0 and at_least:
        yield Violation(Kind.LOST, what)
    if count > 1:
        yield Violation(Kind.TWICE, f"{what}: {count} times", window)


def _window(times: Iterable[float], stale_calls: Sequence[float]) -> str:
    """Name the window that everything at these moments falls into, empty if there is none."""

    def stale(at: float) -> bool:
        return any(call <= at <= call + WIRE_SECONDS for call in stale_calls)

    moments = list(times)
    return STOPPED_ON_THE_WIRE if moments and all(map(stale, moments)) else ""


def _split(words: str) -> list[str]:
    return re.findall(r"[\w-]+", words)


def _any_in(words: Iterable[str], text: str) -> bool:
    return any(word in text for word in words)
