"""The raw traffic of both sandboxes, as rows for the inspector."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.sandbox.neo.door import Received
from bot.sandbox.neo.server import NeoSandbox
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.web import Call
from bot.sandbox.slack.wire import JSON, as_object

FIRST_ROWS = 400
"""Of each kind, how many a page that opens is shown of the past."""


class Traffic:
    """Remembers which rows one page has, and as what: a row that changes is told again."""

    def __init__(self, slack: SlackSandbox, neo: NeoSandbox) -> None:
        self._slack = slack
        self._neo = neo
        self._read: dict[str, int] = {}
        """How far each journal was read."""
        self._open: dict[str, tuple[Call | Delivery | Received, str]] = {}
        """Rows that may still change, with the state they were last told in."""

    def collect(self) -> list[JSON]:
        """Return the rows that are new or changed, oldest first."""
        rows = [*self._changed()]
        rows += self._new("call", self._slack.calls)
        rows += self._new("envelope", self._slack.deliveries)
        rows += self._new("request", self._neo.received)
        for task in self._neo.tasks.values():
            rows += self._new_events(task)
        return sorted(rows, key=lambda row: row["at"])

    def _new(self, kind: str, journal: Sequence[Call | Delivery | Received]) -> Iterator[JSON]:
        for number in self._unread(kind, len(journal)):
            key, entry = f"{kind}-{number}", journal[number]
            self._open[key] = (entry, _state(entry))
            yield from _rows(key, entry)

    def _new_events(self, task: TaskState) -> Iterator[JSON]:
        for number in self._unread(task.id, len(task.events)):
            yield _event_row(f"{task.id}-{number}", task.events[number])

    def _unread(self, journal: str, end: int) -> range:
        start = self._read.get(journal, max(0, end - FIRST_ROWS))
        self._read[journal] = end
        return range(start, end)

    def _changed(self) -> Iterator[JSON]:
        for key, (entry, told) in [*self._open.items()]:
            state = _state(entry)
            if state != told:
                self._open[key] = (entry, state)
                yield from _rows(key, entry)
            if _is_final(entry):
                del self._open[key]


def _state(entry: Call | Delivery | Received) -> str:
    match entry:
        case Call():
            return entry.outcome or entry.fault or "…"
        case Received():
            return entry.outcome
        case Delivery():
            tries = f"{len(entry.attempts)} tries" if len(entry.attempts) > 1 else "sent"
            waiting = tries if entry.attempts else "…"
            return "lost" if entry.lost else f"{waiting}, acked" if entry.acked_at else waiting


def _is_final(entry: Call | Delivery | Received) -> bool:
    match entry:
        case Call():
            return bool(entry.outcome)
        case Received():
            return entry.outcome not in {"open", "200"}
        case Delivery():
            return entry.over or entry.lost


def _rows(key: str, entry: Call | Delivery | Received) -> list[JSON]:
    match entry:
        case Call():
            return [_call_row(key, entry)]
        case Received():
            return [_request_row(key, entry)]
        case Delivery():
            ack = [_ack_row(f"{key}-ack", entry)] if entry.acked_at is not None else []
            return [_envelope_row(key, entry), *ack]


def _call_row(key: str, call: Call) -> JSON:
    row = _row(key, "call", call.at, call.method, _state(call))
    return row | {"fault": call.fault, "detail": dict(call.args)}


def _envelope_row(key: str, delivery: Delivery) -> JSON:
    at = delivery.attempts[0].at if delivery.attempts else 0.0
    row = _row(key, "envelope", at, _envelope_name(delivery), _state(delivery))
    envelope = {"envelope_id": delivery.envelope_id, "type": delivery.type}
    return row | {"detail": envelope | {"payload": delivery.payload}}


def _ack_row(key: str, delivery: Delivery) -> JSON:
    at = delivery.acked_at or 0.0
    late = at - delivery.attempts[0].at if delivery.attempts else 0.0
    row = _row(key, "ack", at, _envelope_name(delivery), f"after {max(late, 0) * 1000:.0f} ms")
    ack: JSON = {"envelope_id": delivery.envelope_id}
    return row | {"detail": ack | ({"payload": delivery.response} if delivery.response else {})}


def _request_row(key: str, received: Received) -> JSON:
    name = f"{received.method} {received.path.removeprefix('/api/')}"
    detail = {
        "query": dict(received.query),
        "headers": dict(received.headers),
        "body": received.body,
    }
    row = _row(key, "request", received.at, name, received.outcome)
    return row | {"route": received.route, "detail": detail}


def _event_row(key: str, event: JSON) -> JSON:
    body: JSON = as_object(event.get("eventBody")) or {}
    return _row(key, "event", _seconds(body), str(body.get("type")), "") | {"detail": event}


def _row(key: str, kind: str, at: float, name: str, state: str) -> JSON:
    return {"key": key, "kind": kind, "at": at, "name": name, "state": state}


def _envelope_name(delivery: Delivery) -> str:
    payload = delivery.payload
    if (event := as_object(payload.get("event"))) is not None:
        subtype = event.get("subtype")
        return f"{event.get('type')}{f' ({subtype})' if subtype else ''}"
    return str(payload.get("command") or payload.get("type"))


def _seconds(body: JSON) -> float:
    """Return when an event happened; a person's timestamp is whatever the client says."""
    try:
        return datetime.fromisoformat(str(body.get("timestamp"))).timestamp()
    except ValueError:
        return 0.0
