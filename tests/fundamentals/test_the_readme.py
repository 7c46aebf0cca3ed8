"""What the README names is there, and what is there it names."""

import re
from pathlib import Path

import typer
import yaml

from bot import manifest
from bot.cli import app
from bot.commands import HELP
from bot.commands.options import COMMANDS, OPTIONS
from bot.settings import PREFIX, Settings

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
VARIABLES = {
    str(field.validation_alias or PREFIX + name.upper())
    for name, field in Settings.model_fields.items()
}


def first_cells(heading: str) -> str:
    """Return the first cells of the table that begins with `heading`."""
    table = README[README.index(f"| {heading} |") :].partition("\n\n")[0]
    return "\n".join(row.split("|")[1] for row in table.splitlines())


def test_its_table_has_every_setting_and_no_other() -> None:
    assert set(re.findall(r"`(\w+)`", first_cells("Variable"))) == VARIABLES


def test_it_names_every_command_of_the_command_line() -> None:
    names = typer.main.get_group(app).commands

    assert [name for name in names if f"neo-slack {name}" not in README] == []


def test_it_the_help_and_the_hint_in_slack_name_every_command_and_option() -> None:
    (command,) = yaml.safe_load(manifest.text())["features"]["slash_commands"]

    assert command["usage_hint"] == " | ".join(["[what to do]", *COMMANDS])
    assert all(f"`/neo {word}" in README for word in COMMANDS)
    for option in OPTIONS:
        assert f"`--{option}" in README
        assert f"`--{option}" in HELP


def test_its_links_and_paths_lead_somewhere() -> None:
    paths = set(re.findall(r"`((?:bot|tests|deploy|\.ci)/[\w./*]*)`", README))
    missing = [path for path in paths if not [*Path(__file__).parents[2].glob(path)]]
    anchors = {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
               for line in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}  # fmt: skip

    assert missing == []
    assert set(re.findall(r"\]\(#([\w-]+)\)", README)) <= anchors
