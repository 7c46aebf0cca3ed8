from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
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
from bot.neo.retry import ATTEMPTS, backoff, delay

HEALED_BY_TIME = [NeoUnavailable("503"), NeoRateLimited("slow", retry_after=None)]
LASTING = [
    kind("no")
    for kind in (NeoUnauthorized, NeoForbidden, TaskGone, TaskBusy, NeoRejected, NeoProtocolError)
]


@pytest.mark.parametrize("error", [*HEALED_BY_TIME, *LASTING])
def test_an_unsafe_call_is_never_made_again(error: NeoError) -> None:
    assert delay(error, 1, safe=False, rng=Random(1)) is None


@pytest.mark.parametrize("error", HEALED_BY_TIME)
def test_a_safe_call_is_made_again_after_what_time_heals(error: NeoError) -> None:
    waits = [delay(error, attempt, safe=True, rng=Random(1)) for attempt in range(1, ATTEMPTS)]

    assert all(wait is not None and wait >= 1 for wait in waits)
    assert delay(error, ATTEMPTS, safe=True, rng=Random(1)) is None


@pytest.mark.parametrize("error", LASTING)
def test_what_time_does_not_heal_is_not_tried_again(error: NeoError) -> None:
    assert delay(error, 1, safe=True, rng=Random(1)) is None


def test_neos_own_wait_counts_where_it_is_longer() -> None:
    limited = NeoRateLimited("slow", retry_after=17.0)

    assert delay(limited, 1, safe=True, rng=Random(1)) == 17.0
    assert delay(limited, 4, safe=True, rng=Random(1)) == 17.0
    short = delay(NeoRateLimited("slow", retry_after=0.0), 1, safe=True, rng=Random(1))
    assert short is not None
    assert short >= 1


@given(st.integers())
def test_back_off_doubles_from_one_second_to_thirty_with_jitter(seed: int) -> None:
    waits = list(islice(backoff(Random(seed)), 2000))

    assert all(1 <= wait <= 30 for wait in waits)
    assert all(earlier <= later for earlier, later in pairwise(waits[:4]))
    assert len(set(waits)) > 1000
