"""What must hold after every run, as one function from what was observed to what is wrong. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.store.keys import rule_of
from crash.observed import Observed, Task
from crash.verdicts import audit, verdicts
from crash.violations import Kind, Violation, times, window

REFUSED = 2
"""The exit code of a bridge that finds its store away at its start: whoever runs it, as the harness
does, starts it again."""

LIVE_LABELS = frozenset({"Approve", "Deny", "Stop"})
"""Buttons that no message may have when everything is over."""

_TOKEN = re.compile(r"\bword-[0-9]+\.[0-9]+\b")
_TURN = re.compile(r".+/turn/[0-9]+")
_TURN_OVER = ("✅ Done", "❌ Ended", "⏹️ Stopped")


def check(seen: Observed) -> list[Violation]:
    """Return everything that is wrong."""
    found = [
        *_starts(seen),
        *_words(seen),
        *(violation for task in seen.tasks for violation in _task(task, seen)),
        *_posts(seen),
        *audit(seen),
        *_keys(seen.keys),
        *_rest(seen),
    ]
    return [*found, *_stuck(seen, found)]


def _starts(seen: Observed) -> Iterator[Violation]:
    for words, counts in seen.starts.items():
        tasks = sum(task.start == words for task in seen.tasks)
        yield from times(f"the task of {words!r}", tasks, at_least=counts)


def _words(seen: Observed) -> Iterator[Violation]:
    told = [t for task in seen.tasks for t in task.told]
    for words, counts in seen.words.items():
        at = [t.at for t in told if words in _split(t.words)]
        named = window(at[1:], seen.stale_calls)
        yield from times(f"{words!r} at Neo", len(at), at_least=counts, window=named)
    for repeated in seen.repeated:
        named = window([repeated.at], seen.stale_calls)
        yield Violation(Kind.TWICE, f"{repeated.type} was sent again", named)
    order = list(seen.words)
    for one in told:
        said = [words for words in _split(one.words) if words in seen.words]
        if said != sorted(said, key=order.index):
            yield Violation(Kind.ORDER, f"told {said}")


def _task(task: Task, seen: Observed) -> Iterator[Violation]:
    yield from _texts(task, seen)
    yield from _files(task, seen)
    yield from verdicts(task, seen)
    yield from _controls(task, seen)
    yield from _cards(task, seen)


def _texts(task: Task, seen: Observed) -> Iterator[Violation]:
    said = [token for text in task.said for token in _TOKEN.findall(text)]
    at = [(token, m.at) for m in task.shown for token in dict.fromkeys(_TOKEN.findall(m.text))]
    read = [token for token, _ in at]
    for token in said:
        moments = [moment for shown, moment in at if shown == token]
        named = window(moments[1:], seen.stale_calls)
        yield from times(f"{token} of {task.start}", len(moments), at_least=True, window=named)
    once = [token for token in dict.fromkeys(read) if token in said]
    if once != [token for token in said if token in once]:
        yield Violation(Kind.ORDER, f"{task.start} reads {read}")


def _files(task: Task, seen: Observed) -> Iterator[Violation]:
    shared = [(content, m.at) for m in task.shown for content in m.files]
    for text in task.files:
        moments = [at for content, at in shared if content == text]
        named = window(moments[1:], seen.stale_calls)
        yield from times(f"the file of {text[:8]}", len(moments), at_least=True, window=named)


def _controls(task: Task, seen: Observed) -> Iterator[Violation]:
    """A stop goes out once, and the task is as it was wished to be."""
    stops = [t.at for t in task.told if t.type == "user_cancel"]
    named = window(stops[1:], seen.stale_calls)
    yield from times(f"the stop of {task.start}", len(stops), at_least=False, window=named)
    if task.wished and task.mode != task.wished:
        yield Violation(Kind.LOST, f"{task.start} is {task.mode}, not {task.wished}")


def _cards(task: Task, seen: Observed) -> Iterator[Violation]:
    for message in task.shown:
        named = window([message.at], seen.stale_calls)
        name = f"{message.key} of {task.start}"
        if live := LIVE_LABELS.intersection(message.labels):
            yield Violation(Kind.CARD, f"{name} still has {sorted(live)}", named)
        if _TURN.fullmatch(message.key) and not _any_in(_TURN_OVER, message.text):
            yield Violation(Kind.CARD, f"{name} says {message.text[:80]!r}", named)
    if task.status not in {"active", "closed"}:
        yield Violation(Kind.CARD, f"Slack's status of {task.start} is {task.status}")


def _posts(seen: Observed) -> Iterator[Violation]:
    """Every message has a key of its own, wherever it is."""
    shown = [*seen.elsewhere, *(message for task in seen.tasks for message in task.shown)]
    for key, count in Counter(message.key for message in shown if message.key).items():
        moments = [message.at for message in shown if message.key == key]
        # The one that is kept may have been edited last, long after a stale one was posted.
        kept = next((at for at in moments if not window([at], seen.stale_calls)), moments[0])
        moments.remove(kept)
        named = window(moments, seen.stale_calls)
        yield from times(f"the message {key}", count, at_least=True, window=named)


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


def _split(words: str) -> list[str]:
    return re.findall(r"[\w-]+", words)


def _any_in(words: Iterable[str], text: str) -> bool:
    return any(word in text for word in words)
