"""The exception tree. Foreign errors are mapped into it at one seam per network.

    BotError
    ├─ MalformedInput             outside data that is not of its documented shape
    ├─ NewerRecord                what a later version wrote: it is left alone
    ├─ TaskLeft                   a thread goes on without the task that it was about
    ├─ ConfigurationProblem       something the operator must change; exit code 2
    ├─ NeoError
    │  ├─ NeoUnavailable *        5xx, time-out, connection lost; `accepted` says what is known
    │  ├─ NeoRateLimited *        429, with `retry_after` in seconds
    │  ├─ NeoUnauthorized         401: the token is wrong or revoked
    │  ├─ NeoForbidden            403: the token's user may not do this
    │  ├─ TaskGone                404
    │  ├─ TaskBusy                409: a request is still ongoing
    │  ├─ NeoRejected             400 and any other 4xx
    │  └─ NeoProtocolError        an answer that is not of the documented shape
    ├─ SlackError
    │  ├─ SlackUnavailable *      5xx, time-out, connection lost; `accepted` says what is known
    │  ├─ SlackRateLimited *      429 or `ratelimited`, with `retry_after` in seconds
    │  ├─ SlackRejected           any other `ok: false`; `code` is Slack's error word
    │  ├─ SlackGone               the place to post to is gone or closed to us
    │  ├─ SlackFeatureMissing     `unknown_method`, `feature_disabled`, `missing_scope`
    │  └─ SlackUnauthorized       the bot token is wrong or revoked
    └─ StoreError
       ├─ StoreUnavailable *      the store does not answer; `accepted` says what is known
       └─ LeaseLost               another process owns the installation now

`*`: transient, the only ones that are retried.
"""

from enum import StrEnum


class Accepted(StrEnum):
    """Whether the other side took a request that ended in an error."""

    NO = "no"
    """It certainly did not: there was no connection, or it answered that it does not."""
    UNKNOWN = "unknown"
    """The answer was lost, or a 5xx says nothing about what was done before it."""


class BotError(Exception):
    """Everything neo-slack raises on purpose."""


class MalformedInput(BotError):
    """Outside data that is not of its documented shape."""


class NewerRecord(BotError):
    """What a later version of this program wrote; a process of that version can read it."""


class TaskLeft(BotError):
    """The thread of a task is about another one now."""


class ConfigurationProblem(BotError):
    """What the operator must change before the bridge can run; one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class NeoError(BotError):
    """Neo refused or failed. `message` is Neo's own sentence, untrusted text."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class NeoUnavailable(NeoError):
    """Neo did not answer, or answered 5xx."""

    def __init__(
        self, message: str, *, status: int | None = None, accepted: Accepted = Accepted.UNKNOWN
    ) -> None:
        super().__init__(message, status=status)
        self.accepted = accepted


class NeoRateLimited(NeoError):
    """Neo answered 429: nothing was done; `retry_after` is in seconds, None if not said."""

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message, status=429)
        self.retry_after = retry_after


class NeoUnauthorized(NeoError):
    """Neo answered 401: the token is wrong, expired or revoked."""


class NeoForbidden(NeoError):
    """Neo answered 403: the token's user may not do this."""


class TaskGone(NeoError):
    """Neo answered 404: there is no such task for this user."""


class TaskBusy(NeoError):
    """Neo answered 409: it cannot take the event while a request is ongoing."""


class NeoRejected(NeoError):
    """Neo answered 400 or another 4xx: the request is wrong and will stay so."""


class NeoProtocolError(NeoError):
    """Neo's answer is not of the documented shape."""


class SlackError(BotError):
    """Slack refused or failed. `code` is Slack's error word, such as `channel_not_found`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackUnavailable(SlackError):
    """Slack did not answer, or answered 5xx or something that is not JSON."""

    def __init__(self, code: str, *, accepted: Accepted = Accepted.UNKNOWN) -> None:
        super().__init__(code)
        self.accepted = accepted


class SlackRateLimited(SlackError):
    """Slack answered 429 or `ratelimited`: nothing was done; `retry_after` is in seconds."""

    def __init__(self, code: str, *, retry_after: float) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class SlackRejected(SlackError):
    """Slack answered `ok: false` for a reason that a retry does not change."""


class SlackGone(SlackError):
    """The channel, thread or message is gone, archived, locked, or closed to the bot."""


class SlackFeatureMissing(SlackError):
    """This workspace or this app's scopes do not have the method."""


class SlackUnauthorized(SlackError):
    """The bot token is wrong or revoked."""


class StoreError(BotError):
    """The store refused or failed."""


class StoreUnavailable(StoreError):
    """The store does not answer, or takes nothing now."""

    def __init__(self, message: str, *, accepted: Accepted = Accepted.UNKNOWN) -> None:
        super().__init__(message)
        self.accepted = accepted


class LeaseLost(StoreError):
    """Another process owns the installation now: this one writes nothing more."""


TRANSIENT = (
    NeoUnavailable,
    NeoRateLimited,
    SlackUnavailable,
    SlackRateLimited,
    StoreUnavailable,
)
"""Errors that time may heal."""
