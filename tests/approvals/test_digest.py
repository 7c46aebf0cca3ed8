"""The digest stands for all that a card shows: whoever changes one thing changes it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals.digest import DIGEST_LENGTH, changes_in, digest_of
from bot.ids import ApprovalRequestId
from bot.neo.events import ApprovalRequested
from bot.view import FileChange

ASKED = ApprovalRequested(
    request_id=ApprovalRequestId("a1"),
    message="Update prod?",
    tool_name="pulumi__up",
    git_diff={"index.ts": "+1"},
    plan="# Plan",
)


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": ApprovalRequestId("a2")},
        {"message": "Update dev?"},
        {"approval_type": "plan_exit"},
        {"sensitivity": "sensitive"},
        {"tool_name": "pulumi__destroy"},
        {"plan": "# Another plan"},
        {"git_diff": {"index.ts": "+2"}},
        {"git_diff": {"main.ts": "+1"}},
        {"git_diff": {"index.ts": "+1", "main.ts": "+1"}},
    ],
)
def test_whatever_the_card_shows_changes_the_digest(change: dict[str, object]) -> None:
    changed = replace(ASKED, **change)  # pyright: ignore[reportArgumentType] -- of any field's type
    assert digest_of(changed) != digest_of(ASKED)


def test_the_order_of_files_does_not_change_the_digest() -> None:
    one = replace(ASKED, git_diff={"a": "1", "b": "2"})
    other = replace(ASKED, git_diff={"b": "2", "a": "1"})
    assert digest_of(one) == digest_of(other)
    assert len(digest_of(one)) == DIGEST_LENGTH


@given(st.text(), st.text())
def test_words_do_not_move_from_one_field_to_the_next_unseen(message: str, plan: str) -> None:
    one = replace(ASKED, message=message, plan=plan)
    other = replace(ASKED, message=message + plan, plan="")
    assert (digest_of(one) == digest_of(other)) == (not plan)


def test_lines_are_counted_inside_hunks_alone() -> None:
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n one\n--- two\n-three\n+four\n"
    assert changes_in({"x": patch}) == (FileChange(path="x", added=1, removed=2),)


def test_a_patch_without_hunks_is_counted_whole() -> None:
    assert changes_in({"x": "+one\n+two\n-three"}) == (FileChange(path="x", added=2, removed=1),)


@given(
    st.lists(st.sampled_from("+- "), max_size=20),
    st.lists(st.text(alphabet="ab-+@ ", max_size=5), max_size=20),
)
def test_counts_are_those_of_the_lines_that_were_written(
    marks: list[str], texts: list[str]
) -> None:
    lines = [mark + text for mark, text in zip(marks, texts, strict=False)]
    patch = "\n".join(["--- a/x", "+++ b/x", "@@ -1 +1 @@", *lines])
    (change,) = changes_in({"x": patch})
    assert change.added == sum(line.startswith("+") for line in lines)
    assert change.removed == sum(line.startswith("-") for line in lines)
