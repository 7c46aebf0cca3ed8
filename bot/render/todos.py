"""The agent's to-do list, out of the arguments of its `todo__TodoWrite` tool. Pure."""

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.slack.chars import one_line
from bot.view import Todo

TODO_LIMIT = 160
"""Characters of one line."""

TODOS_KEPT = 200
"""Lines of a list that are kept; nobody reads more."""


class _WireTodo(BaseModel):
    model_config = ConfigDict(frozen=True)

    content: str
    status: str = "pending"
    index: int = 0


def todos_in(args: Mapping[str, object]) -> tuple[Todo, ...] | None:
    """Return the list sorted by `index`, without lines that are not of its shape.

    None where there is no list at all: the one known before stays.
    """
    items = args.get("todos")
    if not isinstance(items, list):
        return None
    found = sorted(_read_all(cast("list[object]", items)), key=lambda todo: todo.index)
    return tuple(
        Todo(content=one_line(todo.content, TODO_LIMIT), status=one_line(todo.status, TODO_LIMIT))
        for todo in found[:TODOS_KEPT]
    )


def _read_all(items: list[object]) -> Iterator[_WireTodo]:
    for item in items:
        try:
            yield _WireTodo.model_validate(item)
        except ValidationError:
            continue  # one bad line must not take the others with it
