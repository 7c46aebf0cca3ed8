"""What is said while nobody listens arrives all the same, once."""

from collections.abc import Generator
from contextlib import contextmanager

from bot.clock import SystemClock
from bot.ownership.missed import LOOK_BACK, MOST_PAGES
from bot.sandbox.faults import ApiError, Delay, ServerError
from bot.slack.reader import CHANNEL_KINDS, PAGE
from bot.slack.socket import SocketLink
from conversation.scenes import contents
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

DAY = 24 * 3600.0


class Earlier(SystemClock):
    """A clock that is so many seconds behind."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return super().now() - self._seconds


@contextmanager
def ago(stage: Stage, seconds: float) -> Generator[None]:
    """Let people act so many seconds ago, in channels where nothing was said since."""
    workspace = stage.slack.workspace
    workspace.clock, now = Earlier(seconds), workspace.clock
    yield
    workspace.clock = now


async def run_once(stage: Stage) -> None:
    """Let a bridge work for a moment: the next one knows since when it missed something."""
    async with stage.bridging():
        root = await stage.mention("first")
        await stage.sees(root, "You said: first")


def said(stage: Stage) -> list[str]:
    """Return everything Neo was told, of all tasks, sorted."""
    tasks = stage.neo.tasks.values()
    return sorted(e.body["content"] for task in tasks for e in task.user_events)


async def test_what_is_said_while_no_bridge_runs_arrives_once(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")

    await stage.reply(root, "two")
    await stage.mention("three")
    await stage.slack.say(ANN, stage.slack.dm(ANN), "four")
    await stage.slack.say(ANN, INFRA, "not for the bot")
    async with stage.bridging():
        await wait_until(lambda: len(said(stage)) == 4, "all at Neo", also=lambda: said(stage))
    # The next one reads the same minute of history again.
    async with stage.bridging():
        last = await stage.mention("five")
        await stage.sees(last, "You said: five")

    assert said(stage) == ["five", "four", "one", "three", "two"]


async def test_what_a_lost_socket_swallowed_is_read_when_it_is_back(stage: Stage) -> None:
    async with stage.bridging() as bridge:
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")

        stage.slack.faults.refuse_sockets()
        await stage.slack.faults.drop_sockets()
        await wait_until(lambda: not bridge.link.connected, "the socket is lost")
        stage.slack.faults.lose_deliveries()
        await stage.reply(root, "two")
        stage.slack.faults.lose_deliveries(lose=False)
        stage.slack.faults.refuse_sockets(refuse=False)

        await stage.sees(root, "You said: two")
        stage.slack.faults.duplicate_next(2)
        await stage.reply(root, "three")
        await stage.sees(root, "You said: three")

    assert said(stage) == ["one", "three", "two"]


async def test_a_socket_that_slack_replaces_loses_nothing(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("one")
        await stage.sees(root, "You said: one")

        stage.slack.faults.lose_deliveries()
        await stage.reply(root, "two")
        stage.slack.faults.lose_deliveries(lose=False)
        await stage.slack.faults.drop_sockets("refresh_requested")

        await stage.sees(root, "You said: two")
        assert len(stage.slack.calls_of("apps.connections.open")) >= 2


async def test_the_first_start_answers_nothing_that_was_said_before(stage: Stage) -> None:
    await stage.mention("before anybody installed the bridge")

    async with stage.bridging():
        root = await stage.mention("hello")
        await stage.sees(root, "You said: hello")

    assert said(stage) == ["hello"]


async def test_a_mention_in_a_thread_that_people_have_is_found_with_what_follows(
    stage: Stage,
) -> None:
    stage.slack.add_channel("C0OPS", "ops", [ANN, BOB])
    with ago(stage, 2 * DAY):
        old = await stage.slack.say(BOB, "C0OPS", stage.slack.mention("nobody listened to this"))
        await stage.slack.say(ANN, "C0OPS", "nor to this", thread_ts=old)
    await run_once(stage)
    new = await stage.slack.say(BOB, INFRA, "the build is red")
    await stage.reply(new, stage.slack.mention("why is it red?"))
    await stage.reply(new, "be brief", user=BOB)
    await stage.slack.say(ANN, "C0OPS", stage.slack.mention("and this?"), thread_ts=old)
    await stage.reply(await stage.slack.say(BOB, INFRA, "lunch?"), "yes")

    async with stage.bridging():
        await stage.sees(new, "why is it red?")
        await stage.sees(new, "You said: Bob: be brief")
        await stage.sees(old, "and this?", channel="C0OPS")
        assert stage.count(old, "I was offline", channel="C0OPS") == 0
    async with stage.bridging():
        last = await stage.mention("last")
        await stage.sees(last, "You said: last")

    told = [words.split("\n")[0].removeprefix("Ann: ") for words in said(stage)]
    assert sorted(told) == ["Bob: be brief", "and this?", "first", "last", "why is it red?"]


async def test_threads_that_began_long_before_a_gap_are_no_longer_looked_for(stage: Stage) -> None:
    with ago(stage, LOOK_BACK + DAY):
        root = await stage.slack.say(BOB, INFRA, "an old story")
    await run_once(stage)
    await stage.reply(root, stage.slack.mention("how did it end?"))

    async with stage.bridging():
        last = await stage.mention("last")
        await stage.sees(last, "You said: last")
    assert said(stage) == ["first", "last"]


async def test_the_latest_of_a_busy_channel_is_read_first(stage: Stage) -> None:
    with ago(stage, DAY):
        for _ in range(PAGE * MOST_PAGES + 1):
            await stage.slack.say(BOB, INFRA, "one of many")
    await run_once(stage)
    await stage.mention("the latest")

    async with stage.bridging():
        await wait_until(lambda: "the latest" in said(stage), "it is found")


async def test_a_place_that_slack_closes_to_the_bot_keeps_no_other_from_being_read(
    stage: Stage,
) -> None:
    stage.slack.add_channel("C0FIRST", "first", [ANN])
    await run_once(stage)
    stage.slack.workspace.channels = dict(sorted(stage.slack.workspace.channels.items()))
    faults = stage.slack.faults
    for kind in ("private_channel", "mpim"):
        faults.add(
            "users.conversations",
            ApiError("missing_scope"),
            times=100,
            where=lambda call, kind=kind: kind in call["types"],
        )
    faults.add(
        "conversations.history",
        ApiError("no_permission"),
        times=100,
        where=lambda call: call["channel"] == "C0FIRST",
    )
    root = await stage.mention("in the second channel")
    await stage.slack.say(ANN, stage.slack.dm(ANN), "in private")

    async with stage.bridging() as bridge:
        await stage.sees(root, "You said: in the second channel")
        await wait_until(lambda: "in private" in said(stage), "the direct message too")
        await wait_until(
            lambda: b"intake_gaps_total 1.0" in bridge.metrics.exposition(), "the gap is closed"
        )


async def test_a_place_that_fails_for_a_while_is_read_after_the_others(stage: Stage) -> None:
    stage.slack.add_channel("C0FIRST", "first", [ANN])
    await run_once(stage)
    stage.slack.workspace.channels = dict(sorted(stage.slack.workspace.channels.items()))
    stage.slack.faults.add(
        "conversations.history",
        ServerError(),
        times=2,
        where=lambda call: call["channel"] == "C0FIRST",
    )
    first = await stage.mention("in the first channel", channel="C0FIRST")
    second = await stage.mention("in the second channel")

    async with stage.bridging():
        await stage.sees(second, "You said: in the second channel")
        await stage.sees(first, "You said: in the first channel", channel="C0FIRST")
    begun = [contents(task)[0] for task in stage.neo.tasks.values()]
    assert begun[-2:] == ["in the second channel", "in the first channel"], "not waited for"


async def test_a_socket_that_comes_and_goes_is_read_after_once_not_each_time(stage: Stage) -> None:
    await run_once(stage)
    async with stage.bridging() as bridge:
        link = bridge.link
        assert isinstance(link, SocketLink)
        await wait_until(lambda: rounds(stage) == 1, "the first reading")
        stage.slack.faults.add("users.conversations", Delay(3.0))
        for number in range(5):
            await stage.slack.faults.drop_sockets("refresh_requested")
            await wait_until(
                lambda n=number: link.connections > n + 1 and link.connected, "connected again"
            )
        stage.slack.faults.lose_deliveries()
        root = await stage.mention("unheard")
        stage.slack.faults.lose_deliveries(lose=False)
        await stage.slack.faults.drop_sockets("refresh_requested")
        await stage.sees(root, "You said: unheard")
    assert rounds(stage) <= 3, "that at start, one at a time, and one for all that came meanwhile"


def rounds(stage: Stage) -> int:
    """Return how often all places were asked for."""
    asked = [call.args["types"] for call in stage.slack.calls_of("users.conversations")]
    return sum(kind == CHANNEL_KINDS[-1] for kind in asked)
