"""What a review shows of anything that Neo may ask, and the forms beside it."""

from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.approvals.diffs import EXCERPT_LIMIT, EXCERPT_LINES, excerpt, whole
from bot.approvals.digest import changes_in
from bot.asked import Approval, Resolution
from bot.ids import ApprovalRequestId, ButtonValue
from bot.neo import events as neo
from bot.render.forms import answer_form
from bot.render.review import Shown, loading, only, pages_of, review
from bot.sandbox.slack.modals import checked
from bot.sandbox.slack.text import interactive_elements
from bot.sandbox.slack.wire import JSON
from bot.slack.chars import JOINER, clean
from bot.slack.mrkdwn import mrkdwn
from bot.slack.ops import Block
from render.happenings import THREAD, VIEW, diffs, take, words

REQUEST = ApprovalRequestId("r-1")

asked_events = st.builds(
    neo.ApprovalRequested,
    request_id=st.just(REQUEST),
    message=words,
    sensitivity=st.sampled_from(["regular", "sensitive"]) | words,
    tool_name=st.sampled_from(["ask_user", "pulumi__up"]),
    buttons=st.lists(words, max_size=12).map(tuple),
    git_diff=diffs,
    last_approval_diff=st.none() | diffs,
    plan=words,
)
few = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def approval_of(event: neo.ApprovalRequested) -> Approval:
    return take(VIEW, event)[0].approvals[0]


def pages(event: neo.ApprovalRequested) -> list[JSON]:
    """Return the modal at each of its pages, as Slack takes it."""
    approval = approval_of(event)
    count = len(pages_of(event))
    views = (review(approval, event, Shown(n), thread=THREAD) for n in range(count))
    return [checked(view) for view in views]


def texts(block: Block) -> list[tuple[str, str]]:
    """Return the kind and the words of each text in a block."""
    found: list[tuple[str, str]] = []
    if isinstance(text := block.get("text"), dict):
        object_ = cast("dict[str, Any]", text)
        found.append((object_["type"], object_["text"]))
    return found


def read(views: list[JSON]) -> str:
    """Return what the pages say, as it was before it was made safe, without white space."""
    said = (t for view in views for block in view["blocks"] for t in texts(block))
    return squeezed("".join(unescaped(text) if kind == "mrkdwn" else text for kind, text in said))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def squeezed(text: str) -> str:
    return "".join(clean(text).replace(JOINER, "").replace("```", "").split())


@few
@given(asked_events)
def test_no_review_is_refused_and_its_pages_hold_everything(event: neo.ApprovalRequested) -> None:
    everything = read(pages(event))

    for part in (event.message, event.plan, *event.git_diff.values()):
        assert squeezed(part) in everything
    for part in (event.last_approval_diff or {}).values():
        assert squeezed(part) in everything


@few
@given(asked_events)
def test_nothing_in_a_review_is_acted_on_by_slack(event: neo.ApprovalRequested) -> None:
    for view in pages(event):
        for kind, text in (t for block in view["blocks"] for t in texts(block)):
            assert kind == "plain_text" or ("<!" not in text and "<@U0EVE" not in text)


@few
@given(asked_events)
def test_no_form_is_refused(event: neo.ApprovalRequested) -> None:
    approval = approval_of(event)
    value = ButtonValue(t=THREAD, s=REQUEST, d=approval.digest).encode()
    form = checked(answer_form(value, message=approval.message, question=approval.question))

    assert form["private_metadata"] == value
    assert form["blocks"][-1]["optional"] is not approval.question


@few
@given(diffs)
def test_an_excerpt_is_short_and_a_whole_diff_says_what_it_changes(diff: dict[str, str]) -> None:
    first = excerpt(diff)

    assert len(first.text.split("\n")) <= EXCERPT_LINES
    assert len(first.text) <= EXCERPT_LIMIT
    assert all(clean(patch).strip("\n") in whole(diff) for patch in diff.values())
    assert len(changes_in(diff)) == len(diff)


PATCH = "--- a/index.ts\n+++ b/index.ts\n@@ -1 +1 @@\n-{old}\n+{new}\n"


def long_event() -> neo.ApprovalRequested:
    patch = "@@ -0,0 +900 @@\n" + "".join(f"+line {n} of a long file\n" for n in range(900))
    return neo.ApprovalRequested(REQUEST, "Update?", git_diff={"long.ts": patch})


def labels(view: Block) -> list[str]:
    return [str(e["text"]["text"]) for e in interactive_elements(cast("JSON", view)["blocks"])]


def test_one_turns_the_pages_of_a_long_review_and_decides_on_each() -> None:
    event = long_event()
    views = pages(event)

    assert len(views) > 2
    assert labels(views[0]) == ["Next page", "Approve", "Deny"]
    assert labels(views[1]) == ["Back", "Next page", "Approve", "Deny"]
    assert labels(views[-1]) == ["Back", "Approve", "Deny"]
    assert f"Page 2 of {len(views)}" in str(views[1])
    values = [ButtonValue.decode(e["value"]) for e in interactive_elements(views[1]["blocks"])]
    assert [value.number for value in values] == [0, 2, 1, 1]
    assert {value.digest for value in values} == {approval_of(event).digest}


def test_a_page_that_is_not_there_is_the_nearest() -> None:
    event = long_event()
    last = review(approval_of(event), event, Shown(9_999), thread=THREAD)

    assert last == review(approval_of(event), event, Shown(len(pages(event)) - 1), thread=THREAD)


def test_a_review_shows_what_is_new_first_and_says_what_is_the_matter() -> None:
    event = neo.ApprovalRequested(
        REQUEST,
        "Update?",
        git_diff={"index.ts": PATCH.format(old="a", new="c")},
        last_approval_diff={"index.ts": PATCH.format(old="b", new="c")},
    )
    approval = approval_of(event)
    text = str(review(approval, event, Shown(notice=mrkdwn("It changed.")), thread=THREAD))

    assert text.index("It changed.") < text.index("Changed since the last approval")
    assert text.index("Changed since the last approval") < text.index("All changes")


def test_a_review_of_what_is_settled_says_how_and_decides_nothing() -> None:
    event = neo.ApprovalRequested(REQUEST, "Update?")
    how = Resolution(ok=False, by="U0ANN", instructions="too late")
    settled = approval_of(event).model_copy(update={"resolution": how})
    view = review(settled, event, Shown(), thread=THREAD)

    assert labels(view) == []
    assert "*Denied* by <@U0ANN>:\\n>too late" in str(view)


def test_the_modals_that_say_one_thing_are_taken_too() -> None:
    assert checked(loading())["title"] == checked(only(mrkdwn("x")))["title"]
