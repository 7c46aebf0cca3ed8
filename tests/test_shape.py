"""How the code is cut: small functions, small files, tests that say what they test."""

import ast
from collections.abc import Iterator
from pathlib import Path

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


def patches(path: Path) -> Iterator[str]:
    """Yield what replaces something of ours, and where."""
    banned = {"mock", "AsyncMock", "MagicMock", "Mock"}
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                names = [alias.name for alias in names if alias.name.startswith("unittest")]
            case ast.ImportFrom(module=str(module), names=names):
                is_banned = module.startswith("unittest")
                names = [alias.name for alias in names if is_banned or alias.name in banned]
            case ast.Attribute(attr="setattr", value=ast.Name(id="monkeypatch")):
                names = ["monkeypatch.setattr"]
            case _:
                continue
        yield from (f"{named(path)}:{node.lineno}: {name}" for name in names)


# Each looks at all files at once: a thousand small tests would take the suite seconds.


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{named(path)}:{function.name}": length(function)
        for path in CODE
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    }

    assert {name: lines for name, lines in long.items() if name not in EXCEPTIONS} == {}
    assert {name for name in EXCEPTIONS if ":" in name} <= set(long), "no longer needed"


def test_no_file_is_too_long_to_read_at_once() -> None:
    lines = {named(path): len(path.read_text().splitlines()) for path in CODE}
    long = {name: count for name, count in lines.items() if count > FILE_LINES}

    assert {name: count for name, count in long.items() if name not in EXCEPTIONS} == {}
    assert {name for name in EXCEPTIONS if ":" not in name} <= set(long), "no longer needed"


def test_nothing_of_ours_is_patched() -> None:
    """Time, networks and the store are arguments or real; only the environment is a fixture's."""
    assert [patch for path in TESTS for patch in patches(path)] == []


def test_every_test_is_named_by_a_sentence() -> None:
    names = [function.name for path in TESTS for function in functions(path)]
    tests = [name for name in names if name.startswith("test_")]

    assert len(tests) > len(TESTS)
    assert [name for name in tests if len(name.split("_")) <= NAME_WORDS] == []


def test_the_top_level_holds_only_what_belongs_there() -> None:
    allowed = {
        *("pyproject.toml", "README.md", "manifest.yml", "Dockerfile", "uv.lock"),
        *("bot", "tests", "deploy", "dist"),
    }

    assert {p.name for p in REPOSITORY.iterdir() if not p.name.startswith(".")} <= allowed
