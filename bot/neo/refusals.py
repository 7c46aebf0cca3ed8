"""Neo's error answers as typed errors. Pure.

Neo says `{"code": 409, "message": "..."}`; a proxy on the way may say anything, in any form.
"""

import math
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from pydantic import BaseModel, ValidationError

from bot.errors import (
    NeoError,
    NeoForbidden,
    NeoProtocolError,
    NeoRateLimited,
    NeoRejected,
    NeoUnauthorized,
    NeoUnavailable,
    TaskBusy,
    TaskGone,
)

MESSAGE_LENGTH = 500
"""Characters kept of a refusal's sentence."""

LONGEST_WAIT = 3600.0
"""Seconds: a wrong header must not hold up a message for ever."""

REDACTED = "[REDACTED]"

_BY_STATUS: dict[int, type[NeoError]] = {
    401: NeoUnauthorized,
    403: NeoForbidden,
    404: TaskGone,
    408: NeoUnavailable,  # the request did not arrive in time: true of a link, not of the request
    409: TaskBusy,
}


class _ErrorBody(BaseModel):
    message: str


def refusal(
    status: int, body: bytes, *, retry_after: str | None, now: float, secret: str
) -> NeoError:
    """Return the error for an answer that is not 2xx.

    `retry_after` is that header, `now` in seconds since the epoch; `secret` is taken out of the
    message, for proxies like to quote the headers they were sent.
    """
    message = _message(status, body).replace(secret, REDACTED) if secret else _message(status, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NeoRateLimited(message, retry_after=seconds_to_wait(retry_after, now))
    return _class_for(status)(message, status=status)


def _class_for(status: int) -> type[NeoError]:
    if found := _BY_STATUS.get(status):
        return found
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NeoUnavailable
    return NeoRejected if status >= HTTPStatus.BAD_REQUEST else NeoProtocolError


def _message(status: int, body: bytes) -> str:
    """Return Neo's sentence, a proxy's plain text, or the status' own name."""
    try:
        message = _ErrorBody.model_validate_json(body).message
    except ValidationError:
        text = body[: 4 * MESSAGE_LENGTH].decode("utf-8", "replace").strip()
        message = "" if text[:1] in {"<", "{", "["} else text
    return message[:MESSAGE_LENGTH] or f"HTTP {status} {_phrase(status)}".rstrip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def seconds_to_wait(retry_after: str | None, now: float) -> float | None:
    """Return a `Retry-After` header as seconds from `now`, never negative.

    It holds seconds or an HTTP date (RFC 9110, 10.2.3); None for none, or for anything else.
    More than `LONGEST_WAIT` is not believed.
    """
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _until(retry_after, now)
    return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None


def _until(http_date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(http_date).timestamp() - now
    except (ValueError, OverflowError):
        return math.nan
