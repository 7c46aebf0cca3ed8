"""The one place where failures of the Web API become `bot.errors`.

The codes are those of Slack's method reference and its list of cross-cutting errors.
"""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    Accepted,
    SlackError,
    SlackFeatureMissing,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.slack.shape import as_object, text

FAILURES: tuple[type[Exception], ...] = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,  # TimeoutError is one
    ValueError,  # an answer in a broken encoding
    AttributeError,  # slack_sdk takes a text/plain or array answer for an object
    RecursionError,  # an answer of too many levels
)
"""What a call by slack_sdk over aiohttp can raise because of the network or of Slack."""

DEFAULT_RETRY_AFTER = 10.0
"""Seconds to back off when Slack rate-limits without saying for how long."""

LONGEST_RETRY_AFTER = 600.0
"""The most that is believed: one that is wrong, or infinite, must not silence a method for ever."""

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_UNKNOWN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_NOT_NOW = frozenset({"team_added_to_org", "external_channel_migrating"})
_LASTING: Mapping[str, type[SlackError]] = {
    "account_inactive": SlackUnauthorized,
    "invalid_auth": SlackUnauthorized,
    "not_authed": SlackUnauthorized,
    "org_login_required": SlackUnauthorized,
    "team_access_not_granted": SlackUnauthorized,
    "token_expired": SlackUnauthorized,
    "token_revoked": SlackUnauthorized,
    "two_factor_setup_required": SlackUnauthorized,
    "deprecated_endpoint": SlackFeatureMissing,
    "feature_disabled": SlackFeatureMissing,
    "feature_not_enabled": SlackFeatureMissing,
    "file_uploads_disabled": SlackFeatureMissing,
    "file_uploads_except_images_disabled": SlackFeatureMissing,
    "method_deprecated": SlackFeatureMissing,
    "missing_scope": SlackFeatureMissing,
    "no_permission": SlackFeatureMissing,
    "not_allowed_token_type": SlackFeatureMissing,
    "unknown_method": SlackFeatureMissing,
    "cannot_reply_to_message": SlackGone,
    "channel_is_limited_access": SlackGone,
    "channel_not_found": SlackGone,
    "is_archived": SlackGone,
    "is_inactive": SlackGone,
    "message_not_found": SlackGone,
    "messages_tab_disabled": SlackGone,
    "no_access": SlackGone,
    "not_in_channel": SlackGone,
    "posting_to_channel_denied": SlackGone,
    "thread_locked": SlackGone,
    "thread_not_found": SlackGone,
}


CODE_LIMIT = 200
"""Characters of an error code, which goes into logs and to people; Slack's own have up to 50."""


def map_slack_error(error: Exception) -> SlackError:
    """Return what one of `FAILURES` means; whether Slack took the call is never guessed."""
    if isinstance(error, SlackApiError):
        return _from_answer(error)
    if isinstance(error, _NEVER_SENT):
        return SlackUnavailable("no_connection", accepted=Accepted.NO)
    if isinstance(error, TimeoutError):
        return SlackUnavailable("timed_out")
    if isinstance(error, aiohttp.ClientError | OSError):
        return SlackUnavailable("connection_lost")
    return SlackUnavailable("unreadable_answer")


def from_code(code: str, retry_after: float = DEFAULT_RETRY_AFTER) -> SlackError:
    """Return what Slack's error word means."""
    if code in _RATE_LIMITED:
        return SlackRateLimited(code, retry_after=retry_after)
    if code in _UNKNOWN | _NOT_NOW:
        accepted = Accepted.NO if code in _NOT_NOW else Accepted.UNKNOWN
        return SlackUnavailable(code, accepted=accepted)
    if code.startswith("restricted_action"):
        return SlackGone(code)
    return _LASTING.get(code, SlackRejected)(code)


def from_status(status: int, retry_after: float = DEFAULT_RETRY_AFTER) -> SlackError:
    """Return what an HTTP status without a readable body means."""
    if status == 429:
        return SlackRateLimited("ratelimited", retry_after=retry_after)
    return SlackUnavailable(f"http_{status}")


def _from_answer(error: SlackApiError) -> SlackError:
    # slack_sdk puts its own response here, and aiohttp's where the body was not JSON.
    answer: object = error.response  # pyright: ignore[reportUnknownMemberType] # untyped in slack_sdk
    status = getattr(answer, "status_code", None) or getattr(answer, "status", 0)
    retry_after = _retry_after(as_object(getattr(answer, "headers", None)))
    code = text(as_object(getattr(answer, "data", None)), "error")[:CODE_LIMIT]
    if status == 429 or status >= 500 or not code:
        return from_status(status, retry_after)
    return from_code(code, retry_after)


def _retry_after(headers: Mapping[str, object]) -> float:
    try:
        seconds = float(text(headers, "Retry-After"))
    except ValueError:
        return DEFAULT_RETRY_AFTER
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER)
