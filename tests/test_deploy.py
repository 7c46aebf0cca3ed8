"""What ships besides the code: lock files, compose file, image, CI script."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parent.parent
DEPLOY = REPOSITORY / "deploy"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}

Pins = dict[str, tuple[Version, list[str]]]


def pins(lock: str) -> Pins:
    """Read a lock file: name -> version and hashes."""
    text = (DEPLOY / lock).read_text().replace("\\\n", " ")
    found: Pins = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, version = re.split(r"==|[ ;]", line)[:2]
            found[canonicalize_name(name)] = Version(version), re.findall(r"--hash=(\S+)", line)
    return found


def needed(requirements: list[str], pinned: Pins) -> list[Requirement]:
    """Return all that these requirements ask for, by way of others too, as is installed here.

    Where a newer release is installed than the lock pins, what that one asks of the versions of
    others says nothing about the lock; that it asks for them still does.
    """
    found: dict[str, Requirement] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in found:
            found[str(requirement)] = requirement
            waiting += dependencies(requirement, pinned)
    return list(found.values())


def dependencies(requirement: Requirement, pinned: Pins) -> list[Requirement]:
    extras = requirement.extras or {""}
    installed = distribution(requirement.name)
    inner = [Requirement(text) for text in installed.requires or []]
    asked = [
        one
        for one in inner
        if one.marker is None or any(one.marker.evaluate(LINUX | {"extra": e}) for e in extras)
    ]
    if pinned_version(pinned, requirement) != Version(installed.version):
        for one in asked:
            one.specifier = SpecifierSet()
    return asked


def pinned_version(pinned: Pins, requirement: Requirement) -> Version | None:
    name = canonicalize_name(requirement.name)
    return pinned[name][0] if name in pinned else None


def test_the_lock_pins_everything_that_the_bridge_needs() -> None:
    pinned = pins("requirements.lock")

    unmet = [
        str(requirement)
        for requirement in needed(PROJECT["project"]["dependencies"], pinned)
        if (version := pinned_version(pinned, requirement)) is None
        or version not in requirement.specifier
    ]

    assert unmet == []


def test_the_build_lock_pins_what_builds_the_wheel() -> None:
    pinned = pins("build.lock")
    (backend,) = map(Requirement, PROJECT["build-system"]["requires"])

    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
    assert backend.specifier.contains(pinned[backend.name][0])


@pytest.mark.parametrize("lock", ["requirements.lock", "build.lock"])
def test_every_pin_has_a_hash_and_no_line_names_a_host(lock: str) -> None:
    for name, (_version, hashes) in pins(lock).items():
        assert hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), name
    assert "://" not in (DEPLOY / lock).read_text()


@pytest.fixture(scope="module")
def compose() -> Any:
    """The compose file as data."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_the_composed_store_forgets_nothing(compose: Any) -> None:
    store = compose["services"]["store"]
    words = store["command"]
    options = dict(zip(words[1::2], words[2::2], strict=True))

    assert words[0] == "valkey-server"
    assert options == {
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--maxmemory-policy": "noeviction",
    }
    assert store["volumes"] == ["store:/data"]
    assert "store" in compose["volumes"]


def test_the_composed_bridge_waits_for_its_store_and_gets_time_to_stop(compose: Any) -> None:
    bridge = compose["services"]["bridge"]

    assert bridge["environment"]["REDIS_URL"] == "redis://store:6379/0"
    assert bridge["depends_on"] == {"store": {"condition": "service_healthy"}}
    assert compose["services"]["store"]["healthcheck"]["test"] == ["CMD", "valkey-cli", "ping"]
    assert int(bridge["stop_grace_period"].rstrip("s")) > 10
    assert bridge["env_file"] == "../.env"


def test_the_composed_ports_are_this_machines_only(compose: Any) -> None:
    published = [port for one in compose["services"].values() for port in one.get("ports", ())]

    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    installs = re.findall(r"pip install (.*)", text)

    assert installs
    assert all("--require-hashes" in one or "--no-deps --no-index" in one for one in installs)
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert "/healthz" in text


def test_no_secret_and_no_history_goes_to_the_image_builder() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert not any(rule.startswith(("!.", "!*")) for rule in rules)
    copied = re.findall(
        r"^COPY (?!--from)(.*) \S+$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE
    )
    for source in " ".join(copied).split():
        assert f"!{source}" in rules or source.endswith(".lock")


def test_ci_stops_at_the_first_failure_and_runs_the_readmes_command() -> None:
    text = (REPOSITORY / ".ci" / "run").read_text()

    assert "set -euo pipefail" in text
    assert re.findall(r"run (.*)$", text, re.MULTILINE)[-1] == "pytest"
