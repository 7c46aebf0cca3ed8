import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import health
from bot.errors import ConfigurationProblem
from bot.metrics import NEO_SKIPPED, SLACK_CALLS, Metrics


class Bridge:
    """What the endpoints are told about."""

    def __init__(self) -> None:
        self.stuck: list[str] = []
        self.store = True
        self.slack = True
        self.metrics = Metrics()

    async def ask_store(self) -> bool:
        return self.store

    async def ask_slack(self) -> bool:
        return self.slack

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        app = health.build(
            stuck=lambda: self.stuck,
            ready={"store": self.ask_store, "slack": self.ask_slack},
            metrics=self.metrics,
        )
        async with health.serving(app, 0) as port:
            yield f"http://127.0.0.1:{port}"


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_alive_while_nothing_hangs_even_when_slack_is_down() -> None:
    bridge = Bridge()
    bridge.slack = False

    async with bridge.serving() as url:
        assert await get(f"{url}/healthz") == (200, '{"alive": true, "stuck": []}')


async def test_not_alive_when_a_loop_hangs() -> None:
    bridge = Bridge()
    bridge.stuck = ["inbox"]

    async with bridge.serving() as url:
        assert await get(f"{url}/healthz") == (503, '{"alive": false, "stuck": ["inbox"]}')


async def test_ready_when_every_part_is() -> None:
    async with Bridge().serving() as url:
        answer = await get(f"{url}/readyz")

    assert answer == (200, '{"ready": true, "store": true, "slack": true}')


async def test_not_ready_says_which_part_is_not() -> None:
    bridge = Bridge()
    bridge.store = False

    async with bridge.serving() as url:
        answer = await get(f"{url}/readyz")

    assert answer == (503, '{"ready": false, "store": false, "slack": true}')


async def test_a_part_that_does_not_answer_is_not_ready() -> None:
    async def hang() -> bool:
        await asyncio.Event().wait()
        return True

    app = health.build(stuck=list, ready={"store": hang}, metrics=Metrics(), probe_seconds=0.01)
    async with health.serving(app, 0) as port:
        answer = await get(f"http://127.0.0.1:{port}/readyz")

    assert answer == (503, '{"ready": false, "store": false}')


async def test_metrics_are_what_prometheus_reads() -> None:
    bridge = Bridge()
    bridge.metrics.observe_request("event", "stored")

    async with bridge.serving() as url:
        status, text = await get(f"{url}/metrics")

    assert status == 200
    assert total(text, "neo_slack_received", kind="event", outcome="stored") == 1


def total(text: str, name: str, **labels: str) -> float:
    """Read one counter out of Prometheus' text format."""
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (value,) = [
        s.value for s in families[name].samples if s.name.endswith("_total") and s.labels == labels
    ]
    return value


def test_totals_kept_elsewhere_are_read_at_each_scrape() -> None:
    metrics = Metrics()
    calls = Counter({("chat.update", "ok"): 3})
    skipped = Counter({"novelty": 1})
    metrics.pull(SLACK_CALLS, calls.items)
    metrics.pull(NEO_SKIPPED, skipped.items)

    calls["chat.update", "ok"] += 1
    text = metrics.exposition().decode()

    assert total(text, "neo_slack_slack_calls", method="chat.update", outcome="ok") == 4
    assert total(text, "neo_slack_neo_frames_skipped", kind="novelty") == 1


def test_every_metric_has_our_prefix_and_two_processes_share_none() -> None:
    first, second = Metrics(), Metrics()
    first.inbox_length.set(5)

    assert b"neo_slack_inbox_length 5.0" in first.exposition()
    assert b"neo_slack_inbox_length 0.0" in second.exposition()


async def test_a_taken_port_is_a_problem_of_the_settings() -> None:
    app = health.build(stuck=list, ready={}, metrics=Metrics())
    async with health.serving(app, 0) as port:
        again = health.build(stuck=list, ready={}, metrics=Metrics())
        with pytest.raises(ConfigurationProblem, match=r"^NEO_SLACK_HTTP_PORT: "):
            async with health.serving(again, port):
                pass


def test_the_watchdog_names_loops_that_stand_still() -> None:
    now = [0.0]
    watchdog = health.Watchdog(lambda: now[0], limit=60)
    watchdog.beat("inbox")
    watchdog.beat("lease")
    watchdog.beat("demo")

    now[0] = 50
    watchdog.beat("lease")
    watchdog.forget("demo")
    assert watchdog.stuck() == []

    now[0] = 61
    assert watchdog.stuck() == ["inbox"]

    watchdog.beat("inbox")
    assert watchdog.stuck() == []
