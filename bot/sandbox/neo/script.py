"""Scripted agents: what an agent does is data, written in JSON or built in Python.

A script is a list of turns, a turn a list of steps. Turn n answers the n-th message of the task;
the last turn answers every later one. `{message}` and `{answer}` stand for the newest message and
the newest text given to an approval request; every other brace is itself.
"""

import re
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator


def _join_lines(text: object) -> object:
    if isinstance(text, list):
        return "\n".join(str(line) for line in cast("list[object]", text))
    return text


Text = Annotated[str, BeforeValidator(_join_lines)]
"""A string; in JSON also a list of lines, because JSON has no multi-line strings."""


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Say(_Step):
    """An assistant message; a final one ends the turn."""

    step: Literal["say"] = "say"
    text: Text
    final: bool = False


class TodoItem(_Step):
    """One line of the agent's to-do list."""

    content: str
    status: Literal["pending", "in_progress", "completed"] = "pending"
    priority: Literal["low", "medium", "high"] = "medium"


class Todo(_Step):
    """The agent writes its to-do list."""

    step: Literal["todo"] = "todo"
    items: list[TodoItem]


class Tool(_Step):
    """A tool is called and runs for `seconds`, reporting `progress` at even distances."""

    step: Literal["tool"] = "tool"
    name: str
    args: dict[str, Any] = {}
    text: Text = ""
    progress: list[str] = []
    result: Any = "ok"
    is_error: bool = False
    seconds: float = Field(default=1, ge=0)


class Approve(_Step):
    """The agent asks for an approval and goes on in one of two ways, then with the next step.

    With `args` it is seen to call the tool first, as an agent does that may not run it yet.
    """

    step: Literal["approve"] = "approve"
    message: Text
    approval_type: str = "general"
    sensitivity: Literal["regular", "sensitive"] = "regular"
    tool_name: str = ""
    args: dict[str, Any] = {}
    git_diff: dict[str, Text] | None = None
    last_approval_diff: dict[str, Text] | None = None
    plan: Text = ""
    buttons: list[str] = []
    approved: list["Step"] = []
    denied: list["Step"] = []


class Ask(_Step):
    """The agent asks a question; the text of the reply is `{answer}` from here on."""

    step: Literal["ask"] = "ask"
    message: Text
    buttons: list[str] = []


class Rename(_Step):
    """The task gets a title."""

    step: Literal["rename"] = "rename"
    name: str


class PullRequest(_Step):
    """The agent opened a pull request."""

    step: Literal["pull_request"] = "pull_request"
    org: str
    repo: str
    number: int
    forge: str = "github"
    merged: bool = False


class Warn(_Step):
    """A warning."""

    step: Literal["warn"] = "warn"
    message: str


class Error(_Step):
    """An error, which ends the turn."""

    step: Literal["error"] = "error"
    message: str


class Wait(_Step):
    """The agent thinks for `seconds`."""

    step: Literal["wait"] = "wait"
    seconds: float = Field(ge=0)


class Compress(_Step):
    """The agent compacts its context for `seconds`."""

    step: Literal["compress"] = "compress"
    seconds: float = Field(default=1, ge=0)
    summary: str = ""


Step = Annotated[
    Say | Todo | Tool | Approve | Ask | Rename | PullRequest | Warn | Error | Wait | Compress,
    Field(discriminator="step"),
]
"""One thing that a scripted agent does."""


class Script(BaseModel):
    """What an agent does for tasks whose first message contains `match`.

    `match` is a regular expression, case ignored; the empty one fits every message. `prompt` is a
    first message that it fits, offered on the sandbox's page under `title`, lower `rank` first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    match: str = ""
    title: str = ""
    prompt: str = ""
    rank: int = 100
    turns: list[list[Step]] = Field(min_length=1)

    @field_validator("match")
    @classmethod
    def _compiles(cls, match: str) -> str:
        re.compile(match)
        return match

    def fits(self, message: str) -> bool:
        """Return whether this script answers a task that begins with `message`."""
        return re.search(self.match, message, re.IGNORECASE) is not None

    def turn(self, number: int) -> list[Step]:
        """Return the steps of turn `number`, counted from 0."""
        return self.turns[min(number, len(self.turns) - 1)]


Approve.model_rebuild()


def fill(text: str, *, message: str, answer: str) -> str:
    """Put the newest message and answer into a script's text, each in one pass."""
    values = {"{message}": message, "{answer}": answer}
    return re.sub(r"\{(?:message|answer)\}", lambda found: values[found.group()], text)
