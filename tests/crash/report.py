"""The table of a matrix. Pure."""

from collections.abc import Iterator, Sequence

from bench.figures import percentile, table
from crash.runs import Result
from crash.violations import Kind

COLUMNS = ("runs", "lost", "twice", "out of order", "cards", "other", "named windows", "not met")

_OTHER = (Kind.KEY, Kind.LEFT, Kind.STALE, Kind.RIGHTS, Kind.AUDIT)


def report(groups: dict[str, Sequence[Result]], *, seeds: str, wall: float) -> str:
    """Return the figures of each group of runs, how fast somebody took over, and the times."""
    rows = [("", *COLUMNS)]
    rows += [(name, *map(str, _figures(results))) for name, results in groups.items()]
    results = [result for group in groups.values() for result in group]
    return "\n".join([table(rows), "", *_takeovers(groups), *_facts(results, seeds, wall)])


def _figures(results: Sequence[Result]) -> Iterator[int]:
    broken = [violation for result in results for violation in result.broken]
    kinds = [violation.kind for violation in broken]
    yield len(results)
    yield kinds.count(Kind.LOST)
    yield kinds.count(Kind.TWICE)
    yield kinds.count(Kind.ORDER)
    yield kinds.count(Kind.CARD)
    yield sum(kind in _OTHER for kind in kinds)
    yield sum(len(result.violations) - len(result.broken) for result in results)
    yield sum(not result.reached for result in results)


def _takeovers(groups: dict[str, Sequence[Result]]) -> Iterator[str]:
    for name, results in groups.items():
        if takeovers := [seconds for result in results for seconds in result.takeovers]:
            median, most = percentile(takeovers, 50), percentile(takeovers, 99)
            times = f"p50 {median:.2f} s, p99 {most:.2f} s ({len(takeovers)} deaths)"
            yield f"until another works, {name}: {times}"


def _facts(results: Sequence[Result], seeds: str, wall: float) -> Iterator[str]:
    if seeds:
        yield f"seeds: {seeds}"
    each = sum(result.seconds for result in results) / max(1, len(results))
    yield f"wall time: {wall:.0f} s, {each:.1f} s a run"
    for result in results:
        for violation in result.violations:
            yield f"{result.name}: {violation}"
