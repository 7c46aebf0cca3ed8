"""When a call to Neo is made again, and how long to wait before. Pure policy, no waiting."""

from collections.abc import Iterator
from random import Random

from bot.errors import TRANSIENT, NeoError, NeoRateLimited

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
"""Back-off doubles from the first to the longest, as Pulumi's own clients do."""

ATTEMPTS = 5
"""How often a safe request is made in all."""


def delay(error: NeoError, attempt: int, *, safe: bool, rng: Random) -> float | None:
    """Return the seconds to wait before making a call again, None to give up.

    `attempt` counts from 1. A call that is not `safe` is never repeated: Neo has no idempotency
    keys, so whoever sent it has to find out first whether it arrived.
    """
    if not safe or attempt >= ATTEMPTS or not isinstance(error, TRANSIENT):
        return None
    return wait_after(error, _jittered(attempt, rng))


def wait_after(error: NeoError | None, backoff_seconds: float) -> float:
    """Return the back-off, or what Neo asked for when that is longer."""
    asked = error.retry_after if isinstance(error, NeoRateLimited) else None
    return max(backoff_seconds, asked or 0.0)


def backoff(rng: Random) -> Iterator[float]:
    """Yield waits in seconds for ever: 1 to 2, 2 to 4, ... 15 to 30, at random within each."""
    attempt = 1
    while True:
        yield _jittered(attempt, rng)
        attempt += 1


def _jittered(attempt: int, rng: Random) -> float:
    # The exponent is held down: 2.0 ** 1024 overflows after a night without a network.
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, 10))
    return rng.uniform(longest / 2, longest)
