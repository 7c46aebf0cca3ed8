"""The import contracts of `pyproject.toml` hold, and would notice if they did not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def lint_imports(directory: Path) -> tuple[int, str]:
    """Check the tree in `directory`; return the exit code and what was said."""
    ended = subprocess.run(  # noqa: S603 the development environment's own tool
        [LINT_IMPORTS, "--no-cache"],
        cwd=directory,
        env={"PATH": "", "PYTHONPATH": str(directory), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


VIOLATIONS = {
    "neo/events.py": "import bot.slack.ops",
    "settings.py": "import bot.store",
    "slack/inbound.py": "import redis",
    "neo/decode.py": "import httpx",
    "health.py": "import slack_sdk",
    "render/texts.py": "import asyncio",
    "ids.py": "import bot.clock",
}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The code and its contracts, with an import in each of these modules that breaks one."""
    shutil.copytree(REPOSITORY / "bot", tmp_path / "bot")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for module, line in VIOLATIONS.items():
        with (tmp_path / "bot" / module).open("a") as file:
            file.write(f"\n{line}\n")
    return tmp_path


def test_the_code_keeps_every_contract() -> None:
    code, text = lint_imports(REPOSITORY)

    assert code == 0, text


def test_each_broken_contract_is_noticed(broken: Path) -> None:
    code, text = lint_imports(broken)

    assert code == 1
    assert re.findall("KEPT$", text, re.MULTILINE) == []
    for module in VIOLATIONS:
        name = module.removesuffix(".py").replace("/", ".")
        assert re.search(rf"bot\.{re.escape(name)} (->|\(l\.)", text), name


def test_a_new_module_has_to_be_given_its_place(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "bot", tmp_path / "bot")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    (tmp_path / "bot" / "newcomer.py").touch()

    code, text = lint_imports(tmp_path)

    assert code == 1
    assert "newcomer" in text
