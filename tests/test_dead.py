"""`neo-slack dead`: the operator sees, retries and drops what could not be handled."""

from pathlib import Path

import pytest

from bot.dead import act
from bot.errors import ConfigurationProblem
from bot.ids import Installation, ThreadRef, Ts, UserId, ts_seconds
from bot.settings import Settings
from bot.slack.inbound import SLACK_INPUT, Clicked, Heard, SlackInput
from bot.store import EmbeddedValkey, Entry, Inbox, Lease, Store, open_store
from bot.store.dead import DeadLetters
from conversation.scenes import contents
from stage import ANN, INFRA, Stage

THREAD = ThreadRef(channel="C1", root=Ts("1700000000.000100"))
HEARD = Heard(thread=THREAD, user=UserId("U1"), ts=THREAD.root, text="a secret", mentions_bot=True)
CLICKED = Clicked(
    thread=THREAD,
    user=UserId("U2"),
    action_id="approve",
    value="v",
    message_ts=Ts("1700000001.000100"),
    action_ts=Ts("1700000002.000100"),
)


async def bury(store: Store, installation: Installation, *given: SlackInput) -> None:
    """Let inputs be given up, as the owner of the installation does."""
    inbox, lease = Inbox(store, installation), Lease(store, installation)
    assert await lease.acquire()
    for number, each in enumerate(given):
        await inbox.take_in(each.model_dump_json(), [f"m{number}"], thread_key=None, addressed=True)
    for entry in await inbox.read():
        assert await inbox.bury(lease, Entry(entry.id, entry.json), "KeyError('x')\nsecond line")
    await lease.release()


@pytest.fixture
def settings(stage: Stage) -> Settings:
    return stage.settings


async def ids_of(store: Store, installation: Installation) -> list[str]:
    letters = await DeadLetters(store).all()
    return [letter.id for letter in letters if letter.installation == installation]


async def test_they_are_listed_without_anybodys_words(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await bury(store, installation, HEARD, CLICKED)
    listed = await act(settings, "list")
    first, second = [line for line in listed.splitlines() if installation in line]
    assert first.endswith(f"heard U1 {THREAD.key()}  KeyError('x') second line")
    assert f"clicked U2 {THREAD.key()}" in second
    assert "secret" not in listed
    assert (await ids_of(store, installation))[0] in first


async def test_what_is_retried_goes_through_the_inbox_once_as_found_late(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await bury(store, installation, HEARD, CLICKED)
    assert await act(settings, "retry", await ids_of(store, installation)) == "2 back in the inbox."
    assert await ids_of(store, installation) == []
    given = [SLACK_INPUT.validate_json(e.json) for e in await Inbox(store, installation).read()]
    assert given == [one.model_copy(update={"found_late": True}) for one in (HEARD, CLICKED)]


async def test_a_form_that_is_retried_is_as_old_as_when_it_was_sent(
    settings: Settings, store: Store, installation: Installation
) -> None:
    form = CLICKED.model_copy(update={"message_ts": Ts(""), "action_ts": Ts(""), "words": "no"})
    before = await store.time()
    await bury(store, installation, form)
    await act(settings, "retry", await ids_of(store, installation))
    (entry,) = await Inbox(store, installation).read()
    again = SLACK_INPUT.validate_json(entry.json)
    assert isinstance(again, Clicked)
    assert before - 1 < ts_seconds(again.action_ts) < before + 60
    assert again.model_copy(update={"action_ts": Ts(""), "found_late": False}) == form


async def test_what_is_dropped_is_gone_and_the_rest_stays(
    settings: Settings, store: Store, installation: Installation
) -> None:
    await bury(store, installation, HEARD, CLICKED)
    first, second = await ids_of(store, installation)
    assert await act(settings, "drop", [first]) == "1 dropped."
    assert await ids_of(store, installation) == [second]
    with pytest.raises(ConfigurationProblem, match="there is no such dead letter"):
        await act(settings, "retry", [first])
    assert await Inbox(store, installation).read() == []


async def test_a_message_that_is_retried_starts_its_task(
    stage: Stage, store: Store, installation: Installation
) -> None:
    ts = await stage.slack.say(ANN, INFRA, stage.slack.mention("go"))
    thread = ThreadRef(channel=INFRA, root=Ts(ts))
    heard = HEARD.model_copy(
        update={"thread": thread, "user": ANN, "ts": ts, "text": stage.slack.mention("go")}
    )
    await bury(store, installation, heard)
    async with stage.bridging():
        await act(stage.settings, "retry", await ids_of(store, installation))
        task = await stage.task()
        await stage.sees(ts, "Done")
    assert contents(task) == ["go"]


async def test_the_embedded_store_is_found_whether_its_bridge_runs_or_not(
    settings: Settings, tmp_path: Path
) -> None:
    home = settings.model_copy(update={"redis_url": None, "data_dir": tmp_path / "home"})
    async with EmbeddedValkey(home.data_dir) as valkey, open_store(valkey.url) as store:
        await bury(store, Installation("T1"), HEARD)
        assert "heard U1" in await act(home, "list")
        assert valkey.pid, "the bridge's own server was used, and left alone"
    assert "heard U1" in await act(home, "list")
    assert await act(home, "drop") == "1 dropped."
    assert await act(home, "list") == "No dead letters."
