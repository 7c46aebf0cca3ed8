"""A small language for shapes: a rule looks at a value and yields what is wrong, and where."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bot.sandbox.slack.wire import as_list, as_object


class Problem(NamedTuple):
    """What is wrong, and the JSON pointer to it."""

    what: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.what} [json-pointer:{self.pointer}]"


Rule = Callable[[object, str], Iterator[Problem]]
"""Checks a value that stands at a JSON pointer."""


def anything(_value: object, _pointer: str) -> Iterator[Problem]:
    """Accept every value: its content is not checked here."""
    return iter(())


def string(at_most: int, at_least: int = 1) -> Rule:
    """Accept a string of `at_least` to `at_most` characters."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem("must be a string", pointer)
        elif len(value) > at_most:
            yield Problem(f"must be less than {at_most + 1} characters", pointer)
        elif len(value) < at_least:
            yield Problem(f"must be more than {at_least - 1} characters", pointer)

    return check


def boolean(value: object, pointer: str) -> Iterator[Problem]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield Problem("must be a boolean", pointer)


def number(at_least: int, at_most: int) -> Rule:
    """Accept a whole number of `at_least` to `at_most`."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem("must be an integer", pointer)
        elif not at_least <= value <= at_most:
            yield Problem(f"must be between {at_least} and {at_most}", pointer)

    return check


def one_of(*words: str) -> Rule:
    """Accept one of some words."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if value not in words:
            yield Problem(f"must be one of {', '.join(words)}", pointer)

    return check


def many(rule: Rule, at_most: int, at_least: int = 1) -> Rule:
    """Accept a list of `at_least` to `at_most` values that keep `rule`."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        entries = as_list(value)
        if entries is None:
            yield Problem("must be an array", pointer)
            return
        if len(entries) > at_most:
            yield Problem(f"no more than {at_most} items allowed", pointer)
        if len(entries) < at_least:
            yield Problem(f"no less than {at_least} items allowed", pointer)
        for index, entry in enumerate(entries):
            yield from rule(entry, f"{pointer}/{index}")

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """Accept an object with these fields and no others; `type` is always allowed."""
    known = {"type": anything, **required, **(optional or {})}

    def check(value: object, pointer: str) -> Iterator[Problem]:
        fields = as_object(value)
        if fields is None:
            yield Problem("must be an object", pointer)
            return
        for name in required:
            if name not in fields:
                yield Problem(f"missing required field: {name}", pointer)
        for name, entry in fields.items():
            if name in known:
                yield from known[name](entry, f"{pointer}/{name}")
            else:
                yield Problem(f"invalid additional property: {name}", pointer)

    return check


def tagged(rules: Mapping[str, Rule]) -> Rule:
    """Accept an object that keeps the rule its `type` names."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        fields = as_object(value)
        if fields is None:
            yield Problem("must be an object", pointer)
        elif (rule := rules.get(str(fields.get("type")))) is None:
            yield Problem(f"unsupported type: {fields.get('type')}", f"{pointer}/type")
        else:
            yield from rule(value, pointer)

    return check
