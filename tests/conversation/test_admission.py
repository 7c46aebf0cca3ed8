"""Who is heard at all, and how everybody else is told."""

from bot import actions
from bot.ids import ButtonValue
from bot.sandbox.neo import events
from bot.sandbox.slack.text import buttons
from commanding import neo
from conversation.scenes import acked, ask, confirmations, contents, whispered, whispers, working
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

NEW = "C0NEW"


async def test_a_stranger_is_refused_in_private_once_an_hour_for_words_and_clicks_alike(
    stage: Stage,
) -> None:
    async with stage.bridging():
        refused = await stage.mention("delete everything", user=EVE)
        await whispered(stage, EVE, "not on the list")
        root, task = await working(stage)
        await stage.click(root, "Stop", user=EVE)
        await stage.mention("please", user=EVE)
        await stage.slack.say(EVE, stage.slack.dm(EVE), "let me in")
        await acked(stage)
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=EVE)
        await stage.reply(root, "yes", user=EVE)
        await acked(stage)
        await stage.click(root, "Approve")
        await stage.sees(root, "Approved")
        await wait_until(lambda: confirmations(task), "the owner's decision")
    assert len(whispers(stage, EVE)) == 1
    assert stage.read(refused) == []
    assert len(stage.neo.tasks) == 1
    assert confirmations(task) == [(True, "")]
    assert len(task.user_events) == 2, "no stop of a stranger's"


async def test_a_strangers_reply_is_not_forwarded_but_the_owner_is_not_alone_any_more(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await stage.reply(root, "I would not do that", user=EVE)
        await ask(stage, root, task, "May I?")
        await stage.reply(root, "why not?")
        await stage.sees(root, "Was this for Neo")
    assert whispers(stage, EVE) == [], "she did not speak to the bot"
    assert (contents(task), confirmations(task)) == (["go"], [])


async def test_people_of_another_organisation_are_refused_in_private_once_an_hour(
    stage: Stage,
) -> None:
    visitor = stage.slack.add_user("U0ZOE", "Zoe", team_id="T0OTHER")
    async with stage.bridging(allowed_users=frozenset({"*"})):
        root, task = await working(stage)
        await stage.reply(root, "hello everybody", user=visitor)
        await acked(stage)
        assert whispers(stage, visitor) == [], "she did not speak to the bot"
        await ask(stage, root, task, "May I?")
        await stage.click(root, "Approve", user=visitor)
        await whispered(stage, visitor, "member of another one")
        await stage.reply(root, stage.slack.mention("yes"), user=visitor)
        await stage.mention("delete everything", user=visitor)
        await stage.slack.say(visitor, stage.slack.dm(visitor), "please")
        await acked(stage)
        await stage.click(root, "Deny")
        await wait_until(lambda: confirmations(task), "the owner's decision")
    assert len(whispers(stage, visitor)) == 1
    assert confirmations(task) == [(False, "")]
    assert contents(task) == ["go"]
    assert len(stage.neo.tasks) == 1


async def test_where_channels_are_listed_others_are_refused_and_direct_messages_are_not(
    stage: Stage,
) -> None:
    stage.slack.add_channel("C0OPS", "ops", members=[ANN])
    async with stage.bridging(allowed_channels=frozenset({"C0OPS"})):
        await stage.mention("in infra")
        await whispered(stage, ANN, "may not be used in this channel")
        for channel in ("C0OPS", stage.slack.dm(ANN)):
            root = await stage.mention("go", channel=channel)
            await stage.sees(root, "Done", channel=channel)
    assert len(stage.neo.tasks) == 2
    assert len(whispers(stage, ANN)) == 1


async def test_a_listed_channel_is_one_whatever_slack_calls_it_by_now(stage: Stage) -> None:
    async with stage.bridging(allowed_channels=frozenset({INFRA})):
        root, task = await working(stage)
        await stage.slack.move_channel(INFRA, NEW)
        await acked(stage)
        await stage.neo.emit(task.id, events.assistant_message("Done.", is_final=True))
        await stage.reply(root, "and then?", channel=NEW)
        await wait_until(lambda: contents(task) == ["go", "and then?"], "a reply in the old thread")
        assert "/neo" in await neo(stage, "help", channel=NEW)
        await stage.mention("more", channel=NEW)
        await wait_until(lambda: len(stage.neo.tasks) == 2, "a new thread")
    async with stage.bridging(allowed_channels=frozenset({NEW})):
        assert "Asking Neo to stop" in await neo(stage, f"stop {task.name}", channel=NEW)
        await stage.sees(root, "Stopped", channel=NEW)
    assert stage.slack.ephemerals == []


async def test_a_channels_new_id_is_admitted_by_processes_that_heard_nothing_of_it(
    stage: Stage,
) -> None:
    listed = frozenset({INFRA})
    async with stage.bridging(allowed_channels=listed) as owner:
        await wait_until(lambda: owner.owner.is_owner, "it works")
        async with stage.bridging(allowed_channels=listed, http=True) as other:
            await stage.slack.move_channel(INFRA, NEW)
            await acked(stage)
            assert "/neo" in await neo(stage, "help", channel=NEW)
            assert not other.owner.is_owner


async def test_only_the_owner_decides_and_stops_and_others_are_told_so_in_private(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        for number, press in enumerate(("Approve", "Deny", "Stop"), start=1):
            await stage.click(root, press, user=BOB)
            await wait_until(lambda n=number: len(whispers(stage, BOB)) == n, "a private sentence")
        await stage.reply(root, "yes", user=BOB)
        await stage.click(root, "Approve")
        await stage.sees(root, "Approved")
        await wait_until(lambda: confirmations(task), "the owner's decision")
        await wait_until(lambda: len(whispers(stage, BOB)) == 4, "one for the typed yes")
        await wait_until(lambda: confirmations(task), "the approval")
    assert all(f"Only <@{ANN}>" in text for text in whispers(stage, BOB))
    assert confirmations(task) == [(True, "")]
    assert len(task.user_events) == 2


async def test_a_button_of_nobodys_conversation_says_so(stage: Stage) -> None:
    async with stage.bridging():
        root, _ = await working(stage)
        card = stage.thread(root)[-1]
        (stop, *_) = buttons(card)
        forgotten = ButtonValue(t="C1:1.000000", s="1").encode()
        await stage.slack.click(ANN, INFRA, card.ts, stop[0], value=forgotten)
        await whispered(stage, ANN, "no longer know")
        await stage.slack.click(ANN, INFRA, card.ts, actions.STOP, value="not ours")
        await acked(stage)
        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped")
