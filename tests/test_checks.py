from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.checks import check_all
from bot.errors import (
    BotError,
    ConfigurationProblem,
    NeoForbidden,
    NeoUnauthorized,
    NeoUnavailable,
    SlackFeatureMissing,
    SlackUnauthorized,
    SlackUnavailable,
    StoreUnavailable,
)
from bot.neo.wire import CurrentUser, Organization
from bot.settings import Settings

ANN = CurrentUser(github_login="ann", organizations=(Organization(github_login="Acme"),))


def settings(**way_in: str) -> Settings:
    return Settings.model_validate(
        {
            "slack_bot_token": "xoxb-fake-bot",
            **(way_in or {"slack_app_token": "xapp-fake-app"}),
            "pulumi_access_token": "pul-fake-access",
            "pulumi_org": "acme",
            "identity": "shared",
            "allowed_users": "*",
        }
    )


@dataclass
class Outside:
    """Slack, Pulumi and the store as the checks see them: each answers, or raises what is given."""

    bot_token: BotError | None = None
    app_token: BotError | None = None
    pulumi_token: BotError | None = None
    store: BotError | None = None
    user: CurrentUser = ANN
    doubts: Sequence[str] = ()
    app_tokens_seen: list[str] = field(default_factory=list[str])

    async def auth(self) -> object:
        return _raise(self.bot_token)

    async def check_app_token(self, app_token: str) -> object:
        self.app_tokens_seen.append(app_token)
        return _raise(self.app_token)

    async def current_user(self) -> CurrentUser:
        _raise(self.pulumi_token)
        return self.user

    async def check_server(self) -> Sequence[str]:
        _raise(self.store)
        return self.doubts

    async def checked(self, **way_in: str) -> list[str]:
        return await check_all(
            settings(**way_in), slack=self, pulumi=self.current_user, server=self.check_server
        )

    async def problems(self) -> list[str]:
        with pytest.raises(ConfigurationProblem) as caught:
            await self.checked()
        return caught.value.lines


def _raise(error: BotError | None) -> None:
    if error is not None:
        raise error


async def test_all_well_is_silent() -> None:
    outside = Outside()

    assert await outside.checked() == []
    assert outside.app_tokens_seen == ["xapp-fake-app"]


async def test_in_http_mode_there_is_no_app_token_to_check() -> None:
    outside = Outside(app_token=SlackUnauthorized("invalid_auth"))

    assert await outside.checked(slack_signing_secret="fake-signing") == []
    assert outside.app_tokens_seen == []


async def test_everything_wrong_is_said_at_once() -> None:
    outside = Outside(
        bot_token=SlackUnauthorized("invalid_auth"),
        app_token=SlackUnauthorized("invalid_auth"),
        pulumi_token=NeoUnauthorized("no", status=401),
        store=ConfigurationProblem(["REDIS_URL: it evicts"]),
    )

    lines = await outside.problems()

    assert [line.partition(":")[0] for line in lines] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PULUMI_ACCESS_TOKEN",
        "REDIS_URL",
    ]


@pytest.mark.parametrize(
    ("outside", "variable", "remedy"),
    [
        (Outside(bot_token=SlackUnauthorized("token_revoked")), "SLACK_BOT_TOKEN", "copy it again"),
        (Outside(bot_token=SlackFeatureMissing("missing_scope")), "SLACK_BOT_TOKEN", "install it"),
        (Outside(app_token=SlackUnauthorized("invalid_auth")), "SLACK_APP_TOKEN", "copy it again"),
        (
            Outside(app_token=SlackFeatureMissing("missing_scope")),
            "SLACK_APP_TOKEN",
            "connections:write",
        ),
        (
            Outside(pulumi_token=NeoUnauthorized("no", status=401)),
            "PULUMI_ACCESS_TOKEN",
            "make a new one",
        ),
        (
            Outside(pulumi_token=NeoForbidden("no", status=403)),
            "PULUMI_BACKEND_URL",
            "check the URL",
        ),
        (Outside(user=CurrentUser(github_login="bob")), "PULUMI_ORG", "have the user invited"),
        (Outside(store=StoreUnavailable("refused")), "REDIS_URL", "is it running?"),
    ],
)
async def test_a_problem_names_its_setting_and_the_remedy(
    outside: Outside, variable: str, remedy: str
) -> None:
    (line,) = await outside.problems()

    assert line.startswith(f"{variable}: ")
    assert remedy in line


@pytest.mark.parametrize(
    ("outside", "who"),
    [
        (Outside(bot_token=SlackUnavailable("timeout")), "Slack"),
        (Outside(app_token=SlackUnavailable("timeout")), "Slack"),
        (Outside(pulumi_token=NeoUnavailable("bad gateway", status=502)), "Pulumi Cloud"),
    ],
)
async def test_a_network_that_is_away_keeps_nobody_from_starting(
    outside: Outside, who: str
) -> None:
    (doubt,) = await outside.checked()

    assert doubt.startswith(f"{who} does not answer now")


async def test_what_the_store_doubts_is_passed_on() -> None:
    assert await Outside(doubts=["persistence cannot be seen"]).checked() == [
        "persistence cannot be seen"
    ]
