from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot import settings
from bot.errors import ConfigurationProblem
from bot.policy.rules import OWNER_ONLY
from bot.setting_types import RedisUrl, Users, WebUrl

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-fake-bot",
    "SLACK_APP_TOKEN": "xapp-fake-app",
    "PULUMI_ACCESS_TOKEN": "pul-fake-access",
    "PULUMI_ORG": "acme",
    "NEO_SLACK_IDENTITY": "shared",
    "NEO_SLACK_ALLOWED_USERS": "U1, W2",
}


class Environment:
    """The variables a test starts from: none of the machine's, an empty working directory."""

    def __init__(self, patch: pytest.MonkeyPatch, directory: Path) -> None:
        self._patch = patch
        self.directory = directory
        for name in settings.names_set():
            if name.startswith(("SLACK_", "PULUMI_", "NEO_SLACK_", "REDIS_URL", "XDG_")):
                patch.delenv(name)

    def have(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def lack(self, name: str) -> None:
        self._patch.delenv(name)

    def problems(self) -> list[str]:
        with pytest.raises(ConfigurationProblem) as caught:
            settings.load()
        return caught.value.lines


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    monkeypatch.chdir(tmp_path)
    return Environment(monkeypatch, tmp_path)


def test_everything_missing_is_said_at_once_a_line_each(environment: Environment) -> None:
    named = [line.split(" is not set")[0].split(":")[0] for line in environment.problems()]

    assert named == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_ORG",
        "NEO_SLACK_IDENTITY",
        "NEO_SLACK_ALLOWED_USERS",
    ]


def test_the_required_settings_suffice_and_the_rest_has_its_defaults(
    environment: Environment,
) -> None:
    environment.have(**GOOD)

    chosen = settings.load()

    assert chosen.slack_bot_token.get_secret_value() == "xoxb-fake-bot"
    assert chosen.slack_api_url == "https://slack.com/api/"
    assert chosen.pulumi_backend_url == "https://api.pulumi.com"
    assert chosen.redis_url is None
    assert chosen.http_port == 8080
    assert chosen.lease_seconds == 10
    assert chosen.slack_call_timeout == 6


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-user", "must be the app's bot token"),
        ("SLACK_BOT_TOKEN", "xoxb-two words", "must be one word"),
        ("SLACK_BOT_TOKEN", "xoxb-a\r\nHost: evil", "must be one word"),
        ("SLACK_APP_TOKEN", "xoxb-bot", "must be an app-level token"),
        ("SLACK_SIGNING_SECRET", "two words", "must be one word"),
        ("SLACK_API_URL", "slack.com", "must be an http:// or https:// URL"),
        ("PULUMI_BACKEND_URL", "https://user:word@api.example", "without user"),
        ("PULUMI_BACKEND_URL", "https://api.example:notaport", "must be an http:// or https://"),
        ("PULUMI_ORG", "acme/other", "must be an organisation's name"),
        ("REDIS_URL", "http://localhost", "must be a redis://host, rediss://host or unix://"),
        ("REDIS_URL", "redis://", "must be a redis://host"),
        ("NEO_SLACK_IDENTITY", "linked", "`linked` is not built yet"),
        ("NEO_SLACK_IDENTITY", "oidc", "`oidc` is not built yet"),
        ("NEO_SLACK_IDENTITY", "nobody", "must be `shared`"),
        ("NEO_SLACK_ALLOWED_USERS", "U1,@ann", "must be Slack user ids"),
        ("NEO_SLACK_ALLOWED_USERS", " , ", "must be Slack user ids"),
        ("NEO_SLACK_ALLOWED_CHANNELS", "#general", "must be Slack channel ids"),
        ("NEO_SLACK_ADMINS", "*", "must be Slack user ids separated by commas"),
        ("NEO_SLACK_POLICY", "missing.toml", "the file cannot be read: No such file"),
        ("NEO_SLACK_POLICY", "~nobody-here/policy.toml", "must be the path of a file"),
        ("NEO_SLACK_HTTP_PORT", "70000", "less than or equal to 65535"),
        ("NEO_SLACK_LEASE_SECONDS", "0.5", "greater than or equal to 1"),
        ("NEO_SLACK_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_wrong_setting_is_named_but_its_value_is_not_shown(
    environment: Environment, name: str, value: str, sentence: str
) -> None:
    environment.have(**GOOD | {name: value})

    (line,) = environment.problems()

    assert line.startswith(f"{name}: ")
    assert sentence in line
    assert value not in line or value in sentence


def test_without_an_app_token_the_signing_secret_means_http_mode(
    environment: Environment,
) -> None:
    environment.have(**GOOD, SLACK_SIGNING_SECRET=" fake-signing ")
    assert settings.load().http_secret is None

    environment.lack("SLACK_APP_TOKEN")
    secret = settings.load().http_secret

    assert secret is not None
    assert secret.get_secret_value() == "fake-signing"


def test_a_wrong_app_token_is_said_once_and_not_also_to_be_missing(
    environment: Environment,
) -> None:
    environment.have(**GOOD | {"SLACK_APP_TOKEN": "xoxb-of-another-kind"})

    (line,) = environment.problems()

    assert line.startswith("SLACK_APP_TOKEN: ")


def test_an_empty_variable_counts_as_not_set(environment: Environment) -> None:
    environment.have(**GOOD | {"PULUMI_ORG": ""})

    assert environment.problems()[0].startswith("PULUMI_ORG is not set")


def test_settings_come_from_a_file_and_the_environment_wins(environment: Environment) -> None:
    lines = [f"{name}={value}" for name, value in GOOD.items()]
    (environment.directory / ".env").write_text("\n".join(lines))
    environment.have(PULUMI_ORG="other")

    chosen = settings.load()

    assert chosen.pulumi_org == "other"
    assert chosen.allowed_users == {"U1", "W2"}


def test_an_unreadable_file_is_a_problem_and_no_traceback(environment: Environment) -> None:
    (environment.directory / ".env").write_bytes(b"PULUMI_ORG=\xff\xfe")

    assert environment.problems() == [".env cannot be read: it is not UTF-8 text"]


def test_nothing_that_prints_settings_prints_a_secret(environment: Environment) -> None:
    environment.have(
        **GOOD, REDIS_URL="redis://:fake-password@localhost", SLACK_SIGNING_SECRET="fake-signing"
    )

    chosen = settings.load()

    assert len(chosen.secrets()) == 5
    for secret in chosen.secrets():
        assert secret not in f"{chosen!r} {chosen} {chosen.model_dump()} {chosen.model_dump_json()}"


def test_settings_cannot_be_changed_while_running(environment: Environment) -> None:
    environment.have(**GOOD)

    with pytest.raises(ValidationError):
        settings.load().http_port = 1  # pyright: ignore[reportAttributeAccessIssue] frozen


def test_only_named_users_and_channels_are_let_in(environment: Environment) -> None:
    environment.have(**GOOD, NEO_SLACK_ALLOWED_CHANNELS="C1,G2")

    chosen = settings.load()

    assert [chosen.allows_user(user) for user in ("U1", "W2", "U3", "*")] == [
        True,
        True,
        False,
        False,
    ]
    assert chosen.allowed_channels == {"C1", "G2"}


def test_a_star_lets_everyone_in_and_no_channels_means_any(environment: Environment) -> None:
    environment.have(**GOOD | {"NEO_SLACK_ALLOWED_USERS": "*"})

    chosen = settings.load()

    assert chosen.allows_user("U999")
    assert chosen.allowed_channels is None


def test_the_data_directory_follows_the_desktop_standard(environment: Environment) -> None:
    environment.have(**GOOD, HOME="/home/ann")
    assert settings.load().data_dir == Path("/home/ann/.local/state/neo-slack")

    environment.have(XDG_STATE_HOME="relative/is/ignored")
    assert settings.load().data_dir == Path("/home/ann/.local/state/neo-slack")

    environment.have(XDG_STATE_HOME="/state")
    assert settings.load().data_dir == Path("/state/neo-slack")

    environment.have(NEO_SLACK_DATA_DIR="~/bridge")
    assert settings.load().data_dir == Path("/home/ann/bridge")


def test_what_looks_like_a_mistake_is_doubted_but_accepted(environment: Environment) -> None:
    environment.have(
        **GOOD | {"PULUMI_ACCESS_TOKEN": "fake-of-another-shape"},
        SLACK_API_URL="http://slack.example/api",
        PULUMI_BACKEND_URL="http://127.0.0.1:9000",
    )
    (environment.directory / ".env").write_text("NEO_SLACK_ALOWED_CHANNELS=C1\n")

    chosen = settings.load()
    doubts = settings.doubts(chosen, settings.names_set())

    assert [doubt.split()[0] for doubt in doubts] == [
        "NEO_SLACK_ALOWED_CHANNELS",
        "SLACK_API_URL",
        "PULUMI_ACCESS_TOKEN",
    ]
    assert "fake-of-another-shape" not in "".join(doubts)


def test_a_policy_is_read_with_the_settings_and_kept(environment: Environment) -> None:
    environment.have(**GOOD)
    assert settings.load().policy is OWNER_ONLY

    policy = environment.directory / "policy.toml"
    policy.write_text('[[rule]]\ndeciders = "S1"\nfreeze = [{ days = "sat" }]\n')
    environment.have(NEO_SLACK_POLICY="policy.toml")
    chosen = settings.load()
    policy.unlink()

    assert [rule.deciders for rule in chosen.policy.rules] == [("S1",)]
    assert '"time_zone":"UTC"' in chosen.model_dump_json()


def test_all_that_is_wrong_in_a_policy_is_told_with_the_other_settings(
    environment: Environment,
) -> None:
    (environment.directory / "policy.toml").write_text("[[rule]]\nquorum = 0\nquorm = 2\n")
    environment.have(**GOOD | {"NEO_SLACK_POLICY": "policy.toml", "NEO_SLACK_LOG_LEVEL": "loud"})

    level, *of_policy = sorted(environment.problems())

    assert level.startswith("NEO_SLACK_LOG_LEVEL: ")
    assert of_policy == [
        "NEO_SLACK_POLICY: line 2: `quorum` must be at least 1",
        "NEO_SLACK_POLICY: line 3: `quorm` is no key here: did you mean `quorum`?",
    ]


def test_a_policy_that_looks_like_a_mistake_is_doubted(environment: Environment) -> None:
    (environment.directory / "policy.toml").write_text(
        '[[rule]]\nstacks = "*/prod"\ndeciders = ["U1", "U9", "S1"]\n'
    )
    environment.have(**GOOD, NEO_SLACK_POLICY="policy.toml")

    by_stack, passed_by, stranger = settings.doubts(settings.load(), settings.names_set())

    assert by_stack.startswith("NEO_SLACK_POLICY: line 1: where it is not known which stack")
    assert passed_by.startswith("NEO_SLACK_POLICY: line 1: a task in mode `auto` asks nobody")
    assert stranger == "NEO_SLACK_POLICY: U9 may decide, but is not among NEO_SLACK_ALLOWED_USERS"


def test_good_settings_raise_no_doubt(environment: Environment) -> None:
    environment.have(**GOOD)

    assert settings.doubts(settings.load(), settings.names_set()) == []


def test_the_example_file_is_complete_and_acceptable(environment: Environment) -> None:
    example = (Path(__file__).parent.parent / ".env.example").read_text()
    (environment.directory / ".env").write_text(example.replace("\n# NEO", "\nNEO"))
    (environment.directory / "policy.toml").write_text("[[rule]]\nquorum = 1\n")

    chosen = settings.load()

    assert settings.doubts(chosen, settings.names_set()) == []
    fields = settings.Settings.model_fields.items()
    names = {str(field.validation_alias or f"NEO_SLACK_{n.upper()}") for n, field in fields}
    assert {name for name in names if f"{name}=" not in example} == {"SLACK_API_URL"}


@pytest.mark.parametrize("kind", [WebUrl, RedisUrl, Users])
@given(text=st.text())
def test_any_text_is_accepted_or_refused_with_our_sentence(kind: Any, text: str) -> None:
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    problems: list[str] = []

    try:
        adapter.validate_python(text)
    except ValidationError as error:
        problems = [problem["type"] for problem in error.errors()]

    assert problems in ([], ["setting"])
