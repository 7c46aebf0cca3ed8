"""What is said while nobody listens arrives all the same, once."""

from stage import ANN, INFRA, Stage
from support import wait_until


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
