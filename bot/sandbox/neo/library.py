"""The scripts at hand: those shipped as data, and those that a test adds."""

from collections.abc import Iterator
from importlib.resources import files

from bot.sandbox.neo.script import Script


class ScriptLibrary:
    """Scripts in order of precedence: added ones newest first, then the shipped ones."""

    def __init__(self) -> None:
        self._scripts = shipped()

    def add(self, script: Script) -> None:
        """Prefer `script` to every script known so far."""
        self._scripts.insert(0, script)

    def choose(self, message: str) -> Script:
        """Return the first script that fits a task's first message; `echo` fits every one."""
        return next(script for script in self._scripts if script.fits(message))

    def __iter__(self) -> Iterator[Script]:
        return iter(self._scripts)


def shipped() -> list[Script]:
    """Return the scripts of this package, those without a keyword last."""
    folder = files("bot.sandbox.neo").joinpath("scripts")
    texts = [f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".json")]
    scripts = [Script.model_validate_json(text) for text in texts]
    return sorted(scripts, key=lambda script: (not script.match, script.name))
