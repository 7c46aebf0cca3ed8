"""A task's title, changed in the form that the card's menu opens."""

from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.ids import ButtonValue
from bot.neo.wire import TASK_NAME_LIMIT
from bot.render.forms import rename_form
from bot.sandbox.faults import ApiError, DropAfter
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.modals import checked
from bot.slack.views import WORDS
from conversation.scenes import finish, resting, sent_bodies, whispered, working
from conversation.test_controls import OFTEN, THREAD, choose, entries
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

TITLE = "Rename the task"
RENAME = "Rename …"


async def renamed(task: TaskState, title: str) -> None:
    """Wait until Neo knows the task by this name."""
    await wait_until(lambda: task.name == title, title, also=lambda: task.name)


@given(st.text(max_size=4_000))
def test_slack_takes_the_form_whatever_the_title_is(title: str) -> None:
    form = checked(dict(rename_form('{"t":"C1:1.0","s":"rename:1"}', title=title)))
    (field,) = form["blocks"]
    assert field["element"]["max_length"] == TASK_NAME_LIMIT
    assert not field["optional"]


async def test_the_owner_renames_a_task_from_its_card_while_neo_works_and_when_it_is_done(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        await choose(stage, root, THREAD, RENAME)
        await renamed_in_form(stage, "  Upgrade   billing ", before="")  # Neo has not named it
        await renamed(task, "Upgrade billing")
        await stage.sees(root, "*Upgrade billing*")
        await finish(stage, root, task)
        await stage.sees(root, "✅ Done")
        await choose(stage, root, THREAD, RENAME)
        await renamed_in_form(stage, "Upgrade billing, part 2", before="Upgrade billing")
        await stage.sees(root, "*Upgrade billing, part 2*")
        assert [b["name"] for b in sent_bodies(stage, "update_task")] == [
            "Upgrade billing",
            "Upgrade billing, part 2",
        ]


async def renamed_in_form(stage: Stage, title: str, *, before: str) -> None:
    """Fill in the form, which begins with the present title."""
    form = await stage.opens(TITLE)
    (field,) = form.view["blocks"]
    assert field["element"].get("initial_value", "") == before
    assert await stage.submit(title) == {}


async def test_only_the_owner_gets_the_form_and_nobody_else_can_send_it(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        before = task.name
        for user, why in ((BOB, f"Only <@{ANN}> can do that"), (EVE, "not on the list")):
            await choose(stage, root, THREAD, RENAME, user=user)
            await whispered(stage, user, why)
            assert stage.modal(user) is None
        await choose(stage, root, THREAD, RENAME)
        form = await stage.opens(TITLE)
        form.user = BOB  # as somebody sends it who makes a request of their own
        told = len(stage.slack.ephemerals)
        entered = {"type": "plain_text_input", "value": "Bob's"}
        await stage.slack.submit(BOB, form.id, {WORDS: {WORDS: entered}})
        await wait_until(lambda: len(stage.slack.ephemerals) > told, "Bob is told")
        assert stage.slack.ephemerals[-1].user == BOB
        assert "Only" in stage.slack.ephemerals[-1].text
    assert task.name == before
    assert sent_bodies(stage, "update_task") == []


async def test_where_slack_opens_no_form_the_owner_is_told_the_command(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, _ = await working(stage)
        stage.slack.faults.add("views.open", ApiError("expired_trigger_id"))
        await choose(stage, root, THREAD, RENAME)
        await whispered(stage, ANN, "`/neo rename`")


async def test_a_form_that_slack_opened_and_did_not_answer_for_renames_the_task(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=OFTEN):
        root, task = await working(stage)
        stage.slack.faults.add("views.open", DropAfter())
        await choose(stage, root, THREAD, RENAME)
        form = await stage.opens(TITLE)
        await wait_until(lambda: form.versions == 2, "found by its name")
        await stage.submit("Upgrade billing")
        await renamed(task, "Upgrade billing")
    assert stage.slack.ephemerals == []


async def test_a_form_that_is_sent_after_the_thread_left_its_task_renames_nothing(
    stage: Stage,
) -> None:
    async with stage.bridging(patience=OFTEN):
        root, first = await resting(stage)
        await choose(stage, root, THREAD, RENAME)
        await stage.opens(TITLE)
        await choose(stage, root, THREAD, "New task in this thread")
        await stage.sees(root, "is done with the task above")
        await stage.reply(root, "something else")
        await wait_until(lambda: len(stage.neo.tasks) == 2, "the new task")
        await stage.submit("Too late")
        await whispered(stage, ANN, "not about that task any more")
        old = ButtonValue(t=f"{INFRA}:{root}", s=f"{actions.RENAME}:1").encode()
        await stage.slack.click(ANN, INFRA, stage.thread(root)[0].ts, actions.LISTEN, value=old)
        await wait_until(
            lambda: sum("any more" in e.text for e in stage.slack.ephemerals) == 2, "told again"
        )
        assert stage.modal() is None
    assert "Too late" not in {task.name for task in (first, *stage.neo.tasks.values())}


async def test_neos_refusal_of_a_title_is_told(stage: Stage) -> None:
    async with stage.bridging(patience=OFTEN):
        root, _ = await working(stage)
        await wait_until(lambda: RENAME in entries(stage, root, THREAD), "the menu")
        stage.neo.faults.add("update_task", ApiError("not yours"))
        await choose(stage, root, THREAD, RENAME)
        await stage.opens(TITLE)
        await stage.submit("Mine")
        await stage.sees(root, "The task was not changed.")
