"""What a person reads who types `/neo`, and what comes of it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.commands import HELP
from bot.conversation.pending import Start
from bot.conversation.talk import Item, Talk
from bot.ids import ApprovalRequestId, Installation, TaskId, ThreadRef, Ts, UserId
from bot.sandbox.faults import ApiError, Conflict, DropBefore, Fault, Hang, ServerError
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.slack.answers import COMMAND_NOT_TAKEN, COMMAND_REFUSED
from bot.slack.inbound import SessionStopped
from bot.slack.mrkdwn import escape
from bot.store import EmbeddedValkey, Inbox, Lease, Store
from bot.store.inbox import START
from bot.store.records import Commit, Records
from bot.tasks import LISTED, LOOKED_AT
from bot.view import Approval, Card, Resolution, View
from commanding import neo, read_top, root, roots
from conversation.scenes import ask, cancels, finish, sent_bodies, working
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until


async def titled(stage: Stage, words: str, title: str) -> tuple[str, TaskState]:
    """Let Ann start a task, its agent work, and Neo give it a title."""
    ts, task = await working(stage, words)
    await stage.neo.emit(task.id, events.set_task_name(title))
    while f"|{escape(title)}>" not in await neo(stage, "status"):
        pass
    return ts, task


def untouched(stage: Stage) -> bool:
    return not stage.neo.tasks and not roots(stage)


async def test_help_is_shown_to_one_person_and_a_typo_gets_a_suggestion(stage: Stage) -> None:
    async with stage.bridging():
        for text in ("", "help", "?", "--help", "hello"):
            assert await neo(stage, text) == HELP
        assert "Did you mean `/neo status`?" in await neo(stage, "staus")
        assert "Did you mean `/neo channel quiet`?" in await neo(stage, "channel quite")
        assert "Did you mean `--plan`?" in await neo(stage, "--paln upgrade it")
        assert "<" not in await neo(stage, "stop <!here> now")
        assert untouched(stage)


async def test_what_looks_like_a_command_reaches_neo_behind_two_hyphens(stage: Stage) -> None:
    async with stage.bridging():
        assert await neo(stage, "-- status") == ""
        await root(stage)
        assert f"<@{ANN}> asks Neo:\n>status" in read_top(stage)[0]


async def test_who_is_not_admitted_starts_nothing_and_learns_nothing(stage: Stage) -> None:
    async with stage.bridging(allowed_channels=("C0OTHER",)):
        for text in ("go", "status", "stop", "channel quiet", "help"):
            refusal = await neo(stage, text, user=EVE)
            assert "not on the list" in refusal
        assert "may not be used in this channel" in await neo(stage, "go")
        assert untouched(stage)


async def test_where_the_bot_is_no_member_it_says_how_to_invite_it_and_keeps_the_words(
    stage: Stage,
) -> None:
    stage.slack.add_channel("C0OPS", "ops", members=[ANN], bot_is_member=False)
    async with stage.bridging():
        hint = await neo(stage, "look at &lt;a&gt;\nplease, <@U0BOB|bob>", channel="C0OPS")
        assert hint.startswith("*No task was started.* I am not in this channel. Invite me with")
        assert "`/invite @neo`" in hint
        assert "```\n/neo look at &lt;a&gt;\nplease, @bob\n```" in hint
        assert not stage.slack.calls_of("chat.postMessage")

        await stage.slack.add_bot("C0OPS")
        assert await neo(stage, "look", channel="C0OPS") == ""
        await root(stage, "C0OPS")


async def test_in_a_direct_message_of_others_nobody_is_told_to_invite(stage: Stage) -> None:
    async with stage.bridging():
        stage.slack.add_channel("D0OTHERS", "", members=[ANN, BOB], bot_is_member=False)
        hint = await neo(stage, "look", channel="D0OTHERS")
        assert "I am not in this conversation. Send this to me directly" in hint
        assert "/invite" not in hint


@pytest.mark.parametrize("fault", [Hang(), DropBefore(), ServerError()])
async def test_where_slack_does_not_say_whether_it_is_a_member_the_root_is_tried(
    stage: Stage, fault: Fault
) -> None:
    async with stage.bridging():
        stage.slack.faults.add("conversations.info", fault, times=3)
        assert await neo(stage, "go") == ""
        await root(stage)
        await stage.task()


async def test_without_a_store_nothing_is_done_and_the_person_is_told(
    stage: Stage, tmp_path: Path
) -> None:
    valkey = EmbeddedValkey(tmp_path)
    async with valkey:
        running = stage.bridging(redis_url=SecretStr(valkey.url))
        await running.__aenter__()
    for text in ("go", "status", "stop", "channel quiet"):
        assert await neo(stage, text) == COMMAND_NOT_TAKEN
    assert await neo(stage, "help") == HELP
    async with valkey:
        await running.__aexit__(None, None, None)
    assert untouched(stage)


async def test_in_an_enterprise_it_works_and_strangers_of_a_shared_channel_are_refused(
    stage: Stage,
) -> None:
    grid = {"enterprise_id": "E0ACME", "enterprise_name": "Acme", "is_enterprise_install": "false"}
    async with stage.bridging():
        delivery = await stage.slack.command(ANN, INFRA, "/neo", "go", **grid)
        await root(stage)
        await stage.task()
        assert delivery.response is None
        stranger = await stage.slack.command(ANN, INFRA, "/neo", "go", team_id="T0OTHER")
        await wait_until(lambda: stranger.response, "an answer")
        assert stranger.response == {"response_type": "ephemeral", "text": COMMAND_REFUSED}
    assert len(stage.neo.tasks) == 1


async def test_status_lists_ones_own_tasks_with_what_they_do_and_where(stage: Stage) -> None:
    async with stage.bridging():
        assert await neo(stage, "status") == (
            "You have no Neo tasks yet. `/neo help` says how to start one."
        )
        done, finished = await titled(stage, "one", "Count <buckets>")
        await finish(stage, done, finished)
        waits, asking = await titled(stage, "two", "Upgrade checkout")
        await ask(stage, waits, asking, "Run it?")
        runs, _ = await titled(stage, "three", "Find drift")

        lines = (await neo(stage, "status")).splitlines()
        archive = f"https://sandbox.slack.com/archives/{INFRA}/p"
        assert [line.partition("  ·  ")[0] for line in lines] == [
            "⏳ working", "⏸️ waits for your decision", "✅ done",
        ]  # fmt: skip
        for line, ts, title in zip(
            lines,
            (runs, waits, done),
            ("Find drift", "Upgrade checkout", "Count &lt;buckets&gt;"),
            strict=True,
        ):
            assert line.endswith(f"*<{archive}{ts.replace('.', '')}|{title}>*  ·  <#{INFRA}>")
        assert "no Neo tasks" in await neo(stage, "status", user=BOB)


async def test_stop_stops_the_only_task_at_work_and_names_it(stage: Stage) -> None:
    async with stage.bridging():
        resting, finished = await titled(stage, "one", "Count buckets")
        await finish(stage, resting, finished)
        assert (await neo(stage, "stop")).startswith("None of your tasks is at work")
        _, task = await titled(stage, "two", "Upgrade checkout")
        assert "None of your tasks" in await neo(stage, "stop", user=BOB)

        stage.neo.faults.add("respond", Conflict())
        told = await neo(stage, "stop")
        assert told.startswith("Asking Neo to stop *<https://")
        assert "|Upgrade checkout>*. Its thread shows when it has." in told
        while not (await neo(stage, "status")).startswith("⏹️ stopping"):
            pass
        assert "Neo is already being asked to stop" in await neo(stage, "stop")
        await wait_until(lambda: cancels(task) == 1, "a cancel")
        while not (await neo(stage, "status")).startswith("⏹️ stopped"):
            pass


async def test_a_stop_is_for_the_turn_that_was_at_work_when_it_was_typed(
    stage: Stage, store: Store, installation: Installation
) -> None:
    async with stage.bridging():
        await titled(stage, "one", "Upgrade checkout")
    lease = Lease(store, installation)
    assert await lease.acquire(exclusive=True)
    async with stage.bridging():  # takes in, while somebody else has the lease
        assert (await neo(stage, "stop")).startswith("Asking Neo to stop")
        (entry,) = await Inbox(store, installation).wait(START, 1.0)
    await lease.release()
    assert SessionStopped.model_validate_json(entry.json).turn == 1


async def test_several_tasks_at_work_are_named_and_one_is_stopped_by_a_word(stage: Stage) -> None:
    async with stage.bridging():
        _, first = await titled(stage, "one", "Upgrade checkout")
        _, second = await titled(stage, "two", "Upgrade billing")

        for text, heading in (
            ("stop", "Several tasks are at work."),
            ("stop upgrade", "Several tasks are at work."),
            ("stop buckets", "None of the tasks at work has `buckets` in its title:"),
        ):
            told = await neo(stage, text)
            assert told.startswith(heading)
            assert "|Upgrade checkout>" in told
            assert "|Upgrade billing>" in told
        assert cancels(first) == cancels(second) == 0

        stage.slack.faults.duplicate_next()
        assert "|Upgrade billing>" in await neo(stage, "stop BILLING")
        await wait_until(lambda: cancels(second) == 1, "a cancel")
        assert cancels(first) == 0


async def test_a_task_that_is_about_to_start_is_listed_by_its_words_and_cannot_be_stopped_yet(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.neo.faults.add("create_task", Hang())
        await neo(stage, "--plan upgrade `checkout-api`\nto 22")
        await root(stage)
        await wait_until(lambda: sent_bodies(stage, "create_task"), "the creation")
        (line,) = (await neo(stage, "status")).splitlines()
        assert line.startswith("⏳ starting  ·  *<https://")
        assert "|upgrade `checkout-api` to 22>*" in line
        assert "only just starting. Try again in a moment" in await neo(stage, "stop")


async def test_a_start_that_failed_is_no_task(stage: Stage) -> None:
    async with stage.bridging():
        stage.neo.faults.add("create_task", ApiError("no"))
        await neo(stage, "go")
        await stage.sees(await root(stage), "No task was started")
        assert "no Neo tasks" in await neo(stage, "status")


async def test_a_question_waits_for_an_answer_and_a_failed_turn_has_failed(stage: Stage) -> None:
    async with stage.bridging():
        ts, task = await working(stage)
        await stage.neo.emit(task.id, events.question("Which region?"))
        await stage.sees(ts, "Which region?")
        assert (await neo(stage, "status")).startswith("⏸️ waits for your answer")
        await stage.neo.emit(task.id, events.error("out of luck"))
        await stage.sees(ts, "out of luck")
        while not (await neo(stage, "status")).startswith("❌ failed"):
            pass  # the text comes before the end of its turn is stored


async def test_a_task_whose_thread_is_closed_is_listed_with_that(stage: Stage) -> None:
    async with stage.bridging():
        await working(stage)
        await stage.slack.archive(INFRA)
        await wait_until(lambda: roots(stage, stage.slack.dm(ANN)), "told")
        while "I can't post in its thread any more" not in await neo(stage, "status"):
            pass


async def test_a_channel_can_be_made_quiet_and_talkative_again(stage: Stage) -> None:
    async with stage.bridging():
        assert "Neo hears every reply" in await neo(stage, "channel")
        told = await neo(stage, "channel quiet")
        assert "Neo hears only messages that mention me" in told
        assert "Threads that are there already stay as they are;" in told
        assert "Neo hears only messages that mention me" in await neo(stage, "channel", user=BOB)
        stage.slack.add_channel("C0OPS", "ops", members=[ANN])
        assert "Neo hears every reply" in await neo(stage, "channel", channel="C0OPS")
        assert "Neo hears every reply" in await neo(stage, "channel talk")
        direct = stage.slack.dm(ANN)
        assert "In a direct message Neo always hears" in await neo(
            stage, "channel quiet", channel=direct
        )
        assert untouched(stage)


async def test_how_one_thread_is_made_quiet_is_told_and_no_task_starts(stage: Stage) -> None:
    async with stage.bridging():
        for word, entry in (("quiet", "Only when mentioned"), ("talk", "Every reply")):
            told = await neo(stage, word)
            assert f"choose *{entry}* in the menu on its card" in told
            assert f"`/neo channel {word}`" in told
            assert f"`/neo -- {word}`" in told
            direct = stage.slack.dm(ANN)
            assert "Neo always hears everything" in await neo(stage, word, channel=direct)
        assert untouched(stage)


def conversation(number: int, owner: str) -> tuple[Talk, View]:
    """Return a conversation of which people see much more than where it is."""
    thread = ThreadRef(channel=INFRA, root=Ts(f"17000{number:05d}.000100"))
    items = tuple(
        Item(ts=Ts(f"17000{number:05d}.{i:06d}"), user=UserId(BOB), text="word " * 20)
        for i in range(10)
    )
    start = Start(body="x" * 500, instant=1.7e9, items=items, accepted=True)
    task = TaskId(f"task-{number}")
    talk = Talk(thread=thread, owner=UserId(owner), task_id=task, start=start, caught_up=True)
    view = View(task_id=task, owner=owner, title=f"Task {number}", console_url="https://x.io/t")
    asked = [
        Approval(
            request_id=ApprovalRequestId(f"a{i}"), turn=1, message="m" * 500, approval_type="x",
            sensitivity="y", plan="p" * 2000, digest="d", asked_at=1.7e9, card=Card(key="k"),
            resolution=Resolution(ok=True),
        )
        for i in range(5)
    ]  # fmt: skip
    return talk, view.model_copy(update={"approvals": tuple(asked), "echoes": (1.7e9,)})


async def read_from(store: Store) -> int:
    """Return how many bytes the store has sent to whoever asked, so far."""
    lines = str(await store.call("INFO", "stats")).splitlines()
    return int(dict(line.split(":") for line in lines if ":" in line)["total_net_output_bytes"])


async def test_among_200_conversations_ones_own_are_found_and_what_others_show_is_not_read(
    stage: Stage, store: Store, installation: Installation
) -> None:
    lease, talks, views = Lease(store, installation), 0, 0
    assert await lease.acquire()
    for number in range(LOOKED_AT):
        talk, view = conversation(number, ANN if number % 10 == 0 else BOB)
        step = Commit(
            thread_key=talk.thread.key(),
            talk=talk.model_dump_json(),
            view=view.model_dump_json(),
            bind_task=talk.task_id,
        )
        talks, views = talks + len(step.talk or ""), views + len(step.view or "")
        await Records(lease).commit(step)
    await lease.release()

    async with stage.bridging():
        before = await read_from(store)
        *lines, more = (await neo(stage, "status")).splitlines()
        read = await read_from(store) - before
    assert len(lines) == LISTED
    assert all(line.endswith(f"<#{INFRA}>  ·  <https://x.io/t|Pulumi Cloud>") for line in lines)
    assert [line.partition("|")[2].partition(">")[0] for line in lines] == [
        f"Task {number}" for number in range(190, 90, -10)
    ]
    assert more == "… and 10 more"
    assert read < talks + views / 5, "a tenth of them are hers"
