"""What an approver may do beside a plain yes or no: read everything, say why, answer in words."""

from bot.ids import ButtonValue
from bot.sandbox.faults import ApiError, DropAfter, DropBefore
from bot.sandbox.neo import events
from bot.sandbox.neo.state import TaskState
from bot.sandbox.slack.text import buttons, interactive_elements, plain_text
from conversation.scenes import ask, confirmations, whispered, whispers, working
from stage import ANN, BOB, EVE, INFRA, Stage
from support import wait_until

PATCH = "@@ -0,0 +1,400 @@\n" + "".join(
    f"+line {n} of the new file, and it goes on\n" for n in range(400)
)


def request(words: str, request_id: str, **more: object) -> events.EventBody:
    return events.user_approval_request(words, request_id=request_id, **more)  # pyright: ignore[reportArgumentType] -- a table of keywords


async def press_whispered(stage: Stage, user: str, label: str) -> None:
    """Press the last button with this label among what somebody alone is shown."""
    for shown in reversed([e for e in stage.slack.ephemerals if e.user == user]):
        for action_id, text, _ in buttons(shown):
            if text == label:
                await stage.slack.click(user, INFRA, shown.ts, action_id)
                return
    raise LookupError(f"no button {label!r}: {whispers(stage, user)}")


async def decided(task: TaskState, *expected: tuple[bool, str]) -> None:
    await wait_until(
        lambda: confirmations(task) == [*expected], str(expected), also=lambda: confirmations(task)
    )


async def test_a_denial_says_what_neo_should_do_instead_and_counts_for_what_was_seen(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage, "upgrade checkout")
        await ask(stage, root, task, "Update prod?", request_id="r1", git_diff={"a.ts": "+a"})
        card = await stage.sees(root, "Update prod?")
        assert f"To do what <@{ANN}> asked:\n>upgrade checkout" in plain_text(card)
        deny = next(e["action_id"] for e in interactive_elements(card.blocks) if _is(e, "Deny"))
        await stage.slack.click(ANN, INFRA, card.ts, deny)
        await stage.opens("Deny", words="Update prod?")
        await stage.neo.emit(task.id, request("Update prod?", "r1", git_diff={"a.ts": "+b"}))
        await stage.sees(root, "+b")
        assert await stage.submit("only on dev") == {}
        await whispered(stage, ANN, "the card has changed since you saw it")
        assert confirmations(task) == []
        seen = next(v for _, label, v in buttons(card) if label == "Deny")
        old = ButtonValue.decode(seen).model_copy(update={"digest": "0" * 32}).encode()
        await stage.slack.click(ANN, INFRA, card.ts, deny, value=old)
        await wait_until(lambda: len(whispers(stage, ANN)) == 2, "nothing to fill in")
        assert stage.modal() is None

        await stage.slack.click(BOB, INFRA, card.ts, deny)
        await stage.opens("Deny", user=BOB)
        await stage.submit("no!", user=BOB)
        await whispered(stage, BOB, "Only")
        await stage.slack.click(ANN, INFRA, card.ts, deny)
        await stage.opens("Deny")
        await stage.submit("only on dev")
        await decided(task, (False, "only on dev"))
        await stage.sees(root, f"*Denied* by <@{ANN}>:\n>only on dev")


def _is(element: dict[str, object], label: str) -> bool:
    return str(element["text"]).find(f"'{label}'") >= 0


async def test_where_no_form_can_be_opened_one_denies_plainly(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        stage.slack.faults.add("views.open", ApiError("expired_trigger_id"), times=2)
        await stage.click(root, "Deny")
        await whispered(stage, ANN, "could not open the form")
        assert confirmations(task) == []
        await press_whispered(stage, ANN, "Deny plainly")
        await decided(task, (False, ""))
        await stage.neo.emit(task.id, events.question("Which region?"))
        await stage.sees(root, "Which region?")
        await stage.click(root, "Answer")
        await whispered(stage, ANN, "your words are the answer")


async def test_a_form_that_slack_opened_and_did_not_answer_for_is_the_one_that_counts(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        stage.slack.faults.add("views.open", DropAfter(), times=2)
        await stage.click(root, "Review")
        await stage.opens("Review", words="Approve")
        card = await stage.sees(root, "Update prod?")
        deny = next(e["action_id"] for e in interactive_elements(card.blocks) if _is(e, "Deny"))
        await stage.slack.click(ANN, INFRA, card.ts, deny)
        form = await stage.opens("Deny", words="Update prod?")
        await wait_until(lambda: form.versions == 2, "found by its name")
        await stage.submit("only on dev")
        await decided(task, (False, "only on dev"))
        assert whispers(stage, ANN) == []


async def test_where_nobody_knows_whether_a_form_opened_it_is_looked_for_before_more_is_said(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        stage.slack.faults.add("views.open", DropBefore(), times=2)
        await stage.click(root, "Deny")
        await whispered(stage, ANN, "could not open the form")
        await stage.click(root, "Review")
        await whispered(stage, ANN, "could not open the review")
        looked = [c.outcome for c in stage.slack.calls if c.method == "views.update"]
        assert looked == ["not_found"] * 4
        assert confirmations(task) == []


async def test_a_review_that_slack_does_not_take_says_so(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        stage.slack.faults.add("views.update", ApiError("view_too_large"))
        await stage.click(root, "Review")
        await stage.opens("Review", words="I could not show it here")


async def test_everybody_in_the_channel_may_review_and_only_the_owner_decides_there(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?", request_id="r1", git_diff={"a.ts": PATCH})
        await stage.click(root, "Review", user=EVE)
        await stage.opens("Review", user=EVE, words="line 0 of the new file")
        await stage.press("Next page", user=EVE)
        await stage.opens("Review", user=EVE, words="line 399 of the new file")
        await stage.click(root, "Review", user=BOB)
        await stage.opens("Review", user=BOB, words="Approve")
        await stage.press("Approve", user=BOB)
        await stage.opens("Review", user=BOB, words="Only")
        assert confirmations(task) == []

        await stage.click(root, "Review")
        await stage.opens("Review", words="line 0 of")
        await stage.neo.emit(task.id, request("Update prod?", "r1", git_diff={"a.ts": "+new"}))
        await stage.sees(root, "+new")
        await stage.press("Approve")
        await stage.opens("Review", words="has changed since you saw it")
        shown = await stage.opens("Review", words="+new")
        assert "line 0 of" not in str(shown.view)
        await stage.press("Approve")
        await decided(task, (True, ""))
        await stage.opens("Review", words=f"*Approved* by <@{ANN}>")


async def test_one_denies_in_words_from_a_review_too(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?", plan_description="1. Do it")
        await stage.click(root, "Review")
        await stage.opens("Review", words="1. Do it")
        await stage.press("Deny")
        await stage.opens("Deny")
        await stage.submit("in another region")
        await decided(task, (False, "in another region"))
        assert stage.modal() is None


async def test_a_review_that_neo_does_not_answer_says_so(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        stage.neo.faults.add("list_events", ApiError("not now"), times=20)
        await stage.click(root, "Review")
        await stage.opens("Review", words="Neo does not tell me now")


async def test_a_question_is_answered_by_an_option_or_in_a_form(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        options = ["us-east-1", "eu-central-1 " + "which is a long way from here " * 4]
        body = request("Which region?", "q1", buttons=options, tool_name="ask_user")
        await stage.neo.emit(task.id, body)
        card = await stage.sees(root, "Which region?")
        assert options[1].strip() in plain_text(card)
        await stage.click(root, next(lb for lb in stage.labels(root) if lb.startswith("eu-")))
        await decided(task, (False, options[1].strip()))
        await stage.neo.emit(task.id, events.question("For how long?"))
        await stage.sees(root, "For how long?")
        await stage.click(root, "Answer")
        await stage.opens("Answer Neo", words="For how long?")
        await stage.submit("7 years")
        await decided(task, (False, options[1].strip()), (False, "7 years"))
        await stage.sees(root, f"*Answered* by <@{ANN}>:\n>7 years")


async def test_offered_answers_of_an_approval_tell_neo_the_words_and_approve_nothing(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        offered = ["Approve", "Only dev", "Deny"]
        await ask(stage, root, task, "Update all?", buttons=offered, sensitivity="sensitive")
        card = await stage.sees(root, "Update all?")
        assert stage.labels(root)[-4:] == ["Only dev", "Approve", "Deny", "Review"]
        approve = next(e for e in interactive_elements(card.blocks) if _is(e, "Approve"))
        assert "Update all?" in approve["confirm"]["text"]["text"]
        assert card.blocks[1]["type"] == "alert"
        await stage.click(root, "Only dev")
        await decided(task, (False, "Only dev"))


async def test_a_reply_while_several_things_wait_is_for_the_one_that_its_author_names(
    stage: Stage,
) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?")
        await ask(stage, root, task, "Delete dev?")
        await stage.reply(root, "yes")
        await whispered(stage, ANN, "Which one did you mean by this?*\n>yes")
        assert confirmations(task) == []
        await press_whispered(stage, ANN, "Update prod?")
        await decided(task, (True, ""))
        await press_whispered(stage, ANN, "Delete dev?")
        await whispered(stage, ANN, "settled before")
        await stage.reply(root, "keep it")
        await decided(task, (True, ""), (False, "keep it"))


async def test_a_long_diff_is_in_the_thread_as_a_file_once(stage: Stage) -> None:
    async with stage.bridging():
        root, task = await working(stage)
        await ask(stage, root, task, "Update prod?", git_diff={"a.ts": PATCH})
    async with stage.bridging():
        await stage.click(root, "Deny")
        await decided(task, (False, ""))
    (file,) = (f for m in stage.slack.messages(INFRA) for f in m.files)
    assert file.name == "neo-changes.diff"
    assert file.content
    assert file.content.decode() == f"--- a/a.ts\n+++ b/a.ts\n{PATCH}"
