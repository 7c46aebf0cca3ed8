"""Work that is done again when it fails, so that one broken conversation ends no other."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from bot.clock import Sleep
from bot.delivery.backoff import backoff
from bot.errors import NewerRecord, StoreError

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def surely(work: Callable[[], Awaitable[None]], sleep: Sleep, *, what: str, of: str) -> None:
    """Do `work` until it returns, again after any failure, waiting 1 s to 30 s in between.

    Raises `StoreError` alone: without the store or the lease nobody's work can go on. `what` and
    `of` name the work in the log.
    """
    delays = backoff()
    while True:
        try:
            return await work()
        except StoreError:
            raise
        except NewerRecord as error:
            log.warning("left_alone", what=what, of=of, why=str(error))
            await sleep(next(delays))
        except Exception:
            log.exception("work_failed", what=what, of=of)
            await sleep(next(delays))


def start(group: asyncio.TaskGroup, work: Coroutine[None, None, None]) -> bool:
    """Let work run in a group; False where that is ending: whoever owns next looks at everything.

    What runs beside the group may still want something of it in its last moment.
    """
    try:
        group.create_task(work)
    except RuntimeError:
        work.close()
        return False
    return True
