"""Whatever Neo sends, rendering answers, and Slack takes the answer."""

import re
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.neo import events as neo
from bot.render.outputs import PostFile, PostText
from bot.sandbox.slack.blockkit import UPDATE_TEXT, check_blocks
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import buttons, plain_text
from bot.slack.ops import Content
from bot.told import Told
from bot.view import TurnState, View
from render.happenings import VIEW, cards_of, new_cards, take, take_all, task_events, words

sequences = st.lists(task_events, min_size=1, max_size=10)
DISGUISED_LINK = re.compile(r"<https://evil[^<>\n]*\|[^<>\n]*>")
few = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def as_message(content: Content) -> Message:
    return Message("C", "1", "B", content.text, [dict(block) for block in content.blocks])


def assert_slack_takes(content: Content) -> None:
    check_blocks([dict(block) for block in content.blocks])
    assert content.text.strip() or content.blocks
    assert len(content.text.encode("utf-16-le")) // 2 <= UPDATE_TEXT


@few
@given(sequences)
def test_no_events_make_a_card_or_a_text_that_slack_refuses(events: list[neo.TaskEvent]) -> None:
    view = VIEW
    for number, event in enumerate(events):
        view, outputs = take(view, event, number=number)
        for content in cards_of(view):
            assert_slack_takes(content)
        for output in outputs:
            if isinstance(output, PostText):
                assert_slack_takes(output.content)
            elif isinstance(output, PostFile):
                assert output.text.encode()


@few
@given(sequences)
def test_a_view_survives_the_store_whatever_it_has_seen(events: list[neo.TaskEvent]) -> None:
    view, _ = take_all(VIEW, events)

    assert View.model_validate_json(view.model_dump_json()) == view


@few
@given(sequences)
def test_no_active_token_of_the_agents_reaches_slack(events: list[neo.TaskEvent]) -> None:
    view, outputs = take_all(VIEW, events)
    contents = [o.content for o in outputs if isinstance(o, PostText)]

    for content in (*contents, *cards_of(view)):
        shown = plain_text(as_message(content))
        assert "<!channel>" not in shown
        assert "<@U0EVE>" not in shown
        assert not DISGUISED_LINK.search(shown)


@few
@given(sequences)
def test_a_turn_has_one_progress_card_and_only_a_new_turn_has_another(
    events: list[neo.TaskEvent],
) -> None:
    _, outputs = take_all(VIEW, events)
    turns = [key for key in new_cards(outputs) if "/turn/" in key]

    assert turns == [f"t-1/turn/{n}" for n in range(1, len(turns) + 1)]


@few
@given(sequences)
def test_each_card_of_the_view_was_posted_once(events: list[neo.TaskEvent]) -> None:
    view, outputs = take_all(VIEW, events)
    posted = new_cards(outputs)

    assert {card.key for card in view.cards()} <= set(posted)
    assert len(posted) == len(set(posted)) or _asked_again(events)


def _asked_again(events: list[neo.TaskEvent]) -> bool:
    """Whether a request came with an id that an earlier turn's had: Neo's are unique."""
    ids = [e.request_id for e in events if isinstance(e, neo.ApprovalRequested)]
    return len(ids) > len(set(ids))


@few
@given(sequences)
def test_whatever_changes_on_a_card_makes_it_due_to_be_shown(events: list[neo.TaskEvent]) -> None:
    view = VIEW
    views = [view]
    for number, event in enumerate(events):
        view, _ = take(view, event, number=number)
        views.append(view)

    for before, after in pairwise(views):
        drawn = dict(zip((c.key for c in before.cards()), cards_of(before), strict=True))
        redrawn = dict(zip((c.key for c in after.cards()), cards_of(after), strict=True))
        versions = {c.key: c.version for c in before.cards()}
        for card in after.cards():
            if card.key in drawn and drawn[card.key] != redrawn[card.key]:
                assert card.version > versions[card.key]


@few
@given(sequences)
def test_an_ended_turn_leaves_nothing_open(events: list[neo.TaskEvent]) -> None:
    view, _ = take_all(VIEW, events)
    ended, _ = take(view, neo.Failed("broke"), number=len(events))

    assert ended.state is TurnState.IDLE
    assert not ended.open_approvals
    assert not any(b for c in cards_of(ended) for b in _labels(c) if b in {"Stop", "Approve"})


@few
@given(sequences, words)
def test_rendering_again_gives_the_same(events: list[neo.TaskEvent], content: str) -> None:
    view, _ = take_all(VIEW, events)
    event = neo.AssistantSaid(content, is_final=True)

    assert take(view, event, told=Told()) == take(view, event, told=Told())


def _labels(content: Content) -> list[str]:
    return [label for _, label, _ in buttons(as_message(content))]


@few
@given(task_events)
def test_whatever_comes_a_turn_is_not_called_quiet_any_more(event: neo.TaskEvent) -> None:
    running, _ = take(VIEW, neo.UserSaid("go"))
    quiet = running.with_signs(booting=True, silent_since=1.0)
    after, _ = take(quiet, event, number=1)

    assert quiet.turn
    assert after.turn
    assert (after.turn.booting, after.turn.silent_since) == (False, None)
    assert after.turn.card.version > quiet.turn.card.version
