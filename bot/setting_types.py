"""What each kind of setting must look like; a wrong one is refused with a sentence."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from bot.errors import ConfigurationProblem
from bot.policy.file import read
from bot.policy.rules import Policy

PROBLEMS = "problems"
"""The type of a validation error that stands for several lines, which are in its context."""


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _wrong(sentence: str) -> PydanticCustomError:
    """Return a validation error whose message is `sentence`, without pydantic's prefix."""
    return PydanticCustomError("setting", "{sentence}", {"sentence": sentence})


def _secret_of_one_word(secret: SecretStr) -> SecretStr:
    """Strip a secret; what is left goes into a header, where a space or a line break breaks out."""
    word = secret.get_secret_value().strip()
    if not word or not word.isascii() or not word.isprintable() or " " in word:
        raise _wrong("must be one word of plain characters")
    return SecretStr(word)


def _begins_with(prefix: str, kind: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefix):
            raise _wrong(f"must be {kind}, which begins with `{prefix}`")
        return secret

    return AfterValidator(check)


def _web_url(url: str) -> str:
    """Check an http(s) URL and return it without a slash at its end.

    A user or a query in it would be a secret, and URLs are logged.
    """
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.query or parts.fragment)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        plain = usable = False
    if not (plain and usable):
        raise _wrong("must be an http:// or https:// URL without user, query or fragment")
    return url.rstrip("/")


def _with_slash(url: str) -> str:
    """Return a base to which slack_sdk can append a method's name."""
    return f"{url}/"


def _redis_url(secret: SecretStr) -> SecretStr:
    """Check the scheme and that there is a place; the URL may carry a password, so stays secret."""
    try:
        parts = urlsplit(secret.get_secret_value())
        places = {"redis": parts.hostname, "rediss": parts.hostname, "unix": parts.path}
        usable = places.get(parts.scheme) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _wrong("must be a redis://host, rediss://host or unix:///path URL")
    return secret


def _org(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise _wrong("must be an organisation's name as it stands in console links")
    return name


def _split(value: object) -> object:
    """Split what the environment gives, `U1, U2`, at its commas."""
    if not isinstance(value, str):
        return value
    return frozenset(word for part in value.split(",") if (word := part.strip()))


def _ids(pattern: str, sentence: str) -> AfterValidator:
    def check(words: frozenset[str]) -> frozenset[str]:
        if not words or not all(re.fullmatch(pattern, word) for word in words):
            raise _wrong(sentence)
        return words

    return AfterValidator(check)


def _built_identity(value: object) -> object:
    """Refuse, with a sentence, what is planned and what is unknown."""
    if value in {"linked", "oidc"}:
        raise _wrong(f"`{value}` is not built yet: `shared` is the only mode so far")
    if value != "shared":
        raise _wrong("must be `shared`: everyone acts through the one PULUMI_ACCESS_TOKEN")
    return value


def _policy(value: object) -> object:
    """Read the file at a path."""
    if not isinstance(value, str | Path):
        return value
    try:
        return read(Path(value))
    except ConfigurationProblem as problem:
        raise PydanticCustomError(PROBLEMS, "cannot be used", {"lines": problem.lines}) from None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Secret = Annotated[SecretStr, AfterValidator(_secret_of_one_word)]
Users = Annotated[
    frozenset[str],
    NoDecode,
    BeforeValidator(_split),
    _ids(r"[UW][A-Z0-9]+|\*", "must be Slack user ids separated by commas, or `*` for everyone"),
]
Admins = Annotated[
    frozenset[str],
    NoDecode,
    BeforeValidator(_split),
    _ids(r"[UW][A-Z0-9]+", "must be Slack user ids separated by commas"),
]
Channels = Annotated[
    frozenset[str],
    NoDecode,
    BeforeValidator(_split),
    _ids(r"[CGD][A-Z0-9]+", "must be Slack channel ids separated by commas"),
]

BotToken = Annotated[Secret, _begins_with("xoxb-", "the app's bot token")]
AppToken = Annotated[Secret, _begins_with("xapp-", "an app-level token")]
RedisUrl = Annotated[Secret, AfterValidator(_redis_url)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
WebBase = Annotated[WebUrl, AfterValidator(_with_slash)]
Organisation = Annotated[str, AfterValidator(_org)]
Identity = Annotated[Literal["shared"], BeforeValidator(_built_identity)]
Level = Annotated[LogLevel, BeforeValidator(_lower)]
PolicyFile = Annotated[Policy, NoDecode, BeforeValidator(_policy)]
Directory = Annotated[Path, AfterValidator(Path.expanduser)]
