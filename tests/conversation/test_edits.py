"""Edits and deletions: of what waits they count; of what Neo has, their author is asked."""

import pytest

from bot.conversation.amending import (
    EDITED,
    comes_too_late,
    edit,
    edit_of,
    forget,
    is_news,
    send_edit,
    with_edit,
)
from bot.conversation.pending import Start
from bot.conversation.talk import Talk
from bot.ids import Ts
from bot.sandbox.slack.text import interactive_elements
from bot.slack.inbound import Deleted, Edited
from conversation.people import ANN, BOB, THREAD, item, new_talk, running_talk, said, ts
from conversation.scenes import (
    acked,
    ask,
    confirmations,
    contents,
    finish,
    resting,
    whispered,
    whispers,
    working,
)
from stage import ANN as ANNS
from stage import BOB as BOBS
from stage import EVE, INFRA, Stage
from support import wait_until

OFFER = "Send the edit to Neo?"


def edited(number: int, at: int = 50, *, to_bot: bool = False, before: bool = False) -> Edited:
    return Edited(
        thread=THREAD,
        user=ANN,
        ts=ts(number),
        edited_ts=ts(at),
        text="new words",
        mentions_bot=to_bot,
        mentioned_before=before,
    )


def failed_start() -> Talk:
    start = Start(body="", instant=100.0, items=(item(0, opens=True),), failed="busy")
    return running_talk(task_id=None, start=start)


def test_an_edit_changes_the_words_and_not_the_files() -> None:
    waits = item(1, "old").model_copy(update={"attached": "log"})
    (after,) = edit(running_talk(queue=(waits,)), edited(1), "").queue
    assert after.content == "log", "a file alone is still something to send"
    assert edit(running_talk(queue=(item(1, "old"),)), edited(1), "").queue == ()


def test_what_was_sent_is_edited_too_late_but_a_start_that_failed_is_not() -> None:
    assert comes_too_late(running_talk(), edited(0)), "on its way, its bytes are fixed"
    assert comes_too_late(running_talk().having_told([ts(3)]), edited(3))
    assert not comes_too_late(running_talk(queue=(item(1),)), edited(1))
    assert not comes_too_late(failed_start(), edited(0))


def test_an_edit_that_a_later_one_or_the_deletion_has_overtaken_is_offered_to_nobody() -> None:
    talk = edit(running_talk(), edited(0, 60), "v2")
    assert not comes_too_late(talk, edited(0, 50))
    assert comes_too_late(talk, edited(0, 70))
    assert not comes_too_late(forget(talk, Deleted(thread=THREAD, ts=ts(0))), edited(0, 70))


def test_an_edit_is_news_only_where_it_adds_the_mention_to_what_nobody_heard() -> None:
    assert is_news(None, edited(1, to_bot=True))
    assert is_news(running_talk(), edited(1, to_bot=True))
    assert not is_news(None, edited(1))
    assert not is_news(running_talk(), edited(1, to_bot=True, before=True)), "only late"
    assert not is_news(running_talk(queue=(item(1),)), edited(1, to_bot=True))
    assert not is_news(running_talk(), edited(0, to_bot=True))


def test_the_latest_edit_replaces_the_one_before_and_is_sent_once_by_its_author() -> None:
    talk = with_edit(with_edit(running_talk(), edited(0, 50), "v1"), edited(0, 60), "v2")
    assert edit_of(talk, ts(0), ts(50)) is None
    assert send_edit(talk, ts(0), ts(60), BOB) == talk
    sent = send_edit(talk, ts(0), ts(60), ANN)
    assert [(i.ts, i.text) for i in sent.queue] == [(ts(60), EDITED + "v2")]
    assert send_edit(sent, ts(0), ts(60), ANN) == sent


def test_no_edit_is_kept_for_ever() -> None:
    talk = running_talk()
    for number in range(30):
        talk = with_edit(talk, edited(number), "words").having_told([ts(number)])
    assert len(talk.edits) == 10
    assert new_talk().having_told(Ts(f"{n}.000000") for n in range(500)).sent[-1] == "499.000000"
    assert len(new_talk().having_told(Ts(f"{n}.000000") for n in range(500)).sent) == 100


async def press_offer(stage: Stage, user: str, index: int = -1) -> None:
    """Let somebody press the button of an offer that was shown to its author alone."""
    offers = [e for e in stage.slack.ephemerals if OFFER in e.text]
    (button,) = interactive_elements(offers[index].blocks)
    await stage.slack.click(user, INFRA, offers[index].ts, button["action_id"])


async def test_an_edit_of_what_neo_has_is_offered_in_private_and_sent_when_its_author_says_so(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage, "use dev")
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("use staging"))
        await wait_until(lambda: len(whispers(stage, ANNS)) == 1, "an offer")
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("use prod"))
        await wait_until(lambda: len(whispers(stage, ANNS)) == 2, "the next offer")
        assert whispers(stage, ANNS)[1].endswith(">use prod")
        await press_offer(stage, ANNS, index=0)
        await whispered(stage, ANNS, "settled before")
        await press_offer(stage, BOBS)
        await whispered(stage, BOBS, "Only the person who wrote")
        await press_offer(stage, ANNS)
        await whispered(stage, ANNS, "Neo gets your edit")
        assert contents(task) == ["use dev"], "it waits for its turn"
        await finish(stage, root, task)
        await wait_until(lambda: len(contents(task)) == 2, "the edit")
    assert contents(task) == ["use dev", EDITED + "use prod"]


async def test_what_is_not_for_neo_is_not_offered_and_a_deletion_does_nothing(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        reply = await stage.reply(root, "and now?")
        chat = await stage.reply(root, f"<@{BOBS}> lunch?")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
        await stage.slack.edit(ANNS, INFRA, reply, f"<@{BOBS}> and now?")
        await stage.slack.edit(ANNS, INFRA, chat, f"<@{BOBS}> dinner?")
        await stage.slack.delete(ANNS, INFRA, reply)
        await acked(stage)
        await finish(stage, root, task, "Done again.")
        await stage.reply(root, "last")
        await wait_until(lambda: len(contents(task)) == 3, "the last")
    assert contents(task) == ["go", "and now?", "last"]
    assert whispers(stage, ANNS) == []


async def test_words_that_decided_are_sent_too(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "May I?")
        reply = await stage.reply(root, "use dev")
        await wait_until(lambda: confirmations(task), "the denial")
        await acked(stage)
        await stage.slack.edit(ANNS, INFRA, reply, "use prod")
        await whispered(stage, ANNS, OFFER)
    assert confirmations(task) == [(False, "use dev")]


async def test_an_edit_that_adds_the_mention_starts_a_task_once(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.slack.say(ANNS, INFRA, "tidy up")
        await acked(stage)
        assert stage.neo.tasks == {}
        stage.slack.faults.duplicate_next(3)
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("tidy up"))
        await stage.sees(root, "Done")
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("tidy up, please"))
        await whispered(stage, ANNS, OFFER)
        other = await stage.slack.say(EVE, INFRA, "delete it")
        await stage.slack.edit(EVE, INFRA, other, stage.slack.mention("delete it"))
        await whispered(stage, EVE, "not on the list")
    (task,) = stage.neo.tasks.values()
    assert contents(task) == ["tidy up"]


async def test_what_was_said_before_the_edit_that_adds_the_mention_is_a_quote(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root = await stage.slack.say(ANNS, INFRA, "prod is slow", files=[("out.log", b"OOM")])
        await stage.reply(root, "let us delete it?", user=BOBS)
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("why is prod slow?"))
        task = await stage.task()
        await stage.sees(root, "Done")
        await stage.reply(root, "and now?")
        await wait_until(lambda: len(contents(task)) == 2, "the reply")
    first, second = contents(task)
    assert first.startswith("Ann: why is prod slow?\n\nFile `out.log`:")
    assert first.endswith("\n> Bob: let us delete it?")
    assert second == "Ann: and now?"


@pytest.mark.parametrize("comes_again", [True, False])
async def test_an_edit_that_overtakes_its_message_counts(
    stage: Stage,
    comes_again: bool,  # noqa: FBT001 -- the table's column
) -> None:
    async with stage.bridging():
        if comes_again:
            stage.slack.faults.reorder_next(3)  # a mention comes twice
        else:
            stage.slack.faults.lose_deliveries()
        root = await stage.mention("drop prod")
        stage.slack.faults.lose_deliveries(lose=False)
        await stage.slack.edit(ANNS, INFRA, root, stage.slack.mention("list prod"))
        await stage.sees(root, "Done")
        await acked(stage)
    (task,) = stage.neo.tasks.values()
    assert contents(task) == ["list prod"]


async def test_a_message_whose_deletion_overtakes_it_starts_nothing(stage: Stage) -> None:
    async with stage.bridging():
        stage.slack.faults.reorder_next(3)
        root = await stage.mention("drop prod")
        await stage.slack.delete(ANNS, INFRA, root)
        await acked(stage)
        other = await stage.mention("list prod")
        await stage.sees(other, "Done")
    (task,) = stage.neo.tasks.values()
    assert contents(task) == ["list prod"]


async def test_in_a_direct_message_thanks_can_be_edited_into_a_request(stage: Stage) -> None:
    direct = stage.slack.dm(ANNS)
    async with stage.bridging():
        root = await stage.slack.say(ANNS, direct, "thanks")
        await acked(stage)
        await stage.slack.edit(ANNS, direct, root, "list prod")
        task = await stage.task()
        other = await stage.slack.say(ANNS, direct, "list dev")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the other")
        await stage.slack.edit(ANNS, direct, other, "yes")
        await acked(stage)
    assert contents(task) == ["list prod"]


async def test_in_a_thread_it_brings_the_words_that_were_not_for_neo_before(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await resting(stage)
        chat = await stage.reply(root, f"<@{BOBS}> is it prod?")
        await acked(stage)
        text = stage.slack.mention(f"<@{BOBS}> is it prod?")
        await stage.slack.edit(ANNS, INFRA, chat, text)
        await wait_until(lambda: len(contents(task)) == 2, "the message")
    assert "is it prod?" in contents(task)[1]
    assert whispers(stage, ANNS) == []


@pytest.mark.parametrize("quiet", [True, False])
def test_how_an_item_reads_does_not_depend_on_the_thread(quiet: bool) -> None:  # noqa: FBT001 -- the table's column
    assert said(1, "words", attached="log").item.content == "words\n\nlog"
    assert running_talk(quiet=quiet).told().quiet is quiet
