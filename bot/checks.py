"""What is looked at before the bridge begins: whether the tokens work and the store is fit.

All checks run, so that an operator sees everything that has to be changed at once. A network that
is away for the moment is no reason not to start: the bridge waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from bot.errors import (
    TRANSIENT,
    ConfigurationProblem,
    NeoError,
    NeoUnauthorized,
    SlackError,
    SlackFeatureMissing,
    StoreError,
)
from bot.settings import Settings


class SlackSide(Protocol):
    """What the checks ask Slack."""

    async def auth(self) -> object:
        """Call `auth.test` with the bot token; raises `SlackError`."""
        ...

    async def check_app_token(self, app_token: str) -> object:
        """Open, and forget, one Socket Mode URL; raises `SlackError`."""
        ...


class PulumiUser(Protocol):
    """Whose token it is, as Pulumi says."""

    @property
    def github_login(self) -> str:
        """Return the user's name on Pulumi Cloud."""
        ...

    def belongs_to(self, org: str) -> bool:
        """Say whether the user is a member of `org`."""
        ...


AskPulumi = Callable[[], Awaitable[PulumiUser]]
"""`GET /api/user` with the shared token; raises `NeoError`."""

CheckServer = Callable[[], Awaitable[Sequence[str]]]
"""Returns what is doubtful about the store's server; raises `ConfigurationProblem` for what cannot
be accepted, and `StoreError`."""


@dataclass(frozen=True)
class Found:
    """What one check found: what must be changed, and what only looks odd."""

    problems: Sequence[str] = ()
    doubts: Sequence[str] = ()


async def check_all(
    settings: Settings, *, slack: SlackSide, pulumi: AskPulumi, server: CheckServer
) -> list[str]:
    """Run every check at once; return the doubts, a sentence each.

    Raises `ConfigurationProblem` with a line for each thing that must be changed.
    """
    found = await asyncio.gather(
        check_bot_token(slack),
        check_app_token(slack, settings.slack_app_token),
        check_pulumi(pulumi, settings.pulumi_org),
        check_store(server),
    )
    problems = [line for each in found for line in each.problems]
    if problems:
        raise ConfigurationProblem(problems)
    return [line for each in found for line in each.doubts]


async def check_bot_token(slack: SlackSide) -> Found:
    """Check that Slack takes the bot token."""
    try:
        await slack.auth()
    except SlackFeatureMissing as error:
        return _problem(
            f"SLACK_BOT_TOKEN: the app lacks a permission ({error.code}): update it from "
            "`neo-slack manifest` and install it to the workspace again"
        )
    except SlackError as error:
        return _slack_refused("SLACK_BOT_TOKEN", "OAuth & Permissions", error)
    return Found()


async def check_app_token(slack: SlackSide, app_token: SecretStr | None) -> Found:
    """Check that the app-level token opens Socket Mode; HTTP mode has none."""
    if app_token is None:
        return Found()
    try:
        await slack.check_app_token(app_token.get_secret_value())
    except SlackFeatureMissing as error:
        return _problem(
            f"SLACK_APP_TOKEN: it cannot open Socket Mode ({error.code}): make one with the scope "
            "connections:write, and switch Socket Mode on"
        )
    except SlackError as error:
        return _slack_refused("SLACK_APP_TOKEN", "Basic Information, App-Level Tokens", error)
    return Found()


async def check_pulumi(pulumi: AskPulumi, org: str) -> Found:
    """Check that Pulumi Cloud takes the token, and that its user is in the organisation."""
    try:
        user = await pulumi()
    except NeoUnauthorized:
        return _problem(
            "PULUMI_ACCESS_TOKEN: Pulumi Cloud refuses it: make a new one under Personal access "
            "tokens"
        )
    except NeoError as error:
        status = f" (status {error.status})" if error.status else ""
        if isinstance(error, TRANSIENT):
            return Found(doubts=[f"Pulumi Cloud does not answer now{status}: going on"])
        return _problem(
            f"PULUMI_BACKEND_URL: no Pulumi Cloud answers `who am I` there{status}: check the URL"
        )
    if not user.belongs_to(org):
        return _problem(
            f"PULUMI_ORG: {user.github_login}, whose token PULUMI_ACCESS_TOKEN is, is no member "
            f"of {org}: use another token, or have the user invited"
        )
    return Found()


async def check_store(server: CheckServer) -> Found:
    """Check that the store answers and that it keeps what it is given."""
    try:
        return Found(doubts=await server())
    except ConfigurationProblem as problem:
        return Found(problems=problem.lines)
    except StoreError as error:
        return _problem(f"REDIS_URL: the store does not answer ({error}): is it running?")


def _slack_refused(variable: str, where: str, error: SlackError) -> Found:
    if isinstance(error, TRANSIENT):
        return Found(doubts=[f"Slack does not answer now ({error.code}): going on"])
    return _problem(
        f"{variable}: Slack refuses it ({error.code}): copy it again from the app's page, "
        f"under {where}"
    )


def _problem(line: str) -> Found:
    return Found(problems=[line])
