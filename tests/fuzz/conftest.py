"""What a long run came to is told at its end, wherever its processes ran."""

from collections.abc import Iterator

import pytest

from fuzz.measure import FIGURE, as_in_the_process


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports: list[pytest.TestReport] = terminalreporter.getreports("passed")
    lines = [str(line) for r in reports for name, line in r.user_properties if name == FIGURE]
    if lines:
        terminalreporter.section("outside data")
        terminalreporter.write_line("\n".join(sorted(lines)))


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    with as_in_the_process():
        yield
