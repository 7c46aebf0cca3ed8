"""Entries are taken, wait, or are buried; real store, and conversations that misbehave."""

import asyncio
from collections.abc import Callable

import pytest

from bot.delivery.posts import Place, Posted, PostOutcome
from bot.errors import (
    BotError,
    NeoUnavailable,
    SlackError,
    SlackGone,
    SlackUnauthorized,
    SlackUnavailable,
    StoreUnavailable,
)
from bot.ids import Installation, ThreadRef, Ts, UserId
from bot.metrics import Metrics
from bot.ownership.entries import MOST_DEATHS, MOST_ERRORS, Entries
from bot.ownership.regrets import Regrets
from bot.slack.inbound import ChannelClosed, Heard, SlackInput
from bot.slack.ops import Content, Priority
from bot.store import Entry, Inbox, Lease, Store
from bot.store.inbox import Attempts

THREAD = ThreadRef(channel="C1", root=Ts("1.1"))
GIVEN = Heard(thread=THREAD, user=UserId("U1"), ts=Ts("1.2"), text="hello")


class Conversation:
    """Fails so many times, then takes."""

    def __init__(self, error: Callable[[], Exception], times: int) -> None:
        self.error = error
        self.left = times
        self.tries = 0
        self.taken: list[str] = []

    async def take(self, entry: str, given: SlackInput) -> None:
        assert given
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.error()
        self.taken.append(entry)


class Slow:
    """Takes for ever."""

    def __init__(self) -> None:
        self.taking = asyncio.Event()

    async def take(self, entry: str, given: SlackInput) -> None:
        assert entry
        assert given
        self.taking.set()
        await asyncio.Event().wait()


class Posts:
    """Remembers what was posted."""

    def __init__(self, error: SlackError | None = None) -> None:
        self.error = error
        self.posted: list[tuple[Place, str, str]] = []

    async def post(
        self, place: Place, key: str, content: Content, priority: Priority
    ) -> PostOutcome:
        assert priority
        self.posted.append((place, key, content.text))
        if self.error:
            raise self.error
        return Posted(Ts("9.9"), place.channel)


async def no_sleep(_seconds: float) -> None:
    """Time passes quickly."""


@pytest.fixture
async def lease(store: Store, installation: Installation) -> Lease:
    held = Lease(store, installation)
    assert await held.acquire()
    return held


@pytest.fixture
def inbox(store: Store, installation: Installation) -> Inbox:
    return Inbox(store, installation)


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def entries(inbox: Inbox, lease: Lease, posts: Posts) -> Entries:
    tell = Regrets(posts).say
    return Entries(inbox, lease, tell_author=tell, sleep=no_sleep, metrics=Metrics())


async def arrived(inbox: Inbox) -> Entry:
    await inbox.take_in(GIVEN.model_dump_json(), ["mark"], thread_key=None, addressed=True)
    (entry,) = await inbox.read()
    return entry


async def test_an_entry_that_fails_5_times_goes_to_the_dead_letters_and_its_author_is_told(
    inbox: Inbox, entries: Entries, posts: Posts
) -> None:
    entry, broken = await arrived(inbox), Conversation(lambda: RuntimeError("a fault"), 100)

    await entries.take(broken, entry, GIVEN)

    assert broken.tries == MOST_ERRORS == 5
    (letter,) = await inbox.dead_letters()
    assert letter.entry == entry
    assert "a fault" in letter.error
    assert await inbox.length() == 0
    ((place, key, said),) = posts.posted
    assert (place, key) == (Place("C1", Ts("1.1")), f"buried/{entry.id}")
    assert said.startswith("<@U1>, I could not handle what you wrote")


async def test_an_author_who_cannot_be_told_does_not_keep_an_entry_alive(
    inbox: Inbox, entries: Entries, posts: Posts
) -> None:
    posts.error = SlackGone("is_archived")
    entry = await arrived(inbox)

    await entries.take(Conversation(lambda: RuntimeError("a fault"), 100), entry, GIVEN)

    assert len(posts.posted) == 1
    assert len(await inbox.dead_letters()) == 1


async def test_a_stop_in_the_middle_of_an_entry_is_no_death(
    inbox: Inbox, lease: Lease, entries: Entries
) -> None:
    entry, slow = await arrived(inbox), Slow()
    taking = asyncio.create_task(entries.take(slow, entry, GIVEN))
    await slow.taking.wait()

    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)

    assert await inbox.begin_attempt(lease, entry.id) == Attempts(errors=0, deaths=0)


@pytest.mark.parametrize(
    "error",
    [
        SlackUnavailable("timeout"),
        SlackUnauthorized("token_revoked"),
        NeoUnavailable("away", status=503),
    ],
)
async def test_what_time_heals_is_waited_for_however_long(
    inbox: Inbox, entries: Entries, error: BotError
) -> None:
    entry, patient = await arrived(inbox), Conversation(lambda: error, 3 * MOST_DEATHS)

    await entries.take(patient, entry, GIVEN)

    assert patient.taken == [entry.id]
    assert await inbox.dead_letters() == []


async def test_an_entry_in_which_the_process_died_20_times_is_not_tried_again(
    inbox: Inbox, lease: Lease, entries: Entries
) -> None:
    entry, innocent = await arrived(inbox), Conversation(RuntimeError, 0)
    for _ in range(MOST_DEATHS):
        dying = Lease(lease.store, lease.installation)
        assert await dying.acquire(exclusive=True)
        await inbox.begin_attempt(dying, entry.id)
    assert await lease.acquire(exclusive=True)

    await entries.take(innocent, entry, GIVEN)

    assert innocent.tries == 0
    assert [letter.entry for letter in await inbox.dead_letters()] == [entry]


async def test_a_store_that_goes_away_in_the_middle_of_an_entry_however_often_is_no_death(
    inbox: Inbox, entries: Entries
) -> None:
    entry = await arrived(inbox)
    unlucky = Conversation(lambda: StoreUnavailable("away"), 2 * MOST_DEATHS)
    for _ in range(2 * MOST_DEATHS):
        with pytest.raises(StoreUnavailable):
            await entries.take(unlucky, entry, GIVEN)

    await entries.take(unlucky, entry, GIVEN)

    assert unlucky.taken == [entry.id]
    assert await inbox.dead_letters() == []


async def test_somebody_who_cannot_be_told_holds_up_nobody_for_ever(entries: Entries) -> None:
    closed = ChannelClosed(channel="C1", reason="channel_archive")
    deaf, fine = (Conversation(lambda: RuntimeError("a fault"), n) for n in (100, 2))

    await entries.tell(deaf, closed)
    await entries.tell(fine, closed)

    assert deaf.tries == MOST_ERRORS
    assert fine.taken == [""]
