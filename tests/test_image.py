"""The image's install steps, run as the Dockerfile has them, in an empty environment.

No container engine is needed, and none is tested: what would run as root in a new image runs here
in a folder of its own, with the Python that runs the tests.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


def build_stage() -> list[tuple[str, str]]:
    """Return the instructions of the first stage, each with its words on one line."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    first = re.split(r"^FROM .*$", text, flags=re.MULTILINE)[1]
    lines = [line for line in first.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def copy(words: str, work: Path) -> None:
    """Do what COPY does with files, and with one folder that keeps its name."""
    *sources, target = words.split()
    for source in sources:
        path = REPOSITORY / source
        if path.is_dir():
            shutil.copytree(path, work / target)
        else:
            (work / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, work / target)


def only_python(folder: Path) -> Path:
    """Return a folder with the command `python`, as the image has it: distributions may not."""
    folder.mkdir()
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.base_prefix}/bin/python3" "$@"\n')
    python.chmod(0o755)
    return folder


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_install_steps_give_a_command_that_works(tmp_path: Path) -> None:
    work, opt = tmp_path / "src", tmp_path / "opt"
    work.mkdir()
    folder = only_python(tmp_path / "bin")
    clean = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    index = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    ran: list[str] = []
    for instruction, words in build_stage():
        if instruction == "COPY":
            copy(words, work)
        if instruction == "RUN":
            command = words.replace("/opt/", f"{opt}/")
            run(["/bin/sh", "-ec", command], work, index | clean)
            ran.append(command)

    assert any("--require-hashes" in command for command in ran)
    neo_slack = str(opt / "neo-slack" / "bin" / "neo-slack")
    assert "slash_commands" in run([neo_slack, "manifest"], tmp_path, clean)
    refused = run([neo_slack, "run"], tmp_path, clean, code=2)
    assert "SLACK_BOT_TOKEN" in refused, "it starts, and says which settings it lacks"


def run(command: list[str], folder: Path, environment: dict[str, str], code: int = 0) -> str:
    """Run a command, which has to end with `code`; return what it wrote."""
    done = subprocess.run(  # noqa: S603 -- the Dockerfile's own words, and what they installed
        command,
        cwd=folder,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == code, done.stdout
    return done.stdout
