"""What crosses the wire: JSON, the arguments of a call, and the way Slack says no."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

JSON = dict[str, Any]
"""One JSON object."""


class Refused(Exception):
    """`ok: false` with Slack's error word.

    `problems` become `errors` and `response_metadata.messages`, as Slack reports invalid blocks.
    """

    def __init__(self, code: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems

    def answer(self) -> JSON:
        """Return the body Slack sends with HTTP 200."""
        body: JSON = {"ok": False, "error": self.code}
        if self.problems:
            body["errors"] = list(self.problems)
            body["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in self.problems]}
        return body


def as_object(value: object) -> JSON | None:
    """Return `value` when it is a JSON object."""
    return cast("JSON", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """Return `value` when it is a JSON array."""
    return cast("list[Any]", value) if isinstance(value, list) else None


class Args:
    """The arguments of one call: query, form and JSON body merged.

    In a query or form everything is a string: booleans are `1` and `0`, lists and objects are JSON.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a string argument."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def require(self, name: str) -> str:
        """Return a string argument that must be there.

        Raises `Refused`.
        """
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", (f"missing required field: {name}",))
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean argument, false when it is missing."""
        return self.text(name).lower() in {"1", "true"}

    def number(self, name: str, default: int, *, at_most: int) -> int:
        """Return a whole number between 1 and `at_most`.

        Raises `Refused` when it is not a number.
        """
        try:
            value = int(self.text(name, str(default)))
        except ValueError:
            raise Refused("invalid_arguments", (f"must be an integer: {name}",)) from None
        return min(max(value, 1), at_most)

    def structure(self, name: str, code: str) -> Any:
        """Return a list or object, decoded when it came as a string; None when missing.

        Raises `Refused` with `code` when it is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused(code) from None


Answer = Callable[[Args], JSON]
"""One Web API method, without `ok`. Raises `Refused`."""
