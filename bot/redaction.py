"""Secrets out of text, by their shapes and by their values. Pure."""

import re
from collections.abc import Callable, Iterable

HIDDEN = "[secret]"

_TOKEN = r"(?:xox[a-z](?:\.xox[a-z])?|xapp|pul)-[A-Za-z0-9%._-]{6,}"  # noqa: S105 a shape, no token
"""Slack's bot, user, app-level, configuration and refresh tokens, and Pulumi's."""

_AUTHORIZATION = r"(?<=authorization)(\W{1,8})(?:(?:token|bearer|basic)\s+)?[^\s\"'\\,}]+"
"""The value of an `Authorization` header, in a header line, a dict's repr or (escaped) JSON."""

_RESPONSE_URL = (
    r"https?://hooks\.slack(?:-gov)?\.com/[^\s\"'\\<>]+"
    r"|(?<=response_url)\W{1,8}https?://[^\s\"'\\<>]+"
)
"""Whoever has a `response_url` may post into its channel."""

_TICKET = r"(?<=ticket=)[^&\s\"'\\]+"
"""Whoever has the ticket of a Socket Mode URL receives the app's events."""

_PASSWORD = r"(?<=://)[^\s/@\"'\\:]*+:[^\s/@\"'\\]++(?=@)"  # noqa: S105 a shape, no password
"""User and password of a URL. It gives nothing back (`*+`): else thousands of colons without an `@`
behind them would take seconds."""

_SHAPES = re.compile(
    f"{_TOKEN}|{_AUTHORIZATION}|{_RESPONSE_URL}|{_TICKET}|{_PASSWORD}", re.IGNORECASE
)


def redact(text: str) -> str:
    """Replace everything that has the shape of a secret by `[secret]`."""
    return _SHAPES.sub(lambda found: (found[1] or "") + HIDDEN, text)


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a `redact` that knows these values too, whatever their shapes."""
    values = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    if not values:
        return redact
    known = re.compile("|".join(map(re.escape, values)))
    return lambda text: redact(known.sub(HIDDEN, text))
