"""The policy file: what is read, and every mistake in it with its line."""

import json
import re
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigurationProblem
from bot.policy.file import MOST_BYTES, parse, read
from bot.policy.fitting import doubts
from bot.policy.freezes import is_frozen_always
from bot.policy.rules import LAST_RESORT, OWNER_ONLY, Asking, Bound, Rule, Window, rule_for
from bot.policy.times import duration, time_of_day
from policy.examples import PLATFORM, rules, windows

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
EXAMPLE = README[README.index("```toml\n") + 8 :].partition("```")[0]

HERE = frozenset({"C1"})
BERLIN = ZoneInfo("Europe/Berlin")


def test_the_example_of_the_readme_says_what_its_comments_say() -> None:
    policy = parse(EXAMPLE)
    production = rule_for(policy, Asking(HERE, stacks=("checkout/prod",)))
    unknown = rule_for(policy, Asking(HERE, sensitivity="sensitive"))

    assert (production.quorum, production.requester_counts) == (2, False)
    assert (production.remind_after, production.escalate_after) == (1800, 7200)
    assert [window.time_zone for window in production.freeze] == [BERLIN, BERLIN]
    assert unknown.deciders == ("owner", "S0123456789")
    assert rule_for(policy, Asking(HERE, stacks=("web/dev",))) is LAST_RESORT
    assert policy.bounds[0] == Bound(
        ids=frozenset({"C0123456789"}), approval_mode="manual", permission_mode="read-only"
    )
    assert policy.admins == {"U0123456789"}
    assert [EXAMPLE.splitlines()[line - 1][:8] for line in policy.lines] == ["[[rule]]"] * 2
    assert doubts(policy) == []


def test_the_tables_of_the_readme_name_every_key_and_no_other() -> None:
    def keys(of: str) -> set[str]:
        table = README[README.index(f"| Key of a `[[{of}]]`") :].partition("\n\n")[0]
        cells = [row.split("|")[1] for row in table.splitlines()[2:]]
        return set(re.findall(r"`(\w+)`", " ".join(cells)))

    windows_keys = {"days", "from", "to", "time_zone"}
    assert keys("rule") == set(Rule.__dataclass_fields__) | windows_keys
    assert keys("channel") == set(Bound.__dataclass_fields__)


def test_an_empty_file_is_the_policy_without_a_file_but_for_its_digest() -> None:
    policy = parse("# nothing yet\n")

    assert (policy.rules, policy.bounds, policy.admins) == ((), (), frozenset())
    assert policy.digest
    assert OWNER_ONLY.digest == ""
    assert parse("# something else\n").digest != policy.digest


def test_one_value_stands_for_a_list_of_it_and_times_need_no_quotes() -> None:
    (only,) = parse(
        f"""
[[rule]]
deciders = "{PLATFORM}"
channels = "C1"
freeze = [
  {{ days = "fri", from = 16:00:00, to = "24:00", time_zone = "Europe/Berlin" }},
  {{ from = "23:00", to = 00:00:00 }},
  {{ days = ["sat"] }},
]
"""
    ).rules

    assert (only.deciders, only.channels) == ((PLATFORM,), {"C1"})
    assert only.freeze == (
        Window(days=frozenset({4}), start=960, end=1440, time_zone=BERLIN),
        Window(start=1380, end=1440, time_zone=UTC),
        Window(days=frozenset({5})),
    )


def written(drawn: Rule) -> str:
    """Write a rule as one would into a file."""
    durations = {
        name: duration(value)
        for name in ("remind_after", "escalate_after", "expire_after")
        if (value := getattr(drawn, name))
    }
    values: dict[str, Any] = {
        "channels": drawn.channels and sorted(drawn.channels),
        "stacks": drawn.stacks,
        "projects": drawn.projects,
        "sensitivity": drawn.sensitivity and sorted(drawn.sensitivity),
        "approval_types": drawn.approval_types and sorted(drawn.approval_types),
        "deciders": drawn.deciders,
        "quorum": drawn.quorum,
        "requester_counts": drawn.requester_counts,
        "escalate_to": drawn.escalate_to,
    }
    lines = ["[[rule]]"]
    for name, value in (values | durations).items():
        lines += [f"{name} = {json.dumps(value)}"] if value is not None else []
    for window in drawn.freeze:
        days = [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] for day in window.days]
        lines += ["[[rule.freeze]]", f"days = {json.dumps(days)}"]
        lines += [f'from = "{time_of_day(window.start)}"', f'to = "{time_of_day(window.end)}"']
        lines += [f'time_zone = "{window.time_zone}"']
    return "\n".join(lines)


timed = st.builds(
    Rule,
    deciders=st.just((PLATFORM,)),
    remind_after=st.none() | st.integers(60, 3600),
    escalate_after=st.none() | st.integers(3601, 7200),
    escalate_to=st.just("C1"),
    expire_after=st.integers(7201, 31_536_000),
    freeze=st.lists(windows, max_size=2).map(tuple),
)


@given(rules | timed)
def test_a_rule_that_is_written_is_read_back(drawn: Rule) -> None:
    contradicts = "owner" in drawn.deciders and not drawn.requester_counts
    too_few = not drawn.groups and drawn.quorum > len(drawn.deciders)
    misfits = {"requester_counts"} if contradicts else {"quorum"} if too_few else set[str]()
    misfits |= {"freeze"} if is_frozen_always(drawn) else set()
    told: list[str] = []
    try:
        assert parse(written(drawn)).rules == (drawn,)
    except ConfigurationProblem as problem:
        told = problem.lines
    assert {line.split("`")[1] for line in told} == misfits


SHAPED = re.compile(r"line (\d+): .+")

keys = st.sampled_from(
    ["rule", "channel", "admins", "deciders", "freeze", "from", "days", "quorum", "x", '"a\\nb"']
)
values = st.sampled_from(
    [
        "1",
        "true",
        '"x"',
        '"S1"',
        "[]",
        '["U1", 1]',
        "{ a = 1 }",
        "[{ from = 1 }]",
        "07:30:00",
        "1e9",
    ]
)
statements = st.one_of(
    st.builds("{} = {}".format, keys, values),
    st.builds("[{}]".format, keys),
    st.builds("[[{}]]".format, keys),
    st.just("[[rule.freeze]]"),
    st.text(max_size=5),
)


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """Draw the example with a piece of it replaced by anything."""
    start, length = draw(st.integers(0, len(EXAMPLE))), draw(st.integers(0, 40))
    put = draw(st.text(max_size=5) | st.text(alphabet="[]{}=\"'#\n,.", max_size=5))
    return EXAMPLE[:start] + put + EXAMPLE[start + length :]


@given(mutilated() | st.lists(statements, max_size=12).map("\n".join) | st.text())
def test_whatever_is_wrong_is_told_with_a_line_of_the_file(text: str) -> None:
    told: list[str] = []

    try:
        parse(text)
    except ConfigurationProblem as problem:
        told = problem.lines
        assert told

    for line in told:
        shaped = SHAPED.fullmatch(line)
        assert shaped, line
        assert 1 <= int(shaped[1]) <= text.count("\n") + 1


@given(st.binary())
def test_any_bytes_are_a_policy_or_a_problem(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        told: list[str] = []
        try:
            read(Path(file.name))
        except ConfigurationProblem as problem:
            told = problem.lines
    assert all(map(SHAPED.fullmatch, told))


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "large.toml").write_bytes(b"#" * (MOST_BYTES + 1))
    (tmp_path / "latin.toml").write_bytes(b"# one\n# caf\xe9\n")
    told: list[str] = []
    for name in ("missing.toml", ".", "large.toml", "latin.toml", "a\0b"):
        with pytest.raises(ConfigurationProblem) as caught:
            read(tmp_path / name)
        told += caught.value.lines

    assert told == [
        "the file cannot be read: No such file or directory",
        "the file cannot be read: Is a directory",
        "the file is larger than 64 KiB",
        "line 2: is not UTF-8 text",
        "must be the path of a file",
    ]


def test_a_mark_at_the_beginning_of_a_file_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xef\xbb\xbf[[rule]]\r\nquorum = 1\r\n")

    assert read(tmp_path / "policy.toml").rules == (LAST_RESORT,)
