"""What Slack's failures mean, whichever way they come."""

import pytest
from aiohttp import web

from bot.errors import (
    Accepted,
    SlackError,
    SlackFeatureMissing,
    SlackGone,
    SlackRateLimited,
    SlackRejected,
    SlackUnauthorized,
    SlackUnavailable,
)
from bot.slack.failure import CODE_LIMIT, DEFAULT_RETRY_AFTER, from_code
from slack_caller import open_session_at, serve


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("not_in_channel", SlackGone),
        ("is_archived", SlackGone),
        ("restricted_action_thread_locked", SlackGone),
        ("thread_not_found", SlackGone),
        ("missing_scope", SlackFeatureMissing),
        ("unknown_method", SlackFeatureMissing),
        ("token_revoked", SlackUnauthorized),
        ("invalid_blocks", SlackRejected),
        ("a_word_of_next_year", SlackRejected),
    ],
)
def test_an_error_word_has_a_meaning(code: str, kind: type[SlackError]) -> None:
    error = from_code(code)
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize(
    ("code", "accepted"),
    [
        ("internal_error", Accepted.UNKNOWN),
        ("fatal_error", Accepted.UNKNOWN),
        ("team_added_to_org", Accepted.NO),
    ],
)
def test_slack_being_unwell_is_told_from_slack_refusing(code: str, accepted: Accepted) -> None:
    error = from_code(code)
    assert isinstance(error, SlackUnavailable)
    assert error.accepted is accepted


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
def test_both_spellings_of_a_rate_limit_are_one(code: str) -> None:
    error = from_code(code)
    assert isinstance(error, SlackRateLimited)
    assert error.retry_after == DEFAULT_RETRY_AFTER


async def failure_of(answer: web.Response) -> SlackError:
    """Call a server that answers just that, and return what the call raises."""

    async def handle(_request: web.Request) -> web.Response:
        return answer

    async with serve(handle) as url, open_session_at(url) as session:
        with pytest.raises(SlackError) as raised:
            await session.call("chat.postMessage", {"channel": "C1", "text": "hi"})
        return raised.value


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 502, "text": "<html>bad</html>", "content_type": "text/html"}, "http_502"),
        ({"status": 503, "text": "not now", "content_type": "text/plain"}, "http_503"),
        ({"status": 500, "text": "", "content_type": "application/json"}, "http_500"),
        ({"text": "<html>log in</html>", "content_type": "text/html"}, "http_200"),
        ({"text": "{broken", "content_type": "application/json"}, "http_200"),
        ({"text": "[]", "content_type": "application/json"}, "http_200"),
        ({"text": "hello", "content_type": "text/plain"}, "unreadable_answer"),
        ({"text": "[1]", "content_type": "application/json"}, "unreadable_answer"),
        ({"body": b"\xff\xfe{", "content_type": "application/json"}, "unreadable_answer"),
        (
            {
                "status": 500,
                "text": '{"ok":false,"error":"not_in_channel"}',
                "content_type": "application/json",
            },
            "http_500",
        ),
    ],
)
async def test_an_answer_that_is_not_slacks_leaves_open_what_was_done(
    answer: dict[str, object], code: str
) -> None:
    error = await failure_of(web.Response(**answer))  # pyright: ignore[reportArgumentType] - a table
    assert isinstance(error, SlackUnavailable)
    assert (error.code, error.accepted) == (code, Accepted.UNKNOWN)


async def test_a_429_without_a_body_says_when_to_come_back() -> None:
    error = await failure_of(web.Response(status=429, headers={"Retry-After": "7"}))
    assert isinstance(error, SlackRateLimited)
    assert error.retry_after == 7


async def test_an_endless_error_code_fills_no_line_of_the_log() -> None:
    error = await failure_of(web.json_response({"ok": False, "error": "x" * 50_000}))
    assert error.code == "x" * CODE_LIMIT


async def test_a_rate_limit_told_in_a_200_counts_as_one() -> None:
    answer = web.json_response({"ok": False, "error": "rate_limited"})
    assert isinstance(await failure_of(answer), SlackRateLimited)
