"""The line of everything in a TOML text, though `tomllib` does not tell it."""

import json
import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.lines import Lines, Path, why_unreadable

BETWEEN = ("", "   ", "# [[rule]]", '# a = """', "\t# ]")
SCALARS = ("1", "true", '"# no comment"', "'[[x]]'", "07:30:00", '"""one"""', "''''quoted''''")
ONE_LINE = (*SCALARS, "[]", '[1, ["]"]]', '{ a = 1, "b c" = [2] }')
INSIDE_TEXT = ("", "[[rule]]", "key = 1", "# ]", "'''x''", "]", "a = [", "\u2028 \u0085 \x0c")

names = st.text(alphabet="ab.[]#='\" é\u2028", max_size=4).map(
    lambda name: json.dumps(name, ensure_ascii=False)
) | st.sampled_from(["a", "b", "rule", "freeze"])


@dataclass
class Written:
    """A TOML text that grows, with where everything in it is."""

    lines: list[str] = field(default_factory=list[str])
    where: dict[Path, int] = field(default_factory=dict[Path, int])

    def line(self, text: str, *paths: Path) -> None:
        self.lines.append(text)
        for path in paths:
            self.where[path] = len(self.lines)


@st.composite
def documents(draw: st.DrawFn) -> Written:
    """Draw a text of tables with statements of every shape, some of several lines."""
    written = Written()
    for number in range(draw(st.integers(0, 4))):
        table: Path = ()
        if number:
            table = draw_header(draw, written, number)
        for _ in range(draw(st.integers(0, 3))):
            draw_statement(draw, written, table)
    return written


def draw_header(draw: st.DrawFn, written: Written, number: int) -> Path:
    """Begin a table: one of its own, one of a list, or one inside the last of a list."""
    items = sum(path[:1] == ("list",) and len(path) == 2 for path in written.where)
    kind = draw(st.sampled_from(["own", "item", *(["inner"] if items else [])]))
    if kind == "own":
        written.line(f"[t{number}.'deep er']", (f"t{number}",), (f"t{number}", "deep er"))
        return (f"t{number}", "deep er")
    if kind == "item":
        written.line("[[ list ]] # [[list]]", ("list", items))
        return ("list", items)
    within: Path = ("list", items - 1, f"inner{number}")
    written.line(f'[[list."inner{number}"]]', (*within, 0))
    return (*within, 0)


def draw_statement(draw: st.DrawFn, written: Written, table: Path) -> None:
    written.line(draw(st.sampled_from(BETWEEN)))
    key = f"k{len(written.lines)}"
    shape = draw(st.sampled_from(["one", "dotted", "text", "list", "tables"]))
    if shape == "one":
        written.line(f"{key} = {draw(st.sampled_from(ONE_LINE))} # end", (*table, key))
    elif shape == "dotted":
        written.line(f" {key} . x = 1", (*table, key), (*table, key, "x"))
    elif shape == "text":
        quotes = draw(st.sampled_from(['"""', "'''"]))
        written.line(f"{key} = {quotes}", (*table, key))
        for inner in draw(st.lists(st.sampled_from(INSIDE_TEXT))):
            written.line(inner.replace("'''", "").replace("\x0c", ""))
        written.line(f"{quotes}  # '''")
    else:
        draw_list(draw, written, (*table, key), of_tables=shape == "tables")


def draw_list(draw: st.DrawFn, written: Written, at: Path, *, of_tables: bool) -> None:
    """Write a list of several lines, an item or more on each."""
    written.line(f"{at[-1]} = [", at)
    place = 0
    for on_this_line in draw(st.lists(st.integers(0, 2))):
        paths: list[Path] = [(*at, n) for n in range(place, place + on_this_line)]
        if of_tables:
            paths += [(*path, "x") for path in paths]
        value = '{ x = "]" }' if of_tables else draw(st.sampled_from(SCALARS))
        written.line(f'  {f"{value}, " * on_this_line}# ], "', *paths)
        place += on_this_line
    written.line("]")


@given(documents(), st.sampled_from(["\n", "\r\n"]))
def test_every_table_key_and_item_is_found_on_its_line(written: Written, end: str) -> None:
    text = end.join(written.lines)
    assert why_unreadable(text) is None, text

    found = Lines(text)

    assert {path: found.of(path) for path in written.where} == written.where


@given(st.lists(names, min_size=1, max_size=3, unique_by=lambda name: name.strip('"')))
def test_keys_of_any_characters_are_found(keys: list[str]) -> None:
    text = "\n".join(f"# {key}\n{key} = 1" for key in keys)
    read = tomllib.loads(text)

    found = Lines(text)

    assert [found.of((key,)) for key in read] == [2 * n + 2 for n in range(len(read))]


def test_what_is_not_there_is_where_it_would_be() -> None:
    found = Lines("a = 1\n[[rule]]\n[[rule]]\nb = [1]\n")

    assert found.of(("rule", 1, "quorum")) == 3
    assert found.of(("rule", 1, "b", 7)) == 4
    assert found.of(("nothing",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a = 1\nb = \n", 2, "is not TOML: "),
        ("a = 1\n\n[x\nb = 2", 3, "is not TOML: "),
        ("a = 1\na = 2", 2, "is not TOML: "),
        ('a = 1\nb = """\nc\n\n', 2, "is not TOML: "),
        ("a = 1\n\nb = [1,\n\n", 3, "is not TOML: "),
        (f"a = 1\nb = {'1' * 5000}", 2, "has a number that cannot be read"),
        (f"a = 1\n\nb = {'[' * 5000}", 3, "is nested too deeply"),
    ],
)
def test_what_is_no_toml_is_told_with_the_line_where_it_breaks(
    text: str, line: int, why: str
) -> None:
    broken = why_unreadable(text)

    assert broken is not None
    assert broken[0] == line
    assert broken[1].startswith(why)


@given(st.text() | st.text(alphabet="[]{}=\"'#\n\r.,ab1 \t\\"))
def test_no_text_at_all_is_a_traceback(text: str) -> None:
    broken = why_unreadable(text)

    if broken is None:
        assert Lines(text).of(("a", 0)) >= 1
    else:
        assert 1 <= broken[0] <= text.count("\n") + 1
        assert "\n" not in broken[1]
