"""Every function of ours that reads outside data is reached by a row of the two tables."""

import ast
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

import pytest

import bot
from fuzz.edges import EDGES
from fuzz.inputs import Inputs
from fuzz.parsers import PARSERS
from fuzz.test_outside_data import SEED, SOME, deliver
from stage import Stage

BOT = Path(bot.__file__).parent

FEW = 100
"""Inputs of a row without input and output: enough to come everywhere."""

READING = frozenset(
    {
        *("loads", "from_json", "validate_json", "validate_python", "model_validate"),
        *("model_validate_json", "parse_qsl", "urlsplit", "urljoin", "fromisoformat"),
        *("parsedate_to_datetime", "int", "float", "as_object"),
    }
)
"""What reads untyped data, by its last name; and everything that is imported from `SHAPE`."""

SHAPE = "bot.slack.shape"

OURS = frozenset(
    {
        *("Talk", "View", "Told", "Asked", "Decision", "CreateTaskRequest", "RespondToTaskRequest"),
        *("SLACK_INPUT", "Settings"),
    }
)
"""Models of what we wrote ourselves, into the store, or of what the operator sets."""

NOT_OUTSIDE = {
    "bot.sandbox": "plays the outside",
    "bot.store": "reads what the store answers",
    "bot.audit": "reads what the store answers",
    "bot.auditor": "the operator's words, and what the store answers",
    "bot.policy": "the operator's file",
    "bot.manifest": "the operator's address",
    "bot.setting_types": "the operator's settings",
    "bot.settings": "the operator's settings",
    "bot.neo.proxy": "the operator's proxy",
    "bot.slack.session:proxy_from_environment": "the operator's proxy",
    "bot.neo.client:NeoClient.console_host": "the operator's address",
    "bot.neo.client:NeoClient.console_url": "the operator's address",
    "bot.render.apply:_tool_finished": "counts a boolean",
    "bot.render.progress_card:_silence": "seconds, which we measured",
    "bot.render.words:duration_in_words": "seconds, which we measured",
    "bot.slack.door:spread": "our own limits",
    "bot.conversation.freezing:_comes_itself": "takes texts alone, by `shape.text`",
    "bot.conversation.freezing:_line": "takes texts alone, by `shape.text`",
}
"""A module, what is in it, or one function -> why it is on none of the tables."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(BOT.rglob("*.py")):
        yield ".".join(("bot", *path.relative_to(BOT).with_suffix("").parts)), path


def readers(module: str, tree: ast.AST) -> set[str]:
    """Return the functions of a module that call something which reads untyped data."""
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == SHAPE]
    names = {alias.asname or alias.name for n in imports for alias in n.names}
    found: set[str] = set()

    def look(node: ast.AST, prefix: str, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    look(child, f"{prefix}{name}.<locals>.", f"{module}:{prefix}{name}")
                    continue
                case ast.ClassDef(name=name):
                    look(child, f"{prefix}{name}.", function)
                    continue
                case ast.Call() if reads(child, names) and function:
                    found.add(function)
                case _:
                    pass
            look(child, prefix, function)

    look(tree, "", "")
    return found


def reads(call: ast.Call, names: set[str]) -> bool:
    """Tell whether a call reads data that is not a constant."""
    if all(isinstance(argument, ast.Constant) for argument in call.args):
        return False
    match call.func:
        case ast.Name(id=name):
            return name in names or name in READING
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return name in READING and owner not in OURS
        case ast.Attribute(attr=name):
            return name in READING
        case _:
            return False


def excused(function: str) -> str:
    """Return the entry of `NOT_OUTSIDE` that a function falls under; empty for none."""
    module = function.partition(":")[0]
    parents = [module[:at] for at, char in enumerate(module) if char == "."]
    return next((n for n in (function, module, *parents) if n in NOT_OUTSIDE), "")


@contextmanager
def reached() -> Generator[set[str]]:
    """Collect the functions of ours that run meanwhile, by module and name."""
    found: set[str] = set()
    seen: dict[int, CodeType] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and id(code) not in seen:  # its hash would be the slowest part
            seen[id(code)] = code
            found.add(f"{frame.f_globals.get('__name__')}:{code.co_qualname}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


@cache
def all_readers() -> set[str]:
    return {
        name for module, path in modules() for name in readers(module, ast.parse(path.read_text()))
    }


async def test_every_function_that_reads_outside_data_is_on_a_table(stage: Stage) -> None:
    with reached() as found:
        for row in PARSERS.values():
            inputs = Inputs(SEED)
            for _ in range(FEW):
                row.read(row.make(inputs))
        for name in EDGES:
            await deliver(name, SOME, stage)
    missing = {name for name in all_readers() if not excused(name)} - found
    assert not missing, f"give it a row, or a reason in NOT_OUTSIDE: {sorted(missing)}"


def test_every_reason_to_leave_something_out_is_still_needed() -> None:
    assert set(NOT_OUTSIDE) - {excused(name) for name in all_readers()} == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import json\ndef f(x): return json.loads(x)", {"m:f"}),
        (
            "from bot.slack.shape import text as t\nclass A:\n  async def f(self, x): t(x, '')",
            {"m:A.f"},
        ),
        ("def f(x):\n  def g(): return int(x)\n  return g", {"m:f.<locals>.g"}),
        ("def f(x): return [float(y) for y in x]", {"m:f"}),
        ("def f(x): return Talk.model_validate_json(x), float('inf')", set[str]()),
    ],
)
def test_a_new_reader_would_be_noticed(source: str, found: set[str]) -> None:
    assert readers("m", ast.parse(source)) == found
