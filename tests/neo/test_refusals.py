from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    Accepted,
    NeoError,
    NeoForbidden,
    NeoProtocolError,
    NeoRateLimited,
    NeoRejected,
    NeoUnauthorized,
    NeoUnavailable,
    TaskBusy,
    TaskGone,
)
from bot.neo.refusals import MESSAGE_LENGTH, refusal, seconds_to_wait


def refused(status: int, body: bytes = b"", retry_after: str | None = None) -> NeoError:
    return refusal(status, body, retry_after=retry_after, now=1000.0, secret="pul-fake")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, NeoProtocolError),
        (400, NeoRejected),
        (401, NeoUnauthorized),
        (403, NeoForbidden),
        (404, TaskGone),
        (408, NeoUnavailable),
        (409, TaskBusy),
        (413, NeoRejected),
        (422, NeoRejected),
        (429, NeoRateLimited),
        (500, NeoUnavailable),
        (502, NeoUnavailable),
        (504, NeoUnavailable),
        (599, NeoUnavailable),
    ],
)
def test_each_status_is_one_error_that_says_neos_sentence(
    status: int, kind: type[NeoError]
) -> None:
    error = refused(status, b'{"code": 1, "message": "Neo says no"}')

    assert type(error) is kind
    assert error.message == "Neo says no"
    assert error.status == status


def test_a_5xx_does_not_say_whether_the_request_was_taken() -> None:
    error = refused(503)

    assert isinstance(error, NeoUnavailable)
    assert error.accepted is Accepted.UNKNOWN


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"upstream connect error\n", "upstream connect error"),
        (b"<html><h1>Bad Gateway</h1></html>", "HTTP 502 Bad Gateway"),
        (b'{"error": "x"}', "HTTP 502 Bad Gateway"),
        (b"", "HTTP 502 Bad Gateway"),
        (b"you sent: token pul-fake", "you sent: token [REDACTED]"),
    ],
)
def test_a_body_that_is_not_neos_still_gives_a_sentence(body: bytes, message: str) -> None:
    assert refused(502, body).message == message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        (None, None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        (format_datetime(datetime.fromtimestamp(1030, UTC), usegmt=True), 30.0),
        (format_datetime(datetime.fromtimestamp(900, UTC), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert seconds_to_wait(header, 1000.0) == seconds
    error = refused(429, retry_after=header)
    assert isinstance(error, NeoRateLimited)
    assert error.retry_after == seconds


@given(st.integers(100, 999), st.binary(), st.text())
def test_no_answer_is_beyond_words(status: int, body: bytes, retry_after: str) -> None:
    error = refused(status, body, retry_after)

    assert 0 < len(error.message) <= MESSAGE_LENGTH
