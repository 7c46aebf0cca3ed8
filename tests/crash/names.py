"""What a crossing is called: the same in every run, and telling enough to find it. Pure."""

import json
import re
from collections.abc import Sequence
from hashlib import sha1
from importlib import resources
from typing import Any, cast

from bot.store.script import script

_PREAMBLES = (
    *((), ("fence",), ("clock",), ("fence", "clock"), ("resolve",)),
    *(("clock", "audit"), ("fence", "clock", "audit")),
    ("fence", "clock", "audit", "approval_waits"),
)
"""What the store puts in front of its scripts."""

OF_THE_BOT = " of the bot"
"""The end of the name of what Slack tells the bot of its own messages."""

_TASK = re.compile(r"/api/preview/agents/[^/]+/tasks/[^/]+(?P<rest>/.*)?")
_TASKS = re.compile(r"/api/preview/agents/[^/]+/tasks")
_RESTS = {
    ("GET", ""): "get_task",
    ("PATCH", ""): "update_task",
    ("POST", "/cancel"): "cancel_task",
    ("GET", "/events"): "list_events",
    ("GET", "/events/stream"): "stream_events",
}


def _digests() -> dict[bytes, tuple[str, bool]]:
    folder = resources.files("bot.store") / "scripts"
    scripts = [f.name.removesuffix(".lua") for f in folder.iterdir() if f.name.endswith(".lua")]
    return {
        script(*preamble, name).sha: (name, "fence" in preamble)
        for name in scripts
        for preamble in _PREAMBLES
        if name not in preamble
    }


_SCRIPTS = _digests()
"""The store's scripts by their digests: the name, and whether it is an owner's."""


def of_command(words: Sequence[bytes]) -> str:
    """Name what is asked of the store: a script by its name, a commit by what it writes too."""
    name, _ = _script(words)
    if not name:
        return f"store {words[0].upper().decode()}"
    return f"store {name}{_written(words)}" if name == "commit" else f"store {name}"


def is_owners(words: Sequence[bytes]) -> bool:
    """Say whether this is a write that only the lease's holder may make."""
    return _script(words)[1]


def _script(words: Sequence[bytes]) -> tuple[str, bool]:
    """Return the name of the script that is run, empty for another command."""
    match words[0].upper():
        case b"EVALSHA":
            digest = words[1]
        case b"EVAL":
            digest = sha1(words[1], usedforsecurity=False).hexdigest().encode()
        case _:
            return "", False
    return _SCRIPTS.get(digest, ("script", False))


def _written(words: Sequence[bytes]) -> str:
    """Say what a commit writes: its documents, and what it finishes."""
    given = words[3 + int(words[2]) :]
    plan = json.loads(given[2])
    fields = [name.decode() for name in given[4::2]]
    done = [name for name in ("entries", "events") if plan[name]]
    return " " + "+".join((*fields, *done)) if fields or done else ""


def of_slack_request(path: str) -> str:
    """Name a request to Slack: its method, or what is done with a file."""
    first, _, rest = path.strip("/").partition("/")
    return f"slack {rest if first == 'api' else first}"


def of_slack_frame(text: str) -> str:
    """Name what Slack tells by a socket; what it tells the bot of itself has a name of its own."""
    frame = _object(text)
    kind = str(frame.get("type"))
    if kind != "events_api":
        return f"slack tells {kind}"
    event: dict[str, Any] = frame["payload"]["event"]
    author: dict[str, Any] = event.get("message", event)
    of_whom = OF_THE_BOT if "bot_id" in author else ""
    return f"slack tells {event.get('subtype') or event['type']}{of_whom}"


def envelope_of(text: str) -> str:
    """Return the id by which something that Slack tells is acked."""
    return str(_object(text).get("envelope_id", ""))


def of_slack_ack(told: str) -> str:
    """Name the ack of what is named so."""
    return f"slack ack of {told.removeprefix('slack tells ')}"


def of_neo_request(method: str, path: str, body: bytes) -> str:
    """Name a request to Neo: its endpoint, and the type of a user event."""
    if _TASKS.fullmatch(path):
        return "neo create_task" if method == "POST" else "neo list_tasks"
    found = _TASK.fullmatch(path)
    if found is None:
        return f"neo {path.rsplit('/', 1)[-1]}"
    rest = found["rest"] or ""
    if (method, rest) == ("POST", ""):
        return f"neo respond {_object(body)['event']['type']}"
    return f"neo {_RESTS[method, rest]}"


def of_neo_frame(frame: bytes) -> str:
    """Name an event of a stream; empty for a comment."""
    data = b"".join(
        line.removeprefix(b"data:") for line in frame.split(b"\n") if line.startswith(b"data:")
    )
    return f"neo tells {_object(data)['eventBody']['type']}" if data else ""


def _object(text: str | bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(text))
