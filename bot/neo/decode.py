"""Neo's console events as domain events. Pure, and it never raises: what it cannot read, it names.

Parsed once, then fitted to the service's present form, else rewritten by `bot.neo.dialects`, which
knows the older ones. (Fitting while parsing saves a microsecond for each event, and takes a tenth
of a second where a megabyte does not fit: the error carries all of it, converted once more.)
Reasons and kinds never quote values: an event may carry secrets.
"""

import hashlib

from pydantic import ValidationError
from pydantic_core import to_json

from bot.ids import EventId
from bot.neo.bodies import CONSOLE_EVENT, ConsoleEvent, JsonObject
from bot.neo.dialects import as_object, load_json, modernise
from bot.neo.events import StreamedEvent, TaskEvent, Triggered, Unknown
from bot.neo.meaning import meaning_of

KIND_LENGTH = 64
"""Characters kept of a type that we do not know: it becomes a log field and a metric's label."""

CURSOR_LENGTH = 1024
"""Characters of a usable cursor: it travels in a header."""

_NOT_JSON = object()

_CONSOLE_TYPES = frozenset({"agentResponse", "userInput", "triggerUserInput"})


def decode_console_event(
    data: bytes | str, *, sse_id: str = "", previous: EventId | None = None
) -> StreamedEvent:
    """Return the event in the data of one SSE frame.

    `sse_id` is the frame's own `id:`, empty if it had none; `previous` is the cursor so far, kept
    where this event names no usable one (an empty cursor: none so far). Never raises.
    """
    return _decoded(_value_of(data), data, sse_id=sse_id, previous=previous)


def decode_listed_event(item: object) -> StreamedEvent:
    """Return the event in one item of an event list, a JSON value. Never raises."""
    return _decoded(item, b"", sse_id="", previous=None)


def _decoded(
    value: object, data: bytes | str, *, sse_id: str, previous: EventId | None
) -> StreamedEvent:
    try:
        console_event = CONSOLE_EVENT.validate_python(value)
    except ValidationError:
        json_id, event = _read_older(value)
    else:
        json_id, event = console_event.id or "", _event_in(console_event)
    cursor = next((c for c in (sse_id, json_id) if is_cursor(c)), previous or "")
    event_id = json_id or sse_id or _digest(data, value)
    return StreamedEvent(id=EventId(event_id), cursor=EventId(cursor), event=event)


def is_cursor(text: str) -> bool:
    """Return whether a header can carry it: a line break in one would be an injection."""
    return 0 < len(text) <= CURSOR_LENGTH and text.isprintable()


def _event_in(console_event: ConsoleEvent) -> TaskEvent:
    event = meaning_of(
        console_event.eventBody,
        actor=_name_of(console_event.actor),
        synthetic=bool(console_event.isSynthetic),
    )
    if console_event.type == "triggerUserInput":
        return Triggered(console_event.triggerInstructions or getattr(event, "content", ""))
    return event


def _name_of(actor: object) -> str:
    """Return a user's login, else the name: `{"githubLogin", "name", "avatarUrl"}`."""
    user = as_object(actor)
    names = (user.get("githubLogin"), user.get("name"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _value_of(data: bytes | str) -> object:
    try:
        return load_json(data)
    except ValueError:
        return _NOT_JSON


def _read_older(value: object) -> tuple[str, TaskEvent]:
    """Return the JSON id, empty if there is none, and the event in what is not the present form."""
    if value is _NOT_JSON:
        return "", Unknown("", "not JSON")
    if not (console_event := as_object(value)):
        return "", Unknown("", "not an object, or an empty one")
    modern = modernise(console_event)
    json_id = str(modern.get("id") or "")
    try:
        return json_id, _event_in(CONSOLE_EVENT.validate_python(modern))
    except ValidationError as error:
        return json_id, Unknown(_kind_of(modern), _reason(error))


def _kind_of(modern: JsonObject) -> str:
    """Return the type that names an unreadable event: the body's where the frame is known."""
    kind = modern.get("type")
    if isinstance(kind, str) and kind in _CONSOLE_TYPES:
        kind = as_object(modern.get("eventBody")).get("type")
    return kind[:KIND_LENGTH] if isinstance(kind, str) else ""


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{first['type']} at {'.'.join(map(str, first['loc']))}"[:200]


def _digest(data: bytes | str, value: object) -> str:
    """Name an event that has no id by its content, however its JSON is spaced."""
    if value is not _NOT_JSON:
        canonical = to_json(value)
    else:
        canonical = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return "sha256:" + hashlib.sha256(canonical).hexdigest()
