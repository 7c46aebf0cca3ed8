"""The bytes that ask Neo for a task: read back, asked for with less, recognised. Pure."""

from bot.conversation.pending import NOT_SENT, Start
from bot.neo.events import UserSaid
from bot.neo.wire import CreateTaskRequest, create_body
from bot.view import SAME_INSTANT

REDACTED = "[REDACTED]"
"""What Neo shows in the place of a secret that it recognised in somebody's words."""


def is_first_message(said: UserSaid, start: Start) -> bool:
    """Whether a task's first user event is the one that `start` sent.

    By content too: unlike within one task, two conversations may use the same millisecond.
    """
    sent = CreateTaskRequest.model_validate_json(start.body).message.content
    same_instant = said.timestamp and abs(said.timestamp.timestamp() - start.instant) < SAME_INSTANT
    return bool(same_instant) and is_but_for_secrets(said.content.strip(), sent.strip())


def is_but_for_secrets(shown: str, sent: str) -> bool:
    """Whether `shown` is `sent` with something, or nothing, put out of sight by Neo."""
    first, *more = shown.split(REDACTED)
    if not more:
        return shown == sent
    if not sent.startswith(first):
        return False
    at = len(first)
    for part in more[:-1]:
        if (found := sent.find(part, at)) < 0:
            return False
        at = found + len(part)
    return sent.endswith(more[-1]) and len(sent) - len(more[-1]) >= at


def without_entities(start: Start) -> Start:
    """Return the start asking for a task without context; not sent yet."""
    asked = CreateTaskRequest.model_validate_json(start.body)
    message = asked.message.model_copy(update={"entity_diff": None})
    body = create_body(asked.model_copy(update={"message": message}))
    return start.model_copy(update={**NOT_SENT, "body": body, "entities": ()})


def as_api(start: Start) -> Start:
    """Return the start asking for a task of no particular source; not sent yet."""
    asked = CreateTaskRequest.model_validate_json(start.body)
    body = create_body(asked.model_copy(update={"source": "api"}))
    return start.model_copy(update={**NOT_SENT, "body": body, "source_refused": True})


def comes_from_slack(start: Start) -> bool:
    """Whether the start asks for a task whose source is Slack."""
    return CreateTaskRequest.model_validate_json(start.body).source == "slack"
