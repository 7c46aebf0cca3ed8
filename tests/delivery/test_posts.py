"""Messages are created once, whatever happens to the call that creates them."""

import asyncio
import time

import pytest

from bot.delivery.posts import NotVerifiable, Place, Posted
from bot.errors import SlackGone, SlackRejected, SlackUnauthorized
from bot.ids import Ts
from bot.sandbox.faults import (
    ApiError,
    DropAfter,
    DropBefore,
    Fault,
    Hang,
    RateLimited,
    ServerError,
)
from bot.slack.ops import Content, Priority
from bot.slack.reader import KEY_MARGIN
from bot.store.outbox import MarkState
from delivery.harbour import TIMING, Harbour
from support import wait_until

POST = "chat.postMessage"


async def test_a_message_is_posted_once_and_found_done_the_next_time(harbour: Harbour) -> None:
    first = await harbour.post()
    second = await harbour.post()

    (message,) = harbour.shown()
    assert first == Posted(Ts(message.ts), "C1")
    assert second == Posted(Ts(message.ts), "C1", adopted=True)
    assert len(harbour.slack.calls_of(POST)) == 1
    assert (await harbour.outbox.look("t/e/0")).state is MarkState.DONE


@pytest.mark.parametrize("fault", [DropAfter(), ServerError(after=True)])
async def test_a_message_whose_answer_was_lost_is_adopted_and_not_posted_twice(
    harbour: Harbour, fault: Fault
) -> None:
    harbour.slack.faults.add(POST, fault)

    outcome = await harbour.post()

    (message,) = harbour.shown()
    assert outcome == Posted(Ts(message.ts), "C1", adopted=True)
    assert len(harbour.slack.calls_of(POST)) == 1


@pytest.mark.parametrize("fault", [DropBefore(), ServerError(), Hang(), ServerError(502, "")])
async def test_a_message_that_never_arrived_is_looked_for_and_then_posted_again(
    harbour: Harbour, fault: Fault
) -> None:
    harbour.slack.faults.add(POST, fault)
    began = harbour.slack.workspace.clock.now()  # Slack itself may hear of the call late

    outcome = await harbour.post()

    (message,) = harbour.shown()
    assert outcome == Posted(Ts(message.ts), "C1")
    posts = harbour.slack.calls_of(POST)
    (looked,) = harbour.slack.calls_of("conversations.replies")
    assert len(posts) == 2
    # Not before the first call can no longer take effect.
    assert looked.at - began >= TIMING.longest
    assert looked.at < posts[1].at


async def test_a_lost_root_message_is_looked_for_in_the_channel(harbour: Harbour) -> None:
    harbour.slack.faults.add(POST, DropAfter())
    place, content = Place("C1"), Content("root")

    outcome = await harbour.posts.post(place, "r", content, Priority.TEXT)

    assert isinstance(outcome, Posted)
    assert outcome.adopted
    assert [m.text for m in harbour.slack.messages("C1")] == ["go", "root"]


async def test_a_slow_down_is_waited_for_as_long_as_slack_says(harbour: Harbour) -> None:
    harbour.slack.faults.add(POST, RateLimited(1))

    assert isinstance(await harbour.post(), Posted)

    refused, accepted = harbour.slack.calls_of(POST)
    assert accepted.at - refused.at >= 1
    assert len(harbour.shown()) == 1
    assert harbour.slack.calls_of("conversations.replies") == []


async def test_slack_is_waited_for_however_long_it_is_away(harbour: Harbour) -> None:
    harbour.slack.faults.add(POST, ServerError(), times=2)
    harbour.slack.faults.add("conversations.replies", ServerError(), times=3)

    assert isinstance(await harbour.post(), Posted)

    assert len(harbour.shown()) == 1
    assert len([s for s in harbour.slept if s >= 1]) == 5


async def test_a_look_that_is_slowed_down_is_repeated_and_one_with_a_bad_token_decides_nothing(
    harbour: Harbour,
) -> None:
    look = "conversations.replies"
    harbour.slack.faults.add(POST, DropAfter())
    harbour.slack.faults.add(look, RateLimited(2))
    harbour.slack.faults.add(look, ApiError("token_revoked"))

    with pytest.raises(SlackUnauthorized):
        await harbour.post()

    assert any(s >= 2 for s in harbour.slept)
    outcome = await harbour.post()
    assert isinstance(outcome, Posted)
    assert outcome.adopted
    assert len(harbour.shown()) == 1


async def test_a_message_that_was_deleted_after_it_arrived_is_not_posted_again(
    harbour: Harbour,
) -> None:
    await harbour.post()
    (message,) = harbour.shown()
    harbour.slack.workspace.delete(harbour.slack.workspace.channel("C1"), message)

    assert isinstance(await harbour.post(), Posted)
    assert len(harbour.shown()) == 1


async def test_where_a_deletion_is_seen_a_lost_message_is_not_repeated(harbour: Harbour) -> None:
    await harbour.slack.say("U1", "C1", "a reply", harbour.root)
    await harbour.outbox.sent("t/e/0", seconds=0)
    await harbour.slack.delete("U1", "C1", harbour.root)

    outcome = await harbour.post()

    assert isinstance(outcome, NotVerifiable)
    assert harbour.shown() == []


async def test_a_lost_message_that_somebody_was_seen_to_delete_is_not_repeated(
    harbour: Harbour,
) -> None:
    harbour.slack.faults.add(POST, DropAfter())
    posting = asyncio.create_task(harbour.post())
    await wait_until(harbour.shown, "there")
    (message,) = harbour.shown()
    harbour.slack.workspace.delete(harbour.slack.workspace.channel("C1"), message)
    harbour.posts.deleted(harbour.place, Ts(message.ts))

    assert isinstance(await posting, NotVerifiable)

    assert len(harbour.slack.calls_of(POST)) == 1


async def test_what_was_deleted_elsewhere_or_long_before_keeps_no_message_back(
    harbour: Harbour,
) -> None:
    now = time.time()
    harbour.posts.deleted(Place("C1", Ts("1.000000")), Ts(f"{now:.6f}"))
    harbour.posts.deleted(harbour.place, Ts(f"{now - 2 * KEY_MARGIN:.6f}"))
    harbour.slack.faults.add(POST, DropBefore())

    assert isinstance(await harbour.post(), Posted)


async def test_where_reading_is_refused_a_lost_message_is_not_repeated(harbour: Harbour) -> None:
    harbour.slack.faults.add(POST, DropAfter())
    harbour.slack.faults.add("conversations.replies", ApiError("missing_scope"))

    outcome = await harbour.post()

    assert outcome == NotVerifiable("missing_scope")
    assert len(harbour.shown()) == 1


async def test_a_refusal_is_final_and_leaves_nothing_to_look_for(harbour: Harbour) -> None:
    harbour.slack.faults.add(POST, ApiError("invalid_blocks"))
    with pytest.raises(SlackRejected):
        await harbour.post()
    assert (await harbour.outbox.look("t/e/0")).state is MarkState.NEW

    harbour.slack.faults.add(POST, ApiError("is_archived"))
    with pytest.raises(SlackGone):
        await harbour.post()

    assert isinstance(await harbour.post(), Posted)
    assert harbour.slack.calls_of("conversations.replies") == []


async def test_a_message_with_another_key_is_not_adopted(harbour: Harbour) -> None:
    await harbour.post("t/e/0", "same words")
    harbour.slack.faults.add(POST, DropBefore())

    await harbour.post("t/e/1", "same words")

    assert [m.text for m in harbour.shown()] == ["same words", "same words"]
