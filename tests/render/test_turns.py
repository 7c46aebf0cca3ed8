"""What a thread shows of a turn, event by event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.approvals.digest import digest_of
from bot.ids import ApprovalRequestId
from bot.neo import events as neo
from bot.render.outputs import PostCard, PostFile, PostText
from bot.slack.ops import Priority
from bot.told import Told
from bot.view import PAST_KEPT, FilesLeft, Outcome, Resolution, TurnState
from render.happenings import NOW, VIEW, new_cards, take, take_all, texts

SAID_AT = datetime.fromtimestamp(NOW, UTC)
ASKED = neo.ApprovalRequested(ApprovalRequestId("r-1"), "Update prod?")
QUESTION = neo.ApprovalRequested(ApprovalRequestId("q-1"), "Which one?", tool_name="ask_user")
YES = neo.UserConfirmed(ApprovalRequestId("r-1"), ok=True, actor="ada")


def test_a_message_of_ours_is_not_repeated_and_begins_a_turn() -> None:
    view, outputs = take(VIEW, neo.UserSaid("hello", SAID_AT), told=Told(said=(NOW,)))

    assert view.state is TurnState.RUNNING
    assert view.has_echoed(NOW)
    assert [type(o) for o in outputs] == [PostCard]


@pytest.mark.parametrize("timestamp", [SAID_AT, None])
def test_a_message_typed_elsewhere_is_shown_in_front_of_its_turn(
    timestamp: datetime | None,
) -> None:
    event = neo.UserSaid("roll back", timestamp, "ada")

    _, (said, card) = take(VIEW, event, told=Told(said=(NOW - 1,)))

    assert isinstance(said, PostText)
    assert "ada" in said.content.text
    assert "roll back" in said.content.text
    assert isinstance(card, PostCard)


def test_an_automations_instructions_are_shown() -> None:
    _, outputs = take(VIEW, neo.Triggered("check the drift"))

    assert "check the drift" in texts(outputs)[0]
    assert len(new_cards(outputs)) == 1


def test_only_a_message_that_is_final_ends_the_turn_and_is_an_answer() -> None:
    running, outputs = take_all(VIEW, [neo.UserSaid("go"), neo.AssistantSaid("first")])
    ended, answer = take(running, neo.AssistantSaid("last", is_final=True), number=9)
    waits_for_a_client = neo.AssistantSaid(
        "", (neo.ToolCall("1", "x", execution_mode="cli"),), is_final=True
    )

    assert running.state is TurnState.RUNNING
    assert texts(outputs)[-1] == "first"
    assert ended.state is TurnState.IDLE
    assert ended.turn
    assert (ended.turn.outcome, ended.turn.ended_at) == (Outcome.FINISHED, NOW + 9)
    assert [o.priority for o in answer if isinstance(o, PostText)] == [Priority.ANSWER]
    assert take(running, waits_for_a_client)[0].state is TurnState.RUNNING


def test_an_empty_message_shows_nothing() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))

    assert take(running, neo.AssistantSaid(" \n"))[1] == []


def test_an_approval_makes_the_turn_wait_and_its_echo_lets_it_go_on() -> None:
    waiting, outputs = take_all(VIEW, [neo.UserSaid("go"), ASKED])
    decided, _ = take(waiting, YES)

    assert waiting.state is TurnState.WAITING
    assert new_cards(outputs)[-1] == "t-1/approval/r-1"
    assert outputs[-1] == PostCard("t-1/approval/r-1", Priority.DECISION)
    assert decided.state is TurnState.RUNNING
    assert decided.approvals[0].resolution == Resolution(ok=True, by="ada", elsewhere=True)


def test_two_approvals_wait_until_both_are_decided() -> None:
    waiting, _ = take_all(VIEW, [ASKED, QUESTION])
    one, _ = take(waiting, YES)

    assert len(waiting.open_approvals) == 2
    assert one.state is TurnState.WAITING
    assert [a.request_id for a in one.open_approvals] == ["q-1"]


def test_our_decision_is_shown_as_ours_and_another_ones_as_theirs() -> None:
    waiting, _ = take(VIEW, ASKED)
    ours = Told(said=(NOW,), decisions={"r-1": Resolution(ok=True, by="U0ANN")})

    settled, _ = take(waiting, replace(YES, timestamp=SAID_AT), told=ours)
    faster, _ = take(waiting, replace(YES, timestamp=SAID_AT + timedelta(seconds=1)), told=ours)
    overruled, _ = take(waiting, neo.UserConfirmed(ApprovalRequestId("r-1"), ok=False), told=ours)
    automatic, _ = take(
        waiting, neo.UserConfirmed(ApprovalRequestId("r-1"), ok=True, synthetic=True)
    )

    assert settled.approvals[0].resolution == Resolution(ok=True, by="U0ANN")
    assert faster.approvals[0].resolution == Resolution(ok=True, by="ada", elsewhere=True)
    assert overruled.approvals[0].resolution == Resolution(ok=False, by="somebody", elsewhere=True)
    assert automatic.approvals[0].resolution == Resolution(ok=True, elsewhere=True)


def test_the_first_confirmation_of_an_approval_stands() -> None:
    waiting, _ = take(VIEW, ASKED)
    decided, _ = take(waiting, YES)
    again, outputs = take(decided, neo.UserConfirmed(ApprovalRequestId("r-1"), ok=False))

    assert again.approvals == decided.approvals
    assert outputs == []


@pytest.mark.parametrize(
    ("event", "outcome", "why"),
    [
        (neo.AssistantSaid("", is_final=True), Outcome.FINISHED, "without it"),
        (neo.Failed("boom"), Outcome.FAILED, "error"),
        (neo.Cancelled(), Outcome.CANCELLED, "stopped"),
    ],
)
def test_the_end_of_a_turn_closes_what_waits_and_says_why(
    event: neo.TaskEvent, outcome: Outcome, why: str
) -> None:
    waiting, _ = take(VIEW, ASKED)
    ended, _ = take(waiting, event)

    assert ended.turn
    assert ended.turn.outcome is outcome
    (approval,) = ended.approvals
    assert approval.resolution
    assert why in approval.resolution.void
    assert approval.card.version == 2


def test_a_settled_approval_leaves_with_its_turn_once_slack_shows_it() -> None:
    waiting, _ = take(VIEW, ASKED)
    ended, _ = take(waiting, neo.Cancelled())
    key = ended.approvals[0].card.key
    not_shown = ended.with_card(key, ts="1.2", shown=1)
    shown = ended.with_card(key, ts="1.2", shown=2)

    assert take(not_shown, neo.UserSaid("next"))[0].approvals
    assert not take(shown, neo.UserSaid("next"))[0].approvals


def test_a_turn_is_kept_until_slack_shows_that_it_ended_and_not_for_ever() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    posted = running.with_card("t-1/turn/1", ts="1.2", shown=1)
    ended, _ = take(posted, neo.Cancelled())
    next_one, _ = take(ended, neo.UserSaid("next"))

    assert [t.number for t in next_one.turns()] == [1, 2]
    assert next_one.turns()[0].outcome is Outcome.CANCELLED
    after = next_one.with_card("t-1/turn/1", shown=2)
    assert [t.number for t in after.turns()] == [2]
    for number in range(2, 30):
        next_one = next_one.with_card(f"t-1/turn/{number}", ts="1.2", shown=1)
        next_one, _ = take_all(next_one, [neo.Cancelled(), neo.UserSaid("next")])
    assert len(next_one.past) == PAST_KEPT


def test_a_request_that_changed_is_due_to_be_shown_as_it_is_asked_now() -> None:
    waiting, _ = take_all(VIEW, [neo.UserSaid("go"), ASKED])
    other = neo.ApprovalRequested(ASKED.request_id, "Destroy prod?")

    changed, outputs = take(waiting, other)
    (approval,) = changed.approvals

    assert approval.message == "Destroy prod?"
    assert approval.digest == digest_of(other)
    assert approval.card.version == waiting.approvals[0].card.version + 1
    assert outputs == []
    assert take(waiting, ASKED)[0].approvals == waiting.approvals
    decided, _ = take(waiting, YES)
    assert take(decided, other)[0].approvals == decided.approvals


def test_a_view_stays_small_however_much_is_asked_in_one_turn() -> None:
    diff = {f"{'deep/' * 100}{n}.ts": "+a\n-b\n+c" for n in range(1000)}
    view = VIEW
    for number in range(30):
        request = ApprovalRequestId(f"r-{number}")
        view, _ = take_all(view, [neo.ApprovalRequested(request, "Go?", git_diff=diff)])
        view, _ = take(view, neo.UserConfirmed(request, ok=True))

    last = view.approvals[-1]
    assert last.files_left == FilesLeft(count=975, added=2 * 975, removed=975)
    assert len(view.model_dump_json()) < 50_000
    assert last.resolution


def test_only_our_own_events_are_remembered_as_echoes() -> None:
    told = Told(said=(NOW,))
    view, _ = take(VIEW, neo.UserSaid("ours", SAID_AT), told=told)
    for second in range(100):
        typed = datetime.fromtimestamp(NOW + 1 + second, UTC)
        view, _ = take(
            view, neo.UserConfirmed(ASKED.request_id, ok=True, timestamp=typed), told=told
        )

    assert view.has_echoed(NOW)
    assert view.echoes == (NOW,)


def test_a_cancel_is_said_once_and_an_idle_task_has_nothing_to_stop() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    stopping, _ = take(running, neo.UserCancelled(SAID_AT))
    stopped, outputs = take(stopping, neo.Cancelled())

    assert stopping.turn
    assert stopping.turn.stopping
    assert "Stopped" in texts(outputs)[0]
    assert take(stopped, neo.Cancelled())[1] == []
    late, _ = take(stopped, neo.UserCancelled(SAID_AT))
    assert late.turn
    assert not late.turn.stopping


def test_a_warning_goes_on_and_an_error_ends() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    warned, warning = take(running, neo.Warned("quota is low"))
    failed, error = take(warned, neo.Failed("no credits <!channel>"))

    assert warned.state is TurnState.RUNNING
    assert "quota is low" in texts(warning)[0]
    assert failed.state is TurnState.IDLE
    assert "no credits &lt;!channel&gt;" in texts(error)[0]


def test_a_to_do_list_is_read_line_by_line_in_its_own_order() -> None:
    def todos(*items: object) -> neo.AssistantSaid:
        call = neo.ToolCall("1", "todo__TodoWrite", {"todos": list(items)})
        return neo.AssistantSaid("", (call,))

    view, outputs = take(
        VIEW,
        todos(
            {"content": "second", "index": 2, "status": "odd"},
            {"status": "pending"},
            "nonsense",
            {"content": "first", "index": 1, "status": "completed"},
        ),
    )
    broken = neo.AssistantSaid("", (neo.ToolCall("1", "todo__TodoWrite", {"todos": "x"}),))

    assert view.turn
    assert [(t.content, t.status) for t in view.turn.todos] == [
        ("first", "completed"),
        ("second", "odd"),
    ]
    assert texts(outputs) == []
    kept, _ = take(view, broken)
    assert kept.turn
    assert kept.turn.todos == view.turn.todos


def test_tools_come_and_go_and_are_counted() -> None:
    start = neo.ToolStarted("1", "pulumi__preview", {"stack": "acme/prod"})
    view, _ = take_all(
        VIEW,
        [
            neo.UserSaid("go"),
            start,
            neo.ToolProgressed("1", "12 of 40 resources"),
            neo.ToolStarted("2", "todo__TodoWrite"),
            neo.ToolProgressed("other", "not running"),
        ],
    )
    done, _ = take(view, neo.ToolFinished("1", "pulumi__preview", is_error=True))

    assert view.turn
    assert [t.words for t in view.turn.tools] == ["pulumi: preview (acme/prod)"]
    assert view.turn.note == "12 of 40 resources"
    assert done.turn
    assert (done.turn.tools, done.turn.tools_done, done.turn.tools_failed) == ((), 1, 1)
    assert done.turn.note == ""


def test_a_request_too_long_for_its_card_comes_whole_as_a_file_in_front_of_it() -> None:
    plan = "## Plan\n" + "do it\n" * 3000
    event = neo.ApprovalRequested(ApprovalRequestId("r"), "Go?", "plan_exit", plan=plan)

    view, outputs = take(VIEW, event)

    *_, file, card = outputs
    assert isinstance(file, PostFile)
    assert file.text == f"Go?\n\n{plan.strip()}"
    assert isinstance(card, PostCard)
    assert len(view.approvals[0].plan) < 7000


def test_a_request_of_nothing_but_space_makes_no_empty_file() -> None:
    event = neo.ApprovalRequested(ApprovalRequestId("r"), "", plan=" \n\t" * 5000)

    assert not any(isinstance(o, PostFile) for o in take(VIEW, event)[1])


def test_a_new_title_is_due_on_the_card() -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    renamed, outputs = take(running, neo.TaskRenamed("Upgrade\nNode"))

    assert renamed.title == "Upgrade Node"
    assert running.turn
    assert renamed.turn
    assert renamed.turn.card.version > running.turn.card.version
    assert outputs == []


@pytest.mark.parametrize(
    ("forge", "shown"),
    [
        ("github", "<https://github.com/acme/api/pull/7|acme/api#7>"),
        ("gitlab", "<https://gitlab.com/acme/api/-/merge_requests/7|acme/api#7>"),
        ("sourcehut", "acme/api#7"),
    ],
)
def test_a_pull_request_is_linked_where_its_forge_is_known(forge: str, shown: str) -> None:
    repo = {"org": "acme", "name": "api", "forge": forge}
    entity = neo.Entity("pull_request", {"repo": repo, "number": 7})

    _, outputs = take(VIEW, neo.EntitiesChanged((entity, neo.Entity("stack"))))

    assert [t.endswith(shown) for t in texts(outputs)] == [True]


def test_events_between_neos_parts_show_nothing() -> None:
    for event in (neo.Internal("secret"), neo.Unknown("new", "?"), neo.AwaitingApprovals()):
        view, outputs = take(VIEW, event)
        assert outputs == []
        assert view.turn is None
        assert view.cursor == "e-0"
