import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.faults import (
    ApiError,
    Conflict,
    Delay,
    DropAfter,
    DropBefore,
    Hang,
    RateLimited,
    ServerError,
)
from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.limits import Limits
from support import wait_until

Client = Any
"""An `AsyncWebClient`; its methods are annotated with bare dictionaries."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_user("U1", "ann")
        sandbox.add_channel("C1", "infra", ["U1"])
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


def response_of(caught: Any) -> Any:
    return caught.value.response


def post(client: Client, text: str = "hi") -> Awaitable[object]:
    return client.chat_postMessage(channel="C1", text=text)


async def test_a_connection_can_drop_before_anything_was_done(
    slack: SlackSandbox, client: Client
) -> None:
    slack.faults.add("chat.postMessage", DropBefore())
    with pytest.raises(ClientError):
        await post(client)
    assert slack.messages("C1") == []
    assert (slack.calls[0].outcome, slack.calls[0].fault) == ("", "DropBefore")

    await post(client)
    assert len(slack.messages("C1")) == 1


async def test_a_connection_can_drop_after_the_message_was_posted(
    slack: SlackSandbox, client: Client
) -> None:
    slack.faults.add("chat.postMessage", DropAfter())
    with pytest.raises(ClientError):
        await post(client)

    assert len(slack.messages("C1")) == 1
    assert (slack.calls[0].outcome, slack.calls[0].fault) == ("ok", "DropAfter")


async def test_the_sdks_own_retry_posts_twice_when_an_answer_is_lost(slack: SlackSandbox) -> None:
    slack.faults.add("chat.postMessage", DropAfter())
    async with ClientSession() as session:
        trusting: Client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        await post(trusting)

    assert len(slack.messages("C1")) == 2


async def test_a_call_can_be_answered_with_429(slack: SlackSandbox, client: Client) -> None:
    slack.faults.add("chat.postMessage", RateLimited(retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        await post(client)

    response = response_of(caught)
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(("after", "posted"), [(False, 0), (True, 1)])
async def test_a_call_can_be_answered_with_a_page_of_html(
    slack: SlackSandbox, client: Client, *, after: bool, posted: int
) -> None:
    slack.faults.add("chat.postMessage", ServerError(status=502, after=after))
    with pytest.raises(SlackApiError) as caught:
        await post(client)

    assert response_of(caught).status_code == 502
    assert len(slack.messages("C1")) == posted


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [(ApiError("feature_disabled"), 200, "feature_disabled"), (Conflict(), 409, None)],
)
async def test_a_call_can_be_refused_in_other_ways(
    slack: SlackSandbox, fault: ApiError | Conflict, status: int, error: str | None
) -> None:
    slack.faults.add("auth.test", fault)
    async with ClientSession() as session, session.post(f"{slack.api_url}auth.test") as answer:
        assert answer.status == status
        if error:
            assert (await answer.json())["error"] == error


async def give_up(slack: SlackSandbox, call: Awaitable[object]) -> None:
    """Make a call and leave once the server has it."""
    waiting = asyncio.ensure_future(call)
    await wait_until(lambda: slack.calls, "the call has arrived")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_late_call_is_done_even_when_the_caller_has_gone(
    slack: SlackSandbox, client: Client
) -> None:
    slack.faults.add("chat.postMessage", Delay(0.3))
    await give_up(slack, post(client))
    assert slack.messages("C1") == []

    await wait_until(lambda: slack.messages("C1"), "the message is posted late")


async def test_a_hanging_call_is_never_done_and_does_not_hold_up_the_shutdown(
    slack: SlackSandbox, client: Client
) -> None:
    slack.faults.add("chat.postMessage", Hang())
    await give_up(slack, post(client))

    assert slack.messages("C1") == []
    assert (slack.calls[0].outcome, slack.calls[0].fault) == ("", "Hang")


async def test_a_fault_can_choose_its_calls(slack: SlackSandbox, client: Client) -> None:
    slack.faults.add(
        "chat.postMessage", ApiError("fatal_error"), where=lambda args: args["text"] == "bad"
    )
    await post(client, "good")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await post(client, "bad")
    await post(client, "bad")


async def test_a_lost_upload_can_be_sent_again(slack: SlackSandbox, client: Client) -> None:
    opened = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    slack.faults.add("upload", DropAfter())
    async with ClientSession() as session:
        with pytest.raises(ClientError):
            await session.post(opened["upload_url"], data=b"abc")
        async with session.post(opened["upload_url"], data=b"abc") as answer:
            assert await answer.text() == "OK - 3"


@pytest.mark.parametrize("code", ["unknown_method", "feature_disabled"])
async def test_a_workspace_can_lack_agent_sessions(
    slack: SlackSandbox, client: Client, code: str
) -> None:
    slack.faults.without_agent_features(code)
    with pytest.raises(SlackApiError, match=code):
        await client.api_call("agents.sessions.setStatus", json={"channel_id": "C1"})


async def test_a_mistake_of_the_sandbox_is_an_answer(slack: SlackSandbox, client: Client) -> None:
    del slack.workspace.users  # the mistake
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.users_list()


async def test_limits_are_kept_when_asked_for() -> None:
    async with SlackSandbox(enforce_limits=True) as strict, ClientSession() as session:
        strict.add_channel("C1", "infra")
        limited: Client = AsyncWebClient(strict.bot_token, base_url=strict.api_url, session=session)
        with pytest.raises(SlackApiError, match="ratelimited"):
            await asyncio.gather(*(post(limited) for _ in range(6)))

        outcomes = [call.outcome for call in strict.calls]
        assert outcomes.count("ok") in {3, 4}


class Stopwatch:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def test_a_channel_takes_a_small_burst_and_then_a_message_a_second() -> None:
    clock = Stopwatch()
    limits = Limits(clock)

    def spend(channel: str) -> int:
        return limits.spend("chat.postMessage", {"channel": channel})

    assert [spend("C1") for _ in range(4)] == [0, 0, 0, 1]
    assert spend("C2") == 0
    clock.at = 1.0
    assert [spend("C1") for _ in range(2)] == [0, 1]


def test_a_tier_3_method_takes_fifty_calls_a_minute() -> None:
    clock = Stopwatch()
    limits = Limits(clock)

    answers = [limits.spend("chat.update", {}) for _ in range(51)]

    assert (answers[:50], answers[50]) == ([0] * 50, 2)
    clock.at = 60.0
    assert limits.spend("chat.update", {}) == 0


def test_a_method_without_a_tier_is_not_limited() -> None:
    limits = Limits(Stopwatch())

    assert not any(limits.spend("auth.test", {}) for _ in range(1000))
