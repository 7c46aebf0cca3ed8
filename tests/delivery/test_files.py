"""Files are shared once, whichever of the three steps goes wrong."""

from itertools import product

import pytest

from bot.delivery.files import SHARING_TAKES
from bot.delivery.posts import NotVerifiable
from bot.errors import SlackFeatureMissing, SlackRejected
from bot.sandbox.faults import ApiError, DropAfter, DropBefore, Fault, RateLimited, ServerError
from bot.store.outbox import MarkState
from delivery.harbour import Harbour

STEPS = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")
TEXT = "line\n" * 5000


async def attach(harbour: Harbour) -> NotVerifiable | None:
    return await harbour.files.attach(harbour.place, "t/e/1", "answer.md", "The text", TEXT)


async def test_a_file_is_shared_once_and_found_done_the_next_time(harbour: Harbour) -> None:
    assert await attach(harbour) is None
    assert await attach(harbour) is None

    (message,) = harbour.shown()
    (file,) = message.files
    assert (file.name, file.title, file.content) == ("answer.md", "The text", TEXT.encode())
    assert message.thread_ts == harbour.root


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        *product(STEPS, [DropBefore(), DropAfter(), ServerError(), ServerError(after=True)]),
        (STEPS[0], RateLimited(0)),
        (STEPS[2], RateLimited(0)),
    ],
)
async def test_a_step_that_fails_is_made_up_for_and_the_file_is_there_once(
    harbour: Harbour, step: str, fault: Fault
) -> None:
    harbour.slack.faults.add(step, fault)

    assert await attach(harbour) is None

    (message,) = harbour.shown()
    assert message.files[0].content == TEXT.encode()
    assert len(harbour.slack.faults) == 0


async def test_a_look_for_a_file_that_is_slowed_down_is_repeated(harbour: Harbour) -> None:
    harbour.slack.faults.add(STEPS[2], DropAfter())
    harbour.slack.faults.add("files.info", RateLimited(2))

    assert await attach(harbour) is None

    assert any(s >= 2 for s in harbour.slept)
    assert len(harbour.shown()) == 1


async def test_a_file_whose_sharing_takes_slack_a_while_is_not_shared_twice(
    harbour: Harbour,
) -> None:
    harbour.slack.faults.add(STEPS[2], DropAfter())
    harbour.slack.faults.add("files.info", ApiError("file_not_found"), times=3)

    assert await attach(harbour) is None

    assert len(harbour.shown()) == 1
    assert len(harbour.slack.calls_of("files.info")) == 4


async def test_a_file_that_is_not_there_after_a_while_is_shared_again(harbour: Harbour) -> None:
    harbour.slack.faults.add(STEPS[2], DropBefore())

    assert await attach(harbour) is None

    assert len(harbour.shown()) == 1
    assert sum(harbour.slept) >= SHARING_TAKES


async def test_where_files_cant_be_read_back_a_lost_one_is_not_repeated(harbour: Harbour) -> None:
    harbour.slack.faults.add(STEPS[2], DropAfter())
    harbour.slack.faults.missing["files.info"] = "missing_scope"

    assert await attach(harbour) == NotVerifiable("missing_scope")

    assert len(harbour.shown()) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("file_uploads_disabled", SlackFeatureMissing),
        ("missing_scope", SlackFeatureMissing),
        ("file_type_not_allowed", SlackRejected),
    ],
)
@pytest.mark.parametrize("step", [STEPS[0], STEPS[2]])
async def test_a_refusal_is_final_and_leaves_nothing_to_look_for(
    harbour: Harbour, code: str, error: type[Exception], step: str
) -> None:
    harbour.slack.faults.add(step, ApiError(code))

    with pytest.raises(error):
        await attach(harbour)

    assert harbour.shown() == []
    assert (await harbour.outbox.look("t/e/1")).state is MarkState.NEW
