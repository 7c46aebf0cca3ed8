"""The agent's to-do list, out of the arguments of its `todo__TodoWrite` tool. Pure."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.view import Todo

TODOS_SHOWN = 30
"""Lines of a list that a card shows; a longer list says how many more there are."""


class _WireTodo(BaseModel):
    model_config = ConfigDict(frozen=True)

    content: str
    status: str = "pending"
    index: int = 0


_TODOS = TypeAdapter(list[_WireTodo])


def todos_in(args: Mapping[str, object]) -> tuple[Todo, ...]:
    """Return the list sorted by `index`; a malformed one is empty (the tool's own affair)."""
    try:
        found = _TODOS.validate_python(args.get("todos", []))
    except ValidationError:
        return ()
    return tuple(
        Todo(content=t.content, status=t.status) for t in sorted(found, key=lambda t: t.index)
    )
