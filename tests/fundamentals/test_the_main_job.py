"""The bridge in sentences: read these first."""

from bot.sandbox.neo import events
from bot.sandbox.slack.text import plain_text
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until


async def test_a_mention_starts_a_task_and_its_answer_arrives_in_the_thread(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("how many buckets do we have?")

        await stage.sees(root, "how many buckets do we have?")
        await stage.sees(root, "Done")

    task = await stage.task()
    assert [e.body["content"] for e in task.user_events] == ["how many buckets do we have?"]


async def test_a_direct_message_starts_a_task_without_a_mention(stage: Stage) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        root = await stage.slack.say(ANN, direct, "how many buckets do we have?")

        await stage.sees(root, "Done", channel=direct)


async def test_a_reply_in_the_thread_is_the_tasks_next_message(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("how many buckets do we have?")
        await stage.sees(root, "Done")

        await stage.reply(root, "and in Frankfurt?")
        await stage.sees(root, "and in Frankfurt?")

    task = await stage.task()
    assert [e.body["content"] for e in task.user_events][1:] == ["and in Frankfurt?"]


async def test_what_several_people_reply_while_the_agent_works_goes_as_one_message(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("count the buckets")
        await stage.sees(root, "Working")
        task = await stage.task()

        await stage.reply(root, "only in eu")
        last = await stage.reply(root, "and in us", user=BOB)
        await wait_until(lambda: stage.slack.reactions(INFRA, last), "a mark that says: it waits")
        await stage.neo.emit(task.id, events.assistant_message("All: 7.", is_final=True))
        await wait_until(lambda: len(task.user_events) == 2, "the replies, as one message")

    assert task.user_events[1].body["content"] == "Ann: only in eu\n\nBob: and in us"


async def test_the_agent_asks_and_the_person_who_started_the_task_approves(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("update prod")
        task = await stage.task()
        await stage.neo.emit(task.id, events.user_approval_request("Update 3 resources?"))
        await stage.sees(root, "Update 3 resources?")

        await stage.click(root, "Approve", user=BOB)
        await stage.click(root, "Approve", user=ANN)
        await stage.sees(root, "Approved")
        await wait_until(lambda: len(task.user_events) == 2, "the approval at Neo")

    decisions = [e.body for e in task.user_events if e.body["type"] == "user_confirmation"]
    assert [d["ok"] for d in decisions] == [True]
    assert [e.user for e in stage.slack.ephemerals] == [BOB], "who was told that it is Ann's task"


async def test_words_instead_of_a_click_deny_and_tell_the_agent_why(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("update prod")
        task = await stage.task()
        await stage.neo.emit(task.id, events.user_approval_request("Update 3 resources?"))
        await stage.sees(root, "Update 3 resources?")

        await stage.reply(root, "start with dev")
        await stage.sees(root, "Denied")
        await wait_until(lambda: len(task.user_events) == 2, "the denial at Neo")

    decision = task.user_events[-1].body
    assert (decision["ok"], decision["instructions"]) == (False, "start with dev")


async def test_a_question_is_answered_by_a_reply(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("make a bucket")
        task = await stage.task()
        await stage.neo.emit(task.id, events.question("In which region?"))
        await stage.sees(root, "In which region?")

        await stage.reply(root, "Frankfurt")
        await stage.sees(root, "Answered")
        await wait_until(lambda: len(task.user_events) == 2, "the answer at Neo")

    assert task.user_events[-1].body["instructions"] == "Frankfurt"


async def test_stop_stops_the_turn_and_the_thread_goes_on(stage: Stage) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("rewrite everything")
        await stage.sees(root, "Working")

        await stage.click(root, "Stop")
        await stage.sees(root, "Stopped")
        await stage.reply(root, "rewrite one file")
        task = await stage.task()
        await wait_until(lambda: len(task.user_events) == 3, "the next message")

    kinds = [e.body["type"] for e in task.user_events]
    assert kinds == ["user_message", "user_cancel", "user_message"]


async def test_who_is_not_allowed_is_refused_in_private(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("delete everything", user=EVE)
        await wait_until(lambda: stage.slack.ephemerals, "a private refusal")

    assert stage.slack.ephemerals[0].user == EVE
    assert stage.read(root) == []
    assert stage.neo.tasks == {}


async def test_people_who_talk_to_each_other_are_left_alone(stage: Stage) -> None:
    async with stage.bridging():
        root = await stage.mention("how many buckets do we have?")
        await stage.sees(root, "Done")

        await stage.reply(root, f"<@{ANN}> why do you ask?", user=BOB)
        await stage.reply(root, "is that all of them?", user=BOB)
        await stage.sees(root, "is that all of them?")

    task = await stage.task()
    assert [e.body["content"] for e in task.user_events][1:] == ["Bob: is that all of them?"]


async def test_what_is_said_while_the_bridge_is_down_is_answered_when_it_is_back(
    stage: Stage,
) -> None:
    async with stage.bridging():
        first = await stage.mention("how many buckets do we have?")
        await stage.sees(first, "Done")
    missed = await stage.mention("and how many stacks?")

    async with stage.bridging():
        await stage.sees(missed, "Done")

    assert len(stage.neo.tasks) == 2


async def test_what_the_agent_says_while_the_bridge_is_down_is_shown_once_when_it_is_back(
    stage: Stage,
) -> None:
    stage.neo.manual = True
    async with stage.bridging():
        root = await stage.mention("count the buckets")
        task = await stage.task()
        await stage.neo.emit(task.id, events.assistant_message("Counting."))
        await stage.sees(root, "Counting.")
    await stage.neo.emit(task.id, events.assistant_message("Seven.", is_final=True))

    async with stage.bridging():
        await stage.sees(root, "Seven.")

    texts = [plain_text(message) for message in stage.thread(root)]
    assert sum("Counting." in text for text in texts) == 1
    assert sum("Seven." in text for text in texts) == 1
