"""How long to wait before the next try of something that may heal."""

import random
from collections.abc import Iterator

from bot.errors import SlackError, SlackRateLimited

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
JITTER = 0.25


def backoff(
    rng: random.Random | None = None, *, longest: float = LONGEST_SECONDS
) -> Iterator[float]:
    """Yield 1 s, 2 s, 4 s ... up to `longest` for ever, each up to a quarter longer by chance."""
    chance = rng or random.Random()  # noqa: S311 -- spreads retries, guards nothing
    delay = FIRST_SECONDS
    while True:
        yield delay * (1 + chance.random() * JITTER)
        delay = min(delay * 2, longest)


def wait_after(error: SlackError, delays: Iterator[float]) -> float:
    """Return the seconds until the next try: what Slack asks for, but no less than is due."""
    asked = error.retry_after if isinstance(error, SlackRateLimited) else 0.0
    return max(asked, next(delays))
