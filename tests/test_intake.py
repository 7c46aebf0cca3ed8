"""What is meant for the bot, and so stored whatever its thread."""

import pytest

from bot.ids import Installation, ThreadRef, Ts, UserId
from bot.intake import StoreIntake, is_addressed
from bot.slack.inbound import (
    ChannelClosed,
    ChannelMoved,
    Clicked,
    Commanded,
    Deleted,
    Edited,
    Heard,
    Received,
    SessionStopped,
    SlackInput,
)
from bot.store import Inbox, Store

ANN = UserId("U1")
TS = Ts("1700000000.000100")
THREAD = ThreadRef(channel="C1", root=TS)

HEARD = Heard(thread=THREAD, user=ANN, ts=TS, text="x")
EDITED = Edited(thread=THREAD, user=ANN, ts=TS, edited_ts=TS, text="x")
COMMANDED = Commanded(channel="C1", user=ANN, text="go")
STOPPED = SessionStopped(thread=THREAD, user=ANN)


@pytest.mark.parametrize(
    "given",
    [
        HEARD.model_copy(update={"mentions_bot": True}),
        HEARD.model_copy(update={"dm": True}),
        EDITED.model_copy(update={"mentions_bot": True}),
        EDITED.model_copy(update={"mentions_bot": True, "mentioned_before": True}),
        EDITED.model_copy(update={"dm": True}),
        COMMANDED,
        Clicked(thread=THREAD, user=ANN, action_id="a", value="v", message_ts=TS, action_ts=TS),
        ChannelMoved(old="C1", new="C2"),
        ChannelClosed(channel="C1", reason="is_archived"),
    ],
)
def test_said_to_the_bot_clicked_or_commanded_it_is_ours(given: SlackInput) -> None:
    assert is_addressed(given)


@pytest.mark.parametrize(
    "given",
    [
        HEARD,
        EDITED,
        Deleted(thread=THREAD, ts=TS),
        STOPPED,
    ],
)
def test_anything_else_matters_only_in_a_thread_of_ours(given: SlackInput) -> None:
    assert not is_addressed(given)


async def test_a_command_is_stored_once_without_a_thread(
    store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    received = Received(input=COMMANDED, marks=("command:1",))
    for _ in range(2):
        await StoreIntake(inbox).take(received)
    (entry,) = await inbox.read()
    assert entry.json == COMMANDED.model_dump_json()


async def test_a_stop_outside_of_our_threads_is_not_stored(
    store: Store, installation: Installation
) -> None:
    inbox = Inbox(store, installation)
    await StoreIntake(inbox).take(Received(input=STOPPED, marks=("stop:1",)))
    assert await inbox.length() == 0
    said = HEARD.model_copy(update={"mentions_bot": True})
    await StoreIntake(inbox).take(Received(input=said, marks=("message:1",)))
    await StoreIntake(inbox).take(Received(input=STOPPED, marks=("stop:2",)))
    assert await inbox.length() == 2
