"""The cards as somebody reads them."""

from datetime import UTC, datetime

from bot.ids import ApprovalRequestId, ButtonValue
from bot.neo import events as neo
from bot.render.cards import show
from bot.render.outputs import PostFile
from bot.render.progress_card import TODOS_SHOWN
from bot.render.words import duration_in_words, tool_in_words
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons, plain_text
from bot.told import Told
from bot.view import Asker, Card, Resolution, Todo, Turn, View
from render.happenings import NOW, THREAD, VIEW, take, take_all, texts

REQUEST = ApprovalRequestId("r-1")


def shown(view: View, key: str, *, now: float = NOW + 125) -> Message:
    content = show(view, key, thread=THREAD, now=now)
    assert content is not None
    return Message("C", "1", "B", content.text, [dict(block) for block in content.blocks])


def progress(view: View, *, now: float = NOW + 125) -> str:
    assert view.turn
    return plain_text(shown(view, view.turn.card.key, now=now))


def asked(event: neo.ApprovalRequested) -> View:
    return take(VIEW, event)[0]


def approval(view: View) -> Message:
    return shown(view, view.approvals[0].card.key)


def labels(message: Message) -> list[str]:
    return [label for _, label, _ in buttons(message)]


def test_a_progress_card_says_what_goes_on_and_how_to_stop_it() -> None:
    todo = neo.ToolCall(
        "0",
        "todo__TodoWrite",
        {"todos": [{"content": "Read", "status": "completed"}, {"content": "Plan"}]},
    )
    view, _ = take_all(
        VIEW,
        [
            neo.UserSaid("go"),
            neo.TaskRenamed("Upgrade checkout-api"),
            neo.AssistantSaid("", (todo,)),
            neo.ToolStarted("1", "shell__execute", {"command": "npm test"}),
            neo.ToolFinished("1", "shell__execute", is_error=True),
            neo.ToolStarted("2", "pulumi__preview", {"stack": "acme/prod"}),
        ],
    )
    card = shown(view, "t-1/turn/1")
    link = next(e for e in card.blocks[-1]["elements"] if "url" in e)

    text = plain_text(card)
    assert "Upgrade checkout-api" in text
    assert "Working for 2 min 5 s" in text
    assert "1 of 2 to-dos done" in text
    assert "1 tool call, 1 failed" in text
    assert "✅ Read\n⬜ Plan" in text
    assert "🔧 pulumi: preview (acme/prod)" in text
    assert labels(card) == ["Stop", "Open in Pulumi Cloud"]
    assert link["url"] == VIEW.console_url


def test_a_card_of_an_ended_turn_has_no_stop_and_no_running_tool() -> None:
    view, _ = take_all(
        VIEW,
        [
            neo.UserSaid("go"),
            neo.ToolStarted("1", "shell__execute"),
            neo.AssistantSaid("done", is_final=True),
        ],
    )
    card = shown(view, "t-1/turn/1")

    assert "✅ Done after 2 s" in plain_text(card)
    assert "🔧" not in plain_text(card)
    assert labels(card) == ["Open in Pulumi Cloud"]


def test_a_card_that_waits_says_for_what() -> None:
    question = neo.ApprovalRequested(REQUEST, "Which?", tool_name="ask_user")
    both, _ = take_all(VIEW, [question, neo.ApprovalRequested(ApprovalRequestId("2"), "Go?")])

    assert "Waiting for an answer" in progress(asked(question))
    assert "Waiting for a decision" in progress(both)


def test_a_card_whose_turn_is_being_stopped_offers_no_second_stop() -> None:
    view, _ = take_all(VIEW, [neo.UserSaid("go"), neo.UserCancelled()])

    assert "Stopping" in progress(view)
    assert "Stop" not in labels(shown(view, "t-1/turn/1"))


def test_a_quiet_turn_says_what_is_the_matter_and_what_to_do() -> None:
    view, _ = take(VIEW, neo.UserSaid("go"))
    silent = view.with_signs(silent_since=NOW - 240)
    stopping = silent.with_turn(stopping=True)
    ended, _ = take(silent, neo.Cancelled())

    assert "runtime is starting; this can take a minute" in progress(view.with_signs(booting=True))
    assert "No sign of life from Neo's runtime for 6 min. You can press Stop" in progress(silent)
    assert "for 6 min. You can look in Pulumi Cloud." in progress(stopping)
    assert "sign of life" not in progress(ended)


def test_what_is_known_of_a_runtime_changes_a_card_only_if_it_is_new_and_a_turn_runs() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    quiet = running.with_signs(booting=True)
    ended, _ = take(running, neo.Cancelled())

    assert quiet != running
    assert quiet.with_signs(booting=True) is quiet
    assert running.with_signs() is running
    assert ended.with_signs(booting=True) is ended
    assert VIEW.with_signs(booting=True) is VIEW


def test_a_long_to_do_list_shows_the_lines_around_the_work() -> None:
    todos = tuple(
        Todo(content=f"line {n}", status="completed" if n < 40 else "pending") for n in range(80)
    )
    turn = Turn(number=1, started_at=NOW, todos=todos, card=Card(key="k"))

    text = progress(VIEW.model_copy(update={"turn": turn}))

    assert "… 37 before\n✅ line 37" in text
    assert "⬜ line 40" in text
    assert f"… and {80 - 37 - TODOS_SHOWN} more" in text


def test_an_approval_says_who_is_asked_for_what_and_by_which_tool() -> None:
    event = neo.ApprovalRequested(
        REQUEST,
        "Update **prod**?",
        sensitivity="sensitive",
        tool_name="pulumi__up",
        git_diff={
            "index.ts": "--- a/index.ts\n+++ b/index.ts\n@@ -1,2 +1,3 @@\n-a\n+b\n+c\n--- x\n",
            "new.ts": "@@ -0,0 +1 @@\n+x\n",
        },
    )
    card = approval(asked(event))
    text = plain_text(card)

    assert text.startswith("🔴 <@U0ANN>")
    assert "Update **prod**?" in text
    assert "*2 files changed*  +3 -2" in text
    assert "• index.ts  +2 -2" in text
    assert "Tool: pulumi: up" in text
    assert "Sensitivity: sensitive" in text
    assert labels(card) == ["Approve", "Deny", "Review", "Open in Pulumi Cloud"]
    for _, _, carried in buttons(card)[:3]:
        value = ButtonValue.decode(carried)
        assert (value.thread, value.subject) == (THREAD, "r-1")
        assert value.digest == asked(event).approvals[0].digest


def test_an_approval_says_whose_words_made_neo_ask_and_what_the_tool_works_on() -> None:
    said = datetime(2026, 11, 1, tzinfo=UTC)
    told = Told(
        said=(said.timestamp(),),
        asker=Asker(by="U0ANN", words="upgrade prod", instant=said.timestamp()),
    )
    view, _ = take(VIEW, neo.UserSaid("> background\n\nupgrade prod", said), told=told)
    call = neo.ToolCall("toolu_1", "pulumi__up", {"stack": "acme/prod"})
    view, _ = take(view, neo.AssistantSaid("", (call,)), told=told)
    event = neo.ApprovalRequested(
        REQUEST, "Go?", tool_name="pulumi__up", tool_call_id="toolu_1", sensitivity="sensitive"
    )
    view, _ = take(view, event, told=told)
    card = approval(view)

    assert "To do what <@U0ANN> asked:\n>upgrade prod" in plain_text(card)
    assert "Tool: pulumi: up (acme/prod)" in plain_text(card)
    assert (card.blocks[1]["type"], card.blocks[1]["level"]) == ("alert", "error")
    elsewhere, _ = take(VIEW, neo.UserSaid("clean up", said, "ada"))
    elsewhere, _ = take(elsewhere, event)
    assert "To do what ada asked outside Slack:\n>clean up" in plain_text(approval(elsewhere))


def test_only_what_is_sensitive_asks_once_more_before_it_counts() -> None:
    for sensitivity, asks in (("sensitive", True), ("grave", True), ("regular", False)):
        event = neo.ApprovalRequested(REQUEST, "Go?", sensitivity=sensitivity)
        card = approval(asked(event))
        approve, deny = card.blocks[-2]["elements"][:2]
        assert ("confirm" in approve, "confirm" in deny) == (asks, False)
        assert plain_text(card).startswith("🔴" if asks else "🟡")


def test_what_was_sensitive_is_still_named_so_when_it_is_settled_but_asks_for_nothing() -> None:
    view = asked(neo.ApprovalRequested(REQUEST, "Go?", sensitivity="sensitive"))
    (open_one,) = view.approvals
    denied = open_one.model_copy(update={"resolution": Resolution(ok=False, by="U0ANN")})
    text = plain_text(approval(view.with_approval(denied)))

    assert "Sensitivity: sensitive" in text
    assert "Look twice" not in text


def test_what_is_new_since_the_last_approval_comes_first() -> None:
    event = neo.ApprovalRequested(
        REQUEST,
        "Go?",
        git_diff={"a.ts": "@@ -1 +1,2 @@\n+a\n+b", "b.ts": "@@ -0,0 +1 @@\n+c"},
        last_approval_diff={"a.ts": "@@ -1 +1 @@\n-x\n+b"},
    )
    text = plain_text(approval(asked(event)))

    assert text.index("*1 file changed since the last approval*  +1 -1") < text.index("-x\n+b")
    assert text.index("-x\n+b") < text.index("*2 files changed in all*  +3 -0")
    assert "+c" not in text.split("```")[1]


def test_a_long_diff_goes_into_a_file_and_a_short_one_does_not() -> None:
    patch = "@@ -0,0 +99 @@\n" + "+x\n" * 99
    long = neo.ApprovalRequested(REQUEST, "Go?", git_diff={"a.ts": patch})
    view, outputs = take(VIEW, long)
    (file,) = (o for o in outputs if isinstance(o, PostFile))

    assert (file.filename, file.text.count("+x\n")) == ("neo-changes.diff", 99)
    assert "… and 81 more lines: the whole diff is in *Review*, and a file" in plain_text(
        approval(view)
    )
    short = neo.ApprovalRequested(REQUEST, "Go?", git_diff={"a.ts": "+x"})
    assert not [o for o in take(VIEW, short)[1] if isinstance(o, PostFile)]


def test_answers_that_neo_offers_are_buttons_and_those_that_are_too_many_are_not() -> None:
    offered = ("Yes", "Only dev", "Only dev", "", *(f"Option {n}" for n in range(12)))
    general = approval(asked(neo.ApprovalRequested(REQUEST, "Go?", buttons=offered)))
    question = approval(
        asked(neo.ApprovalRequested(REQUEST, "Go?", buttons=offered, tool_name="ask_user"))
    )

    assert labels(general)[:2] == ["Only dev", "Option 0"]
    assert labels(general)[-4:] == ["Approve", "Deny", "Review", "Open in Pulumi Cloud"]
    assert "They approve nothing" in plain_text(general)
    assert labels(question)[:2] == ["Yes", "Only dev"]
    assert labels(question)[-2:] == ["Answer", "Open in Pulumi Cloud"]
    assert "3 more" in plain_text(general)


def test_of_many_changed_files_some_are_named_and_all_are_counted() -> None:
    diff = {f"{n:03}.ts": "+a\n-b\n+c" for n in range(100)}
    text = plain_text(approval(asked(neo.ApprovalRequested(REQUEST, "Go?", git_diff=diff))))

    assert "*100 files changed*  +200 -100" in text
    assert "• 024.ts  +2 -1" in text
    assert "025.ts" not in text
    assert "… and 75 more" in text


def test_a_plan_is_shown_as_markdown_and_a_cut_one_says_where_the_rest_is() -> None:
    whole = neo.ApprovalRequested(REQUEST, "Go?", "plan_exit", plan="1. Do it\n\n**Risk:** none")
    long = neo.ApprovalRequested(REQUEST, "Go?", "plan_exit", plan="step\n" * 3000)

    (block,) = [b for b in approval(asked(whole)).blocks if b["type"] == "markdown"]
    assert block["text"] == "Go?\n\n1. Do it\n\n**Risk:** none"
    assert "its plan" in plain_text(approval(asked(whole)))
    assert "file above" not in plain_text(approval(asked(whole)))
    assert "file above" in plain_text(approval(asked(long)))


def test_a_plan_with_two_tables_still_makes_a_card_with_one() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    event = neo.ApprovalRequested(REQUEST, "Go?", "plan_exit", plan=table * 2)

    card = approval(asked(event))

    assert [b["type"] for b in card.blocks].count("table") == 1
    assert "file above" in plain_text(card)


def test_a_question_has_no_decision_buttons_and_says_how_to_answer() -> None:
    card = approval(asked(neo.ApprovalRequested(REQUEST, "Which?", tool_name="x__ask_user")))

    assert labels(card) == ["Answer", "Open in Pulumi Cloud"]
    assert "Reply in this thread" in plain_text(card)


def test_in_a_quiet_thread_a_card_says_that_an_answer_has_to_mention_the_bot() -> None:
    for tool in ("", "ask_user"):
        view = asked(neo.ApprovalRequested(REQUEST, "Go?", tool_name=tool))
        loud, quiet = (
            plain_text(approval(view.model_copy(update={"quiet": quiet})))
            for quiet in (False, True)
        )
        assert "ention me" not in loud
        assert "ention me" in quiet


def test_in_a_quiet_thread_the_end_of_a_turn_says_that_one_goes_on_by_a_mention() -> None:
    running, _ = take(VIEW.model_copy(update={"quiet": True}), neo.UserSaid("go"))
    for end in (neo.Failed("oh"), neo.Cancelled()):
        (said,) = texts(take(running, end)[1])
        assert "Mention me here to go on." in said


def test_a_request_whose_id_no_button_can_carry_is_decided_by_a_reply() -> None:
    event = neo.ApprovalRequested(ApprovalRequestId("x" * 3000), "Go?")
    card = approval(asked(event))

    assert labels(card) == ["Open in Pulumi Cloud"]
    assert "Or reply: yes approves" in plain_text(card)


def settled(how: Resolution, *, question: bool = False) -> str:
    tool = "ask_user" if question else ""
    view = asked(neo.ApprovalRequested(REQUEST, "Go?", tool_name=tool))
    view = view.with_approval(view.approvals[0].model_copy(update={"resolution": how}))
    card = approval(view)
    assert labels(card) == []
    return plain_text(card)


def test_a_settled_card_says_how_and_by_whom() -> None:
    yes = Resolution(ok=True, by="U0ANN")
    no = Resolution(ok=False, by="U0ANN", instructions="not on a Friday")
    console = Resolution(ok=True, by="ada", elsewhere=True)
    mode = Resolution(ok=True, elsewhere=True)
    answer = Resolution(ok=False, by="U0ANN", instructions="prod")

    assert settled(yes).startswith("✅ *Neo asked for approval*")
    assert "*Approved* by <@U0ANN>." in settled(yes)
    assert settled(no).startswith("🚫")
    assert "*Denied* by <@U0ANN>:\n>not on a Friday" in settled(no)
    assert "by ada, outside Slack." in settled(console)
    assert "automatically, by this task's approval mode." in settled(mode)
    assert "*Answered* by <@U0ANN>:\n>prod" in settled(answer, question=True)
    assert "nothing was decided. The turn was stopped." in settled(
        Resolution(ok=False, void="The turn was stopped.")
    )


def test_a_decision_on_its_way_shows_no_buttons_and_that_neo_does_not_have_it_yet() -> None:
    view = asked(neo.ApprovalRequested(REQUEST, "Go?"))
    decided = view.approvals[0].model_copy(update={"decision": Resolution(ok=True, by="U0ANN")})
    card = approval(view.with_approval(decided))

    assert labels(card) == []
    assert "Telling Neo" in plain_text(card)


def test_what_a_card_shows_is_what_its_digest_covers() -> None:
    base = neo.ApprovalRequested(REQUEST, "Go?", plan="p", tool_name="t", git_diff={"f": "+a"})
    others = [
        neo.ApprovalRequested(REQUEST, "Go!", plan="p", tool_name="t", git_diff={"f": "+a"}),
        neo.ApprovalRequested(REQUEST, "Go?", plan="q", tool_name="t", git_diff={"f": "+a"}),
        neo.ApprovalRequested(REQUEST, "Go?", plan="p", tool_name="u", git_diff={"f": "+a"}),
        neo.ApprovalRequested(REQUEST, "Go?", plan="p", tool_name="t", git_diff={"f": "+b"}),
        neo.ApprovalRequested(
            REQUEST, "Go?", plan="p", tool_name="t", git_diff={"f": "+a"}, buttons=("Later",)
        ),
        neo.ApprovalRequested(
            REQUEST,
            "Go?",
            plan="p",
            tool_name="t",
            git_diff={"f": "+a"},
            last_approval_diff={"f": "+a"},
        ),
        neo.ApprovalRequested(
            REQUEST, "Go?", "plan_exit", plan="p", tool_name="t", git_diff={"f": "+a"}
        ),
        neo.ApprovalRequested(
            REQUEST, "Go?", sensitivity="sensitive", plan="p", tool_name="t", git_diff={"f": "+a"}
        ),
    ]

    digests = {asked(event).approvals[0].digest for event in (base, *others)}
    assert len(digests) == len(others) + 1
    assert asked(base).approvals[0].digest in digests


def test_tools_and_times_read_as_words() -> None:
    assert tool_in_words("todo__TodoWrite", {}) == "todo: todo write"
    assert tool_in_words("pulumi__stack_up", {"stack": "a\nb"}) == "pulumi: stack up (a b)"
    assert tool_in_words("", {"stack": 3}) == "a tool"
    assert [duration_in_words(s) for s in (-3, 8.9, 125, 4320)] == [
        "0 s",
        "8 s",
        "2 min 5 s",
        "1 h 12 min",
    ]
