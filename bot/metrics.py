"""Every metric, declared once. Each process, and each test, has a `Metrics` of its own.

Totals that another module keeps anyway are read when Prometheus asks (`Metrics.pull`); gauges may
be too (`Gauge.set_function`). Label values are words of ours or of the networks' protocols, never
people's text.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""From a good day's store write to a cold start of Neo."""

ReadTotals = Callable[[], Iterable[tuple[str | tuple[str, ...], float]]]
"""Returns label values and totals, as `Counter(...).items()` does; a lone label is a string."""


@dataclass(frozen=True)
class Pulled:
    """A counter whose totals another module keeps."""

    name: str
    help: str
    labels: tuple[str, ...]


SLACK_CALLS = Pulled(
    "slack_calls", "Slack Web API calls, by method and outcome", ("method", "outcome")
)
SLACK_WAITED = Pulled("slack_waited_seconds", "Time calls waited for their turn", ("method",))
NEO_RECONNECTS = Pulled("neo_reconnects", "Task streams opened again, by reason", ("reason",))
NEO_SKIPPED = Pulled("neo_frames_skipped", "Stream frames not understood, by kind", ("kind",))


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

        self.received = self._counter(
            "received", "Requests from Slack, by kind and by what became of them", "kind", "outcome"
        )
        self.intake_gaps = self._counter(
            "intake_gaps", "Times that intake had been interrupted and history was read"
        )
        self.slack_connected = self._gauge(
            "slack_connected", "1 while a Socket Mode connection is up"
        )
        self.lease_held = self._gauge("lease_held", "1 while this process owns the installation")
        self.inbox_length = self._gauge("inbox_length", "Entries taken in and not yet handled")
        self.dead_letters = self._counter("dead_letters", "Entries given up after repeated errors")
        self.followed_tasks = self._gauge("followed_tasks", "Task streams followed now")
        self.relayed = self._counter("relayed", "Task events relayed, by type", "type")
        self.relay_delay = self._histogram(
            "relay_delay_seconds", "From a task event's arrival to its delivery in Slack"
        )
        self.decisions = self._counter("decisions", "Approvals decided, by outcome", "outcome")

    def observe_request(self, kind: str, outcome: str) -> None:
        """Count one request from Slack; the hook of `bot.slack.listeners`."""
        self.received.labels(kind=kind, outcome=outcome).inc()

    def pull(self, metric: Pulled, read: ReadTotals) -> None:
        """Show `metric` with the totals that `read` returns, asked for at each scrape."""
        self.registry.register(_Totals(metric, read))

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"neo_slack_{name}", help_, labels, registry=self.registry)

    def _gauge(self, name: str, help_: str) -> Gauge:
        return Gauge(f"neo_slack_{name}", help_, registry=self.registry)

    def _histogram(self, name: str, help_: str) -> Histogram:
        return Histogram(f"neo_slack_{name}", help_, registry=self.registry, buckets=SECONDS)


class _Totals(Collector):
    def __init__(self, metric: Pulled, read: ReadTotals) -> None:
        self._metric = metric
        self._read = read

    def collect(self) -> Iterator[CounterMetricFamily]:
        metric = self._metric
        family = CounterMetricFamily(f"neo_slack_{metric.name}", metric.help, labels=metric.labels)
        for key, total in self._read():
            family.add_metric((key,) if isinstance(key, str) else key, total)
        yield family
