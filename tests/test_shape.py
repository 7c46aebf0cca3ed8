"""How the code is cut: small functions, small files, tests that say what they test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
CODE = sorted((REPOSITORY / "bot").rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))

FUNCTION_LINES = 40
FILE_LINES = 300
NAME_WORDS = 3

EXCEPTIONS: dict[str, str] = {}
"""`path` or `path:function` -> why it may be longer. Empty is how it should stay."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Count the lines from `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", CODE, ids=named)
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    long = {
        f"{named(path)}:{function.name}": length(function)
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    }

    assert {name: lines for name, lines in long.items() if name not in EXCEPTIONS} == {}


@pytest.mark.parametrize("path", CODE, ids=named)
def test_no_file_is_too_long_to_read_at_once(path: Path) -> None:
    lines = len(path.read_text().splitlines())

    assert lines <= FILE_LINES or named(path) in EXCEPTIONS


def test_every_exception_is_still_needed() -> None:
    long_files = {named(p) for p in CODE if len(p.read_text().splitlines()) > FILE_LINES}
    long_functions = {
        f"{named(path)}:{function.name}"
        for path in CODE
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    }

    assert set(EXCEPTIONS) <= long_files | long_functions


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_nothing_of_ours_is_patched(path: Path) -> None:
    """Time, networks and the store are arguments or real; only the environment is a fixture's."""
    banned = {"mock", "AsyncMock", "MagicMock", "Mock"}
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                assert not any(alias.name.startswith("unittest") for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                assert not module.startswith("unittest")
                assert not banned & {alias.name for alias in names}
            case ast.Attribute(attr="setattr", value=ast.Name(id="monkeypatch")):
                pytest.fail(f"line {node.lineno}: monkeypatch.setattr")
            case _:
                pass


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_every_test_is_named_by_a_sentence(path: Path) -> None:
    names = [function.name for function in functions(path) if function.name.startswith("test_")]

    assert [name for name in names if len(name.split("_")) <= NAME_WORDS] == []


def test_the_top_level_holds_only_what_belongs_there() -> None:
    allowed = {
        *("pyproject.toml", "README.md", "manifest.yml", "Dockerfile", "uv.lock"),
        *("bot", "tests", "deploy", "dist"),
    }

    assert {p.name for p in REPOSITORY.iterdir() if not p.name.startswith(".")} <= allowed
