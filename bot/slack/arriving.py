"""What arrives, by either way: how large it may be, and as what Bolt takes it."""

from collections.abc import Mapping, Sequence

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import MalformedInput

LARGEST = 2 * 1024 * 1024
"""Bytes of a request, characters of a frame (which Slack writes in ASCII). Slack's own are smaller:
the longest message has 40,000 characters of at most 12 bytes (an emoji's two escapes), which an
edit brings four times: as text and as blocks, before it and after it."""


def for_bolt(
    body: Mapping[str, object], headers: Mapping[str, str | Sequence[str]]
) -> AsyncBoltRequest:
    """Return a body as a socket's payload, which it equals from here on.

    Raises `MalformedInput`: Bolt looks for teams and people in many places, and fails on odd ones.
    It does not say what is odd, since Bolt's own words can hold everything that came.
    """
    try:
        return AsyncBoltRequest(mode="socket_mode", body=dict(body), headers=dict(headers))
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise MalformedInput(f"Bolt cannot read it: {type(error).__name__}") from None
