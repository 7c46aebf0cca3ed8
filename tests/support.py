"""What tests share besides fixtures."""

import asyncio
import time
from collections.abc import Callable


async def wait_until(
    condition: Callable[[], object],
    what: str,
    *,
    timeout: float = 20.0,  # noqa: ASYNC109 -- the failure has to say what did not happen
    also: Callable[[], object] | None = None,
) -> None:
    """Wait until `condition()` is true; fail with `what` did not happen in `timeout` seconds.

    `also()` is added to the failure: what was there instead.
    """
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            instead = f"; instead: {also()}" if also else ""
            raise AssertionError(f"did not happen within {timeout:g} s: {what}{instead}")
        await asyncio.sleep(0.01)
