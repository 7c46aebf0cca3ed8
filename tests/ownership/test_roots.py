"""A slash command's thread hangs from one root message, whatever happens on the way."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.commands import Prompt, StartOptions
from bot.delivery.posts import NotVerifiable
from bot.errors import SlackGone
from bot.ids import Installation, UserId
from bot.ownership.entries import MOST_DEATHS
from bot.ownership.roots import PROMPT_LIMIT, not_started, root_of
from bot.sandbox.faults import ApiError, DropAfter, Hang, ServerError
from bot.sandbox.slack.blockkit import check_blocks
from bot.slack.inbound import Commanded
from bot.store import Inbox, Lease, Store
from bot.store.inbox import Attempts
from bridge_process import BridgeProcess, settings_for
from commanding import neo, read_top, root, roots
from conversation.scenes import contents, sent_bodies
from stage import ANN, BOB, INFRA, Stage
from support import wait_until

COMMANDED = Commanded(channel=INFRA, user=UserId(ANN), text="")


def shown(prompt: str, options: StartOptions | None = None) -> list[str]:
    """Return the texts of a root's blocks."""
    made = root_of(COMMANDED, Prompt(prompt, options or StartOptions()))
    first, *more = [dict[str, Any](block) for block in made.blocks]
    return [first["text"]["text"], *(block["elements"][0]["text"] for block in more)]


async def test_a_command_becomes_a_root_that_says_who_asked_what_and_its_thread_has_the_answer(
    stage: Stage,
) -> None:
    async with stage.bridging():
        assert await neo(stage, "how many buckets?") == ""
        ts = await root(stage)
        (text,) = read_top(stage)
        assert text.startswith(f"<@{ANN}> asks Neo:\n>how many buckets?")
        await stage.sees(ts, "You said: how many buckets?")
        await stage.reply(ts, "and tables?", user=BOB)
        await stage.sees(ts, "You said: Bob: and tables?")
        await stage.reply(ts, "thanks")
        task = await stage.task()
        await wait_until(lambda: len(contents(task)) == 3, "Ann's reply too")
    assert contents(task)[0] == "how many buckets?"
    assert len(roots(stage)) == 1


async def test_in_a_direct_message_it_is_the_same(stage: Stage) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        assert await neo(stage, "list stacks", channel=direct) == ""
        ts = await root(stage, direct)
        await stage.sees(ts, "You said: list stacks", channel=direct)
        await stage.reply(ts, "more", channel=direct)
        await stage.sees(ts, "You said: more", channel=direct)


async def test_a_command_that_is_delivered_twice_starts_one_task(stage: Stage) -> None:
    async with stage.bridging():
        stage.slack.faults.duplicate_next()
        await neo(stage, "once")
        ts = await root(stage)
        await stage.sees(ts, "You said: once")
        await neo(stage, "once")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "typed twice are two tasks")
    assert len(stage.slack.deliveries[0].attempts) == 2
    assert len(roots(stage)) == 2


async def test_a_root_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    async with stage.bridging():
        stage.slack.faults.add("chat.postMessage", DropAfter())
        await neo(stage, "once")
        ts = await root(stage)
        await stage.sees(ts, "You said: once")
    assert len(roots(stage)) == 1
    assert len(stage.neo.tasks) == 1


async def test_a_kill_between_the_root_and_the_start_makes_one_root_and_one_task(
    stage: Stage, tmp_path: Path
) -> None:
    settings = settings_for(stage.slack, stage.neo, tmp_path, NEO_SLACK_LEASE_SECONDS="1")
    async with BridgeProcess(tmp_path, settings) as bridge:
        await bridge.start()
        await wait_until(lambda: stage.slack.connections, "connected", also=lambda: bridge)
        # It asks for Bob's name behind the root and before the start: there it is killed.
        stage.slack.faults.add("users.info", Hang(), times=100)
        await neo(stage, f"ask <@{BOB}|bob>")
        ts = await root(stage)
        await wait_until(lambda: stage.slack.calls_of("users.info"), "it has got so far")
        await bridge.kill()
        assert not stage.neo.tasks
        stage.slack.faults.clear()

        await bridge.start()
        await stage.sees(ts, "You said: ask @Bob")
    assert len(roots(stage)) == 1
    assert len(stage.neo.tasks) == 1


async def test_where_slack_refuses_the_root_the_person_hears_why_and_gets_the_words_back(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    async with stage.bridging():
        await stage.slack.archive(INFRA)
        assert await neo(stage, "save `me`\nand me") == ""
        direct = stage.slack.dm(ANN)
        await wait_until(lambda: roots(stage, direct), "told in private")
        (text,) = read_top(stage, direct)
        assert "*No task was started.* I can't post in <#C0INFRA>: it is archived." in text
        assert "```\nsave `me`\nand me\n```" in text
        length = 1
        while length:
            length = await inbox.length()
    assert not stage.neo.tasks


async def test_a_private_word_that_slack_cannot_take_yet_is_not_lost(stage: Stage) -> None:
    async with stage.bridging():
        await stage.slack.archive(INFRA)
        stage.slack.faults.add("conversations.open", ServerError())
        await neo(stage, "go")
        direct = stage.slack.dm(ANN)
        await wait_until(lambda: roots(stage, direct), "told in private")
    assert len(roots(stage, direct)) == 1


async def test_a_root_that_may_have_been_deleted_starts_nothing_and_the_person_hears_so(
    stage: Stage,
) -> None:
    async with stage.bridging():
        stage.slack.faults.add("chat.postMessage", DropAfter())
        stage.slack.faults.add("conversations.history", ApiError("not_in_channel"))
        await neo(stage, "go")
        direct = stage.slack.dm(ANN)
        await wait_until(lambda: roots(stage, direct), "told in private")
        assert "I can't tell whether my message in <#C0INFRA> arrived" in read_top(stage, direct)[0]
    assert not stage.neo.tasks
    assert len(sent_bodies(stage, "create_task")) == 0


async def test_a_command_that_kills_every_process_is_given_up_and_its_author_is_told(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    json = COMMANDED.model_copy(update={"text": "go"}).model_dump_json()
    await inbox.take_in(json, ["command:1"], thread_key=None, addressed=True)
    (entry,) = await inbox.read()
    for _ in range(MOST_DEATHS):
        dying = Lease(store, installation)
        assert await dying.acquire()
        await inbox.begin_attempt(dying, entry.id)
        await dying.release()

    async with stage.bridging():
        await wait_until(lambda: roots(stage), "told")
        assert f"<@{ANN}>, I could not handle your command" in read_top(stage)[0]
        await neo(stage, "what follows is done")
        await stage.task()
        assert [letter.entry for letter in await inbox.dead_letters()] == [entry]


async def test_a_command_counts_no_death_before_its_conversation_has_it(
    stage: Stage, store: Store, installation: Installation
) -> None:
    inbox, lease = Inbox(store, installation), Lease(store, installation)
    async with stage.bridging():
        stage.slack.faults.add("users.info", Hang(), times=100)
        await neo(stage, f"ask <@{BOB}|bob>")
        await wait_until(lambda: stage.slack.calls_of("users.info"), "it has got so far")
    (entry,) = await inbox.read()
    assert await lease.acquire()
    assert await inbox.begin_attempt(lease, entry.id) == Attempts(errors=0, deaths=0)
    await lease.release()


async def test_neo_gets_the_whole_prompt_and_the_root_shows_its_head(stage: Stage) -> None:
    typed = f"ask <@{BOB}|bob> in <#C0OPS|ops> if a &lt; b &amp;&amp; c\nsee <https://x.io|x>\n"
    typed += "very " * 3000 + "long"
    stage.slack.add_channel("C0OPS", "ops")
    async with stage.bridging():
        await neo(stage, typed)
        await root(stage)
        task = await stage.task()
        (text,) = read_top(stage)
    assert ">ask @bob in #ops if a &lt; b &amp;&amp; c\n>see x (https://x.io)\n>very " in text
    assert "Neo gets all 15,056 characters" in text
    (said,) = contents(task)
    assert said.startswith("ask @Bob in #ops if a < b && c\nsee x (https://x.io)\nvery very")
    assert said.endswith("very long")
    assert said.count("very") == 3000


async def test_a_prompt_that_begins_with_a_mention_is_for_neo_all_the_same(stage: Stage) -> None:
    async with stage.bridging():
        await neo(stage, f"<@{BOB}|bob> needs a bucket")
        task = await stage.task()
    assert contents(task) == ["@Bob needs a bucket"]


def test_options_are_small_print_and_no_part_of_what_was_asked() -> None:
    options = StartOptions(
        approval_mode="manual", permission_mode="read-only", plan_mode=True, stacks=("shop/prod",)
    )
    asked, small = shown("upgrade it", options)
    assert asked == f"<@{ANN}> asks Neo:\n>upgrade it"
    assert small == "plan first  ·  read-only  ·  mode manual  ·  stack shop/prod"


def test_a_prompt_without_options_has_no_small_print() -> None:
    assert shown("upgrade it") == [f"<@{ANN}> asks Neo:\n>upgrade it"]


def test_code_is_shown_without_quote_marks_in_it() -> None:
    assert shown("fix\n```\na\n```") == [f"<@{ANN}> asks Neo:\nfix\n```\na\n```"]


def test_nothing_that_is_typed_pings_anybody() -> None:
    (asked,) = shown("<!channel> <@U0BOB> <#C1> <https://x|y>")
    assert asked.count("<") == 1, "the mention of who asked"


@given(st.text(), st.builds(StartOptions, stacks=st.just(("a/b",)) | st.just(())))
def test_slack_takes_every_root_and_every_refusal(prompt: str, options: StartOptions) -> None:
    for text in (prompt, (prompt or "&") * PROMPT_LIMIT):
        for made in (
            root_of(COMMANDED, Prompt(text, options)),
            not_started(COMMANDED, text, SlackGone("some_new_word")),
            not_started(COMMANDED, text, NotVerifiable("a message was deleted here")),
        ):
            check_blocks([dict(block) for block in made.blocks])
            assert len(made.text) <= 4000
