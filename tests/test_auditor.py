"""`neo-slack audit`: what was decided is there as it was written, or it is said where it is not."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import auditor
from bot.audit.chain import GENESIS, Entry, Head, chained
from bot.audit.record import AuditKind, AuditRecord, Fact
from bot.auditor import export, moment, verify
from bot.errors import ConfigurationProblem
from bot.ids import Installation
from bot.policy.file import parse
from bot.sandbox.faults import ApiError, Conflict
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons, plain_text
from bot.settings import Settings
from bot.store import Audit, EmbeddedValkey, Store, open_store
from bot.store.keys import Keys, Kind
from conversation.scenes import QUICK, ask, finish, whispered, working
from stage import ANN, BOB, EVE, INFRA, Stage

RECORDS = 6


@pytest.fixture
def settings(stage: Stage) -> Settings:
    return stage.settings


@pytest.fixture
def key(installation: Installation) -> str:
    """The key of the installation's entries."""
    return Keys(installation).of(Kind.AUDIT)


async def fill(store: Store, installation: Installation, count: int = RECORDS) -> None:
    for n in range(1, count + 1):
        await Audit(store, installation).append(Fact(kind=AuditKind.STOP, who=f"U{n}"))


@pytest.fixture
async def filled(store: Store, installation: Installation) -> Store:
    """A store with a chain in it."""
    await fill(store, installation)
    return store


async def line_of(settings: Settings, installation: Installation) -> str:
    """Return what `audit verify` says of one installation."""
    lines, _ = await verify(settings)
    (line,) = [line for line in lines if line.startswith(f"{installation}: ")]
    return line


async def exported(
    settings: Settings, installation: Installation, since: datetime | None = None
) -> list[dict[str, Any]]:
    lines = list[str]()
    await export(settings, since, lines.append)
    documents = [json.loads(line) for line in lines]
    return [one for one in documents if one["installation"] == installation]


async def test_a_whole_chain_is_counted_and_its_last_hash_is_named(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await fill(store, installation)
    head, _ = await Audit(store, installation).look()
    assert head
    assert await line_of(settings, installation) == (
        f"{installation}: {RECORDS} records, the last hash is {head.hash}"
    )


async def _change(store: Store, key: str, n: int) -> int:
    text = await store.call("LINDEX", key, n - 1)
    await store.call("LSET", key, n - 1, str(text).replace(f"U{n}", "U9"))
    return n


async def _remove(store: Store, key: str, n: int) -> int:
    await store.call("LSET", key, n - 1, "gone")
    await store.call("LREM", key, 1, "gone")
    return n


async def _move(store: Store, key: str, n: int) -> int:
    text = await store.call("LINDEX", key, n - 1)
    await _remove(store, key, n)
    await store.call("RPUSH" if n == 1 else "LPUSH", key, str(text))
    return 1


async def _insert(store: Store, key: str, n: int) -> int:
    at = str(await store.call("LINDEX", key, n - 1))
    record = Entry.read(at).record.replace(f"U{n}", "U9")
    before = await store.call("LINDEX", key, n - 2) if n > 1 else ""
    head = Head(n - 1, Entry.read(str(before)).hash) if n > 1 else Head()
    await store.call("LINSERT", key, "BEFORE", at, chained(head, record).text())
    return n + 1  # it follows what was before it, but nothing follows it


async def _append(store: Store, key: str, n: int) -> int:
    last = Entry.read(str(await store.call("LINDEX", key, -1)))
    forged = chained(Head(RECORDS, last.hash), last.record.replace(f"U{RECORDS}", f"U{n}"))
    await store.call("RPUSH", key, forged.text())
    return RECORDS + 1


async def _cut(store: Store, key: str, n: int) -> int:
    await store.call("LTRIM", key, 0, n - 2) if n > 1 else await store.call("DEL", key)
    return n


Tampering = Callable[[Store, str, int], Awaitable[int]]


@pytest.mark.parametrize("n", range(1, RECORDS + 1))
@pytest.mark.parametrize("tamper", [_change, _remove, _move, _insert, _append, _cut])
async def test_whatever_was_done_to_the_records_is_found_and_its_place_is_named(
    settings: Settings, filled: Store, installation: Installation, tamper: Tampering, n: int
) -> None:
    broken_at = await tamper(filled, Keys(installation).of(Kind.AUDIT), n)
    line = await line_of(settings, installation)
    assert line.startswith(f"{installation}: BROKEN at record {broken_at}: ")
    _, is_whole = await verify(settings)
    assert not is_whole


async def test_a_chain_that_is_longer_than_a_page_is_walked_to_its_end(
    settings: Settings, store: Store, installation: Installation, key: str
) -> None:
    await fill(store, installation, auditor.PAGE + 2)
    assert f"{auditor.PAGE + 2} records" in await line_of(settings, installation)
    assert len(await exported(settings, installation)) == auditor.PAGE + 2
    await store.call("LSET", key, auditor.PAGE, "changed")
    assert f"BROKEN at record {auditor.PAGE + 1}:" in await line_of(settings, installation)


async def test_who_has_no_records_is_told_so(tmp_path: Path, settings: Settings) -> None:
    home = settings.model_copy(update={"redis_url": None, "data_dir": tmp_path / "home"})
    assert await verify(home) == (["No audit records."], True)
    lines = list[str]()
    await export(home, None, lines.append)
    assert lines == []


async def test_every_installation_is_walked_whether_its_bridge_runs_or_not(
    settings: Settings, tmp_path: Path
) -> None:
    home = settings.model_copy(update={"redis_url": None, "data_dir": tmp_path / "home"})
    async with EmbeddedValkey(home.data_dir) as valkey, open_store(valkey.url) as store:
        await fill(store, Installation("T1"), 1)
        await fill(store, Installation("T2"), 2)
        running, is_whole = await verify(home)
        assert is_whole
        assert [line.partition(",")[0] for line in running] == ["T1: 1 record", "T2: 2 records"]
        await _change(store, Keys(Installation("T1")).of(Kind.AUDIT), 1)
    lines, is_whole = await verify(home)
    assert not is_whole
    assert lines == [
        "T1: BROKEN at record 1: record 1 does not follow the beginning of the chain.",
        running[1],
    ]


async def test_what_is_exported_can_be_verified_without_the_bridge(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await fill(store, installation)
    last = GENESIS
    for n, line in enumerate(await exported(settings, installation), 1):
        record = json.dumps(line["record"], sort_keys=True, separators=(",", ":"))
        assert chained(Head(n - 1, last), record).hash == line["hash"]
        assert line["n"] == n
        last = line["hash"]
    assert last in await line_of(settings, installation)


async def test_an_export_begins_at_the_time_that_is_named(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await fill(store, installation, 4)
    all_lines = await exported(settings, installation)
    third = AuditRecord.model_validate(all_lines[2]["record"]).at
    assert await exported(settings, installation, third) == all_lines[2:]
    assert await exported(settings, installation, moment("2999-01-01")) == []


@pytest.mark.parametrize("text", ["nonsense", '{"v":2,"at":"2999-01-01T00:00:00Z","new":"x"}'])
async def test_what_this_version_cannot_read_is_exported_all_the_same(
    settings: Settings, store: Store, installation: Installation, key: str, text: str
) -> None:
    await fill(store, installation, 2)
    await store.call("LSET", key, 0, f"{'0' * 64} {text}")
    first = (await exported(settings, installation, moment("2026-01-01")))[0]
    assert first["n"] == 1
    assert first["record"] in (text, {"v": 2, "at": "2999-01-01T00:00:00Z", "new": "x"})


def test_a_time_without_a_zone_is_in_utc_and_nonsense_is_refused() -> None:
    assert moment("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC)
    assert moment("2026-05-01T09:00:00+02:00") == datetime(2026, 5, 1, 7, tzinfo=UTC)
    with pytest.raises(ConfigurationProblem, match="--since"):
        moment("yesterday")


def summary(lines: list[dict[str, Any]]) -> list[str]:
    """Return each exported record as kind, who, and what became of it."""
    records = [line["record"] for line in lines]
    return [f"{r['kind']} {r['who']} {r['outcome']}".strip() for r in records]


async def recorded(store: Store, installation: Installation, count: int) -> None:
    """Wait until an installation has so many records."""
    async with asyncio.timeout(10):
        while (await Audit(store, installation).look())[1] < count:  # noqa: ASYNC110 -- polled
            await asyncio.sleep(0.01)


async def test_a_thread_with_decisions_a_refused_click_and_a_stop_leaves_exactly_its_records(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        root, task = await working(stage, "rotate the secret keys")
        await ask(stage, root, task, "First?")
        await stage.click(root, "Approve", user=BOB)
        await whispered(stage, BOB, "Only")
        await stage.click(root, "Approve", user=EVE)
        await whispered(stage, EVE, "not on the list")
        await stage.click(root, "Approve")
        await recorded(store, installation, 5)
        await ask(stage, root, task, "Second?")
        await stage.reply(root, "only on dev, please")
        await recorded(store, installation, 7)
        await ask(stage, root, task, "Third?")
        await stage.reply(root, "yes", user=BOB)
        await recorded(store, installation, 8)
        await stage.click(root, "Deny")
        await recorded(store, installation, 10)
        await stage.click(root, "Stop", user=BOB)
        await recorded(store, installation, 11)
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped. Reply here")
    lines = await exported(stage.settings, installation)
    assert summary(lines) == [
        f"task_started {ANN}",
        f"decision_refused {BOB} not_allowed",
        f"decision_refused {EVE} not_allowed",
        f"decision_taken {ANN} approved",
        f"decision_delivered {ANN} approved",
        f"decision_taken {ANN} denied_with_words",
        f"decision_delivered {ANN} denied_with_words",
        f"decision_refused {BOB} not_allowed",
        f"decision_taken {ANN} denied",
        f"decision_delivered {ANN} denied",
        f"stop {BOB} not_allowed",
        f"stop {ANN} asked",
    ]
    whose = {line["record"]["owner"] for line in lines if line["record"]["who"] == ANN}
    assert whose == {"shared"}
    assert {line["record"]["task"] for line in lines} == {task.id}
    assert not any(
        word in json.dumps(lines) for word in ("rotate", "dev", "First", stage.neo.token)
    )
    assert f"{len(lines)} records" in await line_of(stage.settings, installation)


async def test_what_was_decided_elsewhere_or_not_at_all_says_so(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        request = await ask(stage, root, task, "First?")
        now = events.rfc3339(task.last_event_at)
        approved = events.user_confirmation(request, ok=True, timestamp=now)
        await stage.neo.type_in_console(task.id, approved)
        await stage.sees(root, "Approved")
        await ask(stage, root, task, "Second?")
        await finish(stage, root, task)
        await recorded(store, installation, 3)
    lines = await exported(stage.settings, installation)
    started, elsewhere, undecided = summary(lines)
    assert started == f"task_started {ANN}"
    assert elsewhere.startswith("decided_elsewhere pulumi:")
    assert elsewhere.endswith(" approved")
    assert undecided == "ended_undecided end_of_turn"
    assert {line["record"]["owner"] for line in lines[1:]} == {""}, "nobody's token acted"


async def test_what_neo_does_not_accept_and_what_is_outdated_is_recorded(
    stage: Stage, installation: Installation
) -> None:
    async with stage.bridging(patience=QUICK):
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        card = next(m for m in stage.thread(root) if "May I?" in plain_text(m))
        action, _, value = next(b for b in buttons(card) if b[1] == "Approve")
        outdated = value.replace(json.loads(value)["d"], "0" * 32)
        await stage.slack.click(ANN, INFRA, card.ts, action, value=outdated)
        await whispered(stage, ANN, "Nothing was decided")
        stage.neo.faults.add("respond", ApiError("not just now"))
        await stage.click(root, "Approve")
        await stage.sees(root, "did not reach Neo")
        stage.neo.faults.add("respond", Conflict(), times=1000)
        await stage.click(root, "Stop")
        await stage.sees(root, "Neo did not stop")
    lines = await exported(stage.settings, installation)
    assert summary(lines)[1:] == [
        f"decision_refused {ANN} outdated",
        f"decision_taken {ANN} approved",
        f"decision_not_accepted {ANN} status_400",
        f"stop {ANN} asked",
        f"stop {ANN} busy",
    ]


async def test_the_policy_by_which_is_decided_is_recorded_by_its_digest_alone(
    stage: Stage, store: Store, installation: Installation
) -> None:
    policy = parse('[[rule]]\ndeciders = ["owner", "U0BOB"]\n')
    async with stage.bridging(policy=policy):
        await working(stage)
        await recorded(store, installation, 2)
    lines = await exported(stage.settings, installation)
    assert summary(lines) == ["policy_loaded  loaded", f"task_started {ANN}"]
    assert [line["record"]["digest"] for line in lines] == [policy.digest] * 2
