"""What the owner of a lost thread reads: why it is lost, and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SlackGone
from bot.ids import TaskId
from bot.ownership.losses import loss_of, lost_thread
from bot.sandbox.faults import ApiError
from bot.sandbox.slack.text import buttons, plain_text
from bot.slack.failure import from_code
from bot.view import View
from conversation.scenes import working
from stage import ANN, Stage
from support import wait_until

VIEW = View(task_id=TaskId("t-1"), owner=ANN, title="Upgrade <!channel>")

CODES = {
    "cannot_reply_to_message": "the message that it began with was deleted",
    "channel_is_limited_access": "Invite me again and reply there, or continue here.",
    "channel_not_found": "its channel is gone or closed to me",
    "is_archived": "Unarchive the channel and reply there, or continue here.",
    "is_inactive": "its channel is archived",
    "message_not_found": "was deleted",
    "messages_tab_disabled": "direct messages to me are switched off",
    "no_access": "I am not in its channel",
    "not_in_channel": "Invite me again",
    "posting_to_channel_denied": "let me post",
    "restricted_action": "Slack's rules for that channel don't let me",
    "restricted_action_non_threadable_channel": "takes no replies in threads",
    "restricted_action_read_only_channel": "its channel is read-only for me",
    "restricted_action_thread_locked": "Unlock it and reply there, or continue here.",
    "restricted_action_thread_only_channel": "let me post",
    "thread_locked": "it is locked",
    "thread_not_found": "You can continue here.",
}
"""Every refusal that means that a place is gone, with words that its sentence has."""

EVENTS = {
    "channel_archive": "Unarchive",
    "channel_deleted": "its channel was deleted",
    "channel_left": "Invite me again",
    "group_archive": "Unarchive",
    "group_deleted": "its channel was deleted",
    "group_left": "Invite me again",
    "member_left_channel": "Invite me again",
    "root_deleted": "was deleted",
}


@pytest.mark.parametrize(("code", "words"), [*CODES.items(), *EVENTS.items()])
def test_the_sentence_says_why_and_what_to_do(code: str, words: str) -> None:
    said = lost_thread("C1:1.1", VIEW, code).text

    assert words in said
    assert code not in said
    assert said.endswith("continue here.")


@pytest.mark.parametrize("code", CODES)
def test_each_of_these_codes_is_taken_for_a_loss(code: str) -> None:
    assert isinstance(from_code(code), SlackGone)


def test_a_code_of_tomorrow_is_shown_as_it_is() -> None:
    assert loss_of("of_tomorrow").why == "Slack says of_tomorrow"
    assert "let me post" in loss_of("restricted_action_of_tomorrow").remedy
    assert "any more: Slack says of_tomorrow." in lost_thread("C1:1.1", VIEW, "of_tomorrow").text


@given(st.text(), st.text())
def test_no_title_and_no_code_can_ping_anybody(title: str, code: str) -> None:
    view = VIEW.model_copy(update={"title": f"{title}<!here>"})

    assert "<" not in lost_thread("C1:1.1", view, f"<!channel>{code}").text


async def test_the_owner_of_a_locked_thread_reads_it_and_goes_on_there_once_it_is_unlocked(
    stage: Stage,
) -> None:
    direct = stage.slack.dm(ANN)
    async with stage.bridging():
        root, task = await working(stage)
        locked = ApiError("restricted_action_thread_locked")
        stage.slack.faults.add("chat.postMessage", locked)
        await stage.neo.emit(task.id, {"type": "assistant_message", "content": "Half way."})
        await wait_until(lambda: stage.slack.messages(direct), "a direct message")
        (told,) = stage.slack.messages(direct)
        assert "any more: it is locked." in plain_text(told)
        assert [label for _, label, _ in buttons(told)] == ["Continue here", "Stop"]
        await stage.reply(root, "unlocked")
        await stage.sees(root, "Half way.")
    assert len(stage.slack.messages(direct)) == 1
