"""What a card says of who decides, where a policy says so."""

from bot.ids import ApprovalRequestId, UserId
from bot.neo import events as neo
from bot.policy.rules import Rule
from bot.policy.shown import Shown, shown
from bot.policy.votes import Vote
from bot.render.cards import show
from bot.render.waiting_list import Row, waiting_list
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import plain_text
from bot.view import Resolution
from render.happenings import NOW, THREAD, VIEW, take

ANN, BOB, CYD = map(UserId, (VIEW.owner, "U0BOB", "U0CYD"))
RULE = Rule(deciders=("S0OPS", CYD), quorum=2, requester_counts=False)
GROUPS = {"S0OPS": frozenset({ANN, BOB})}
REQUEST = ApprovalRequestId("r-1")


def card(
    deciders: Shown | None,
    how: Resolution | None = None,
    *,
    plan: bool = False,
    shared: bool = False,
    frozen_until: str = "",
) -> str:
    """Return how the card of an approval reads."""
    view, _ = take(VIEW, neo.ApprovalRequested(REQUEST, "Go?", "plan_exit" if plan else "general"))
    (approval,) = view.approvals
    seen = approval.model_copy(
        update={"deciders": deciders, "resolution": how, "frozen_until": frozen_until}
    )
    view = view.with_approval(seen).model_copy(update={"shared": shared})
    content = show(view, approval.card.key, thread=THREAD, now=NOW)
    assert content is not None
    return plain_text(Message("C", "1", "B", content.text, [dict(b) for b in content.blocks]))


def test_a_card_names_who_must_approve_and_how_to_decide() -> None:
    text = card(shown(RULE, (), ANN, GROUPS))
    assert "Neo asks for approval" in text
    assert (
        "2 of these must approve: <!subteam^S0OPS> and <@U0CYD>; the requester does not count."
        in text
    )
    assert "Or reply: yes approves, no denies." in text
    assert "Only" not in text
    assert "approval of its plan" in card(shown(RULE, (), ANN, GROUPS), plan=True)


def test_a_card_names_who_has_approved_and_who_still_may() -> None:
    text = card(shown(RULE, [Vote(BOB, ok=True), Vote(ANN, ok=True)], ANN, GROUPS))
    assert "Approved by <@U0BOB>. 1 more needed, of <@U0CYD>." in text
    assert "not enough" not in text


def test_a_card_says_when_there_are_not_enough_people() -> None:
    assert "not enough people" in card(shown(RULE, (), ANN, {"S0OPS": frozenset({ANN})}))
    untold = card(shown(RULE, (), ANN, {}, untold=["S0OPS"]))
    assert "not enough people" not in untold
    assert "Slack does not say now who is in <!subteam^S0OPS>" in untold


def test_a_card_says_until_when_nothing_is_approved() -> None:
    for deciders in (shown(RULE, (), ANN, GROUPS), None):
        text = card(deciders, frozen_until="Monday, 1 June, 00:00 UTC")
        assert "nothing is approved until Monday, 1 June, 00:00 UTC" in text


def test_a_card_names_everybody_who_approved() -> None:
    how = Resolution(ok=True, by=CYD, also=(BOB,))
    text = card(shown(RULE, (), ANN, GROUPS), how)
    assert "*Approved* by <@U0BOB> and <@U0CYD>." in text
    assert "must approve" not in text


def test_where_others_decide_the_owner_is_offered_to_let_them_read_the_task() -> None:
    assert "Share read-only link" in card(shown(RULE, (), ANN, GROUPS))
    assert "Share read-only link" not in card(shown(RULE, (), ANN, GROUPS), shared=True)
    assert "Share read-only link" not in card(None)


def test_the_list_of_what_waits_says_where_one_approval_would_not_do() -> None:
    view, _ = take(VIEW, neo.ApprovalRequested(REQUEST, "Go?"))
    half = shown(RULE, (Vote(BOB, ok=True),), ANN, GROUPS)
    for deciders, until in ((half, ""), (None, "Monday"), (None, "")):
        changes = {"deciders": deciders, "frozen_until": until}
        approval = view.approvals[0].model_copy(update=changes)
        row = Row(view, approval, thread=THREAD, channel="C1", card="")
        text = str(waiting_list([row], now=NOW, paused=False))
        assert ("1 of the 2 who must approve" in text) == bool(deciders)
        assert ("Nothing is approved until Monday" in text) == bool(until)
