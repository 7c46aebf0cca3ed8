"""Reads JSON of unknown shape: what is not as documented counts as absent, and nothing raises."""

from collections.abc import Iterable, Mapping
from typing import cast

NOTHING: Mapping[str, object] = {}


def as_object(value: object) -> Mapping[str, object]:
    """Return a JSON object, or an empty one for anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else NOTHING


def as_objects(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a JSON array; what else is in it is left out, as are empty ones."""
    if not isinstance(value, list | tuple):
        return []
    items = map(as_object, cast("Iterable[object]", value))
    return [item for item in items if item]


def items(parent: Mapping[str, object], name: str) -> list[object]:
    """Return the JSON array at `name`, or an empty one for anything else."""
    value = parent.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a JSON string, or an empty one for anything else.

    Half an emoji (a lone surrogate), which JSON allows and UTF-8 does not, becomes `?`.
    """
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def member(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return the object at `name`."""
    return as_object(parent.get(name))


def text(parent: Mapping[str, object], name: str) -> str:
    """Return the string at `name`."""
    return as_text(parent.get(name))
