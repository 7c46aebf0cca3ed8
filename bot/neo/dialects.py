"""Older and odder forms of Neo's console events, rewritten to the present one. Pure.

Seen in Pulumi's published references: flat `console_output` and `user_input` events without a
body, and bodies without a `type`.
"""

import re
from typing import cast

from pydantic_core import from_json

from bot.neo.bodies import JsonObject

_FLAT = {"console_output": "assistant_message", "user_input": "user_message"}
"""The oldest form's types, as the type of a body."""

_ANY_FRAME = "agentResponse"
"""For a body without a frame: its own type tells who speaks."""

_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\xed[\xa0-\xbf][\x80-\xbf]"
)
"""Half of a pair, as JSON escapes it (where no backslash is escaped), or as bytes: no UTF-8."""

_BACKSLASH, _ASIDE = rb"\\", b"\0\0"


def load_json(data: bytes | str) -> object:
    """Return the JSON value in `data`.

    Half a surrogate pair in a string, which a sender leaves that cuts text by UTF-16 units,
    becomes a question mark. Raises `ValueError` when it is not JSON.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        return from_json(raw)
    except ValueError:
        if b"\0" in raw:
            raise
        # Constants alone, so that all of it is done in C: a megabyte may hold 50,000 halves.
        repaired = _HALF.sub(b"?", raw.replace(_BACKSLASH, _ASIDE)).replace(_ASIDE, _BACKSLASH)
        if len(repaired) == len(raw):
            raise
        return from_json(repaired)


def as_object(value: object) -> JsonObject:
    """Return `value` if it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def modernise(value: JsonObject) -> JsonObject:
    """Return a console event in the present form, as far as it can be told."""
    modern = _wrapped(value) if "eventBody" not in value else dict(value)
    body = as_object(modern.get("eventBody"))
    if body and not isinstance(body.get("type"), str):
        body = {**body, "type": _type_of(body, modern.get("type"))}
        modern["eventBody"] = body
    modern.setdefault("type", _ANY_FRAME)
    modern["id"] = _id_text(value.get("id"))
    return modern


def _wrapped(flat: JsonObject) -> JsonObject:
    """Give a flat event its frame and body; the body of an unknown one keeps its type."""
    kind = flat.get("type")
    body_type = _FLAT.get(kind, kind) if isinstance(kind, str) else None
    return {"type": _ANY_FRAME, "eventBody": {**flat, "type": body_type}}


def _type_of(body: JsonObject, frame: object) -> str | None:
    """Infer the type of a body that has none from its fields; None if they tell nothing."""
    if frame == "agentResponse":
        return "assistant_message" if "content" in body or "tool_calls" in body else None
    if "approval_request_id" in body:
        return "user_confirmation"
    return "user_message" if "content" in body else None


def _id_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else None
