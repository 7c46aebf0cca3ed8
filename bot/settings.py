"""The settings: one frozen model, and the only reader of the environment and of `.env`."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from bot.errors import ConfigurationProblem
from bot.policy.fitting import doubts as policy_doubts
from bot.policy.rules import OWNER_ONLY
from bot.setting_types import (
    PROBLEMS,
    Admins,
    AppToken,
    BotToken,
    Channels,
    Directory,
    Identity,
    Level,
    LogLevel,
    Organisation,
    PolicyFile,
    RedisUrl,
    Secret,
    Users,
    WebBase,
    WebUrl,
)

PREFIX = "NEO_SLACK_"
"""Our own settings begin with it; the others carry the names their networks gave them."""

EVERYONE = "*"
"""The `NEO_SLACK_ALLOWED_USERS` value that lets every member of the workspace in."""

_NO_WAY_IN = "no_way_in"
"""The type of the validation error where Slack cannot reach us by a socket nor by HTTP."""

LEASE_SHARE = 0.85
"""Of the time in which another process takes over; the rest is for it to notice and to begin."""

CALL_SHARE_OF_LEASE = 0.6
"""A Slack call must be over while enough of the lease remains to renew it."""


def _state_dir() -> Path:
    """Return where the embedded store lives by default.

    The XDG base directory specification says to ignore a relative path.
    """
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else Path.home() / ".local" / "state") / "neo-slack"


class Settings(BaseSettings):
    """What an operator decides. `load` reads it; tests may build it by field names."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    slack_bot_token: BotToken = Field(
        validation_alias="SLACK_BOT_TOKEN",
        description="the bot token (xoxb-...), under OAuth & Permissions of the Slack app",
    )
    slack_app_token: AppToken | None = Field(
        default=None,
        validation_alias="SLACK_APP_TOKEN",
        description="an app-level token (xapp-...) with connections:write, for Socket Mode",
    )
    slack_signing_secret: Secret | None = Field(
        default=None,
        validate_default=True,
        validation_alias="SLACK_SIGNING_SECRET",
        description="the signing secret, under Basic Information of the Slack app, for HTTP mode",
    )
    slack_api_url: WebBase = Field(
        default="https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="the base of Slack's Web API",
    )
    pulumi_access_token: Secret = Field(
        validation_alias="PULUMI_ACCESS_TOKEN",
        description="the Pulumi Cloud access token that every Neo task runs with",
    )
    pulumi_org: Organisation = Field(
        validation_alias="PULUMI_ORG",
        description="the Pulumi organisation whose Neo is asked",
    )
    pulumi_backend_url: WebUrl = Field(
        default="https://api.pulumi.com",
        validation_alias="PULUMI_BACKEND_URL",
        description="the base of the Pulumi Cloud API",
    )
    redis_url: RedisUrl | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        description="the Redis or Valkey to keep state in; unset: an embedded one",
    )
    identity: Identity = Field(
        description="whose rights tasks run with; `shared`: everyone's, by PULUMI_ACCESS_TOKEN",
    )
    allowed_users: Users = Field(
        description="Slack user ids, separated by commas, that may work with Neo; `*`: everyone",
    )
    allowed_channels: Channels | None = Field(
        default=None,
        description="Slack channel ids, separated by commas, tasks may live in; unset: anywhere",
    )
    policy: PolicyFile = Field(
        default=OWNER_ONLY,
        description="the path of a TOML file that says who decides; unset: the task's owner alone",
    )
    admins: Admins | None = Field(
        default=None,
        description="Slack user ids, separated by commas, that may pause all approvals",
    )
    http_port: int = Field(
        default=8080,
        ge=0,
        le=65535,
        description=(
            "the port of /healthz, /readyz, /metrics and, in HTTP mode, /slack/events; "
            "0: a free one, printed"
        ),
    )
    log_level: Level = Field(default=LogLevel.INFO, description="debug, info, warning or error")
    data_dir: Directory = Field(
        default_factory=_state_dir,
        description="where the embedded store keeps its files; unused with REDIS_URL",
    )
    lease_seconds: float = Field(
        default=10.0,
        ge=1,
        le=60,
        description="how many seconds after a crash another process takes over",
    )

    @field_validator("slack_signing_secret")
    @classmethod
    def _one_of_two(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse to have no way in; where the app token is wrong, that is said already."""
        if secret is None and info.data.get("slack_app_token", ...) is None:
            raise PydanticCustomError(_NO_WAY_IN, "one of two")
        return secret

    @property
    def http_secret(self) -> SecretStr | None:
        """The signing secret of HTTP mode; None in Socket Mode, which an app token switches on."""
        return None if self.slack_app_token else self.slack_signing_secret

    @property
    def lease_length(self) -> float:
        """Seconds for which the lease outlives its owner: the next one needs some to begin."""
        return LEASE_SHARE * self.lease_seconds

    @property
    def slack_call_timeout(self) -> float:
        """Seconds after which a Slack call is given up."""
        return CALL_SHARE_OF_LEASE * self.lease_seconds

    def allows_user(self, user: str) -> bool:
        """Say whether this Slack user may work with Neo at all."""
        return EVERYONE in self.allowed_users or user in self.allowed_users

    @property
    def who_may_pause(self) -> frozenset[str]:
        """The admins, named here or in the policy."""
        return (self.admins or frozenset()) | self.policy.admins

    def secrets(self) -> list[str]:
        """Return every secret in the clear, for the redaction of logs only."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def load() -> Settings:
    """Read the settings from the environment and from `.env` in the working directory.

    Raises `ConfigurationProblem` with one line for each thing that is missing or wrong.
    """
    try:
        # Not `Settings()`: type checkers want its arguments, and those are what is read here.
        return Settings.model_validate({})
    except ValidationError as error:
        found = error.errors(include_url=False)
        lines = [line for problem in found for line in _lines(problem)]
        raise ConfigurationProblem(lines) from None
    except OSError as error:
        raise ConfigurationProblem([f".env cannot be read: {error.strerror}"]) from None


def _lines(problem: ErrorDetails) -> list[str]:
    """Say what is wrong with one setting: one line, or those of the file that it names."""
    if problem["type"] == PROBLEMS and "ctx" in problem:
        name = _variable(str(problem["loc"][0]))
        return [f"{name}: {line}" for line in problem["ctx"]["lines"]]
    return [_line(problem)]


def _line(problem: ErrorDetails) -> str:
    """Say what is wrong with one setting; never its value, which may be a secret."""
    if not problem["loc"]:
        return ".env cannot be read: it is not UTF-8 text"
    name = str(problem["loc"][0])
    if problem["type"] == _NO_WAY_IN:
        return (
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is not set: Socket Mode needs the first, "
            "HTTP mode the second"
        )
    if problem["type"] != "missing":
        return f"{_variable(name)}: {problem['msg']}"
    return f"{_variable(name)} is not set: {_meaning(name)}"


def _meaning(name: str) -> str:
    fields = Settings.model_fields.items()
    return next(str(f.description) for n, f in fields if name in (n, f.validation_alias))


def _variable(name: str) -> str:
    """Return the environment variable of a field, given as its name or its alias."""
    return name if name.isupper() else PREFIX + name.upper()


def doubts(settings: Settings, names: Iterable[str]) -> list[str]:
    """Return what is allowed but looks like a mistake, a sentence each.

    `names` are the variables that were set (`names_set`).
    """
    return [
        *_unknown_names(names),
        *_plain_text(SLACK_API_URL=settings.slack_api_url),
        *_plain_text(PULUMI_BACKEND_URL=settings.pulumi_backend_url),
        *(f"{_variable('policy')}: {doubt}" for doubt in policy_doubts(settings.policy)),
        *_shut_out(settings),
        *(
            ["PULUMI_ACCESS_TOKEN does not begin with `pul-`, as Pulumi's tokens do"]
            if not settings.pulumi_access_token.get_secret_value().startswith("pul-")
            else []
        ),
    ]


def names_set() -> set[str]:
    """Return the names of all variables of the environment and of `.env`, in upper case."""
    from_file = DotEnvSettingsSource(Settings).env_vars
    return {name.upper() for name in (*os.environ, *from_file)}


def _unknown_names(names: Iterable[str]) -> list[str]:
    known = {_variable(name) for name in Settings.model_fields}
    odd = sorted(name for name in names if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting of this version: is it misspelt?" for name in odd]


def _shut_out(settings: Settings) -> list[str]:
    """Name the people that may decide by the policy and may not use the bot at all."""
    named = {person for rule in settings.policy.rules for person in rule.people}
    strangers = sorted(user for user in named if not settings.allows_user(user))
    return [
        f"{_variable('policy')}: {user} may decide, but is not among {_variable('allowed_users')}"
        for user in strangers
    ]


def _plain_text(**urls: str) -> list[str]:
    """Name the URLs that send a token over the network in the clear."""
    parts = {name: urlsplit(url) for name, url in urls.items()}
    return [
        f"{name} is not https: its token crosses the network in the clear"
        for name, part in parts.items()
        if part.scheme == "http" and part.hostname not in {"localhost", "127.0.0.1", "::1"}
    ]
