"""Neo's refusals in words that say what to do."""

import asyncio
import re
from datetime import UTC, datetime
from http import HTTPStatus

import structlog

from bot.errors import (
    NeoError,
    NeoForbidden,
    NeoRateLimited,
    NeoRejected,
    NeoUnauthorized,
    TaskBusy,
    TaskGone,
)
from bot.neo.client import NeoClient
from bot.neo.identity import Identity
from bot.neo.wire import TokenBudget

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ASK_SECONDS = 10.0
"""The longest that a person waits for the numbers behind a refusal."""

LATEST = 2**37
"""Seconds since the epoch, in the year 6325: what is later is no date."""

NO_NEO = (
    "Pulumi Cloud does not know the organization, or Neo is not switched on for it. "
    "Whoever runs this bridge has to look at PULUMI_ORG and at Neo's settings."
)
NO_TASK = (
    "Pulumi Cloud does not know this task any more. "
    "Mention me outside this thread to start a new one."
)

_MAY_BE_BUDGET = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_ABOUT_BUDGET = re.compile(r"\b(budget|allowance|quota|limit|credit)", re.IGNORECASE)
_FIELD, _VALUE = (rf"(?<![\w-]){word}(?![\w-])" for word in ("source", "slack"))
_ABOUT_SOURCE = re.compile(
    rf"{_FIELD}[^.;\n]{{0,40}}(?:{_VALUE}|\bone of\b)|{_VALUE}[^.;\n]{{0,40}}{_FIELD}",
    re.IGNORECASE,
)
"""The field with the value that we gave it, or with those that it may have, in one sentence."""


def in_words(error: NeoError, *, budget: TokenBudget | None = None, starting: bool = False) -> str:
    """Return sentences for a person; Neo's own words are part of them, untrusted.

    `budget`: what is behind the refusal. `starting`: it was a task that was asked for.
    """
    if budget is not None:
        own = "" if budget.exhausted else f" Neo's own words: {error.message}"
        return budget_in_words(budget) + own
    match error:
        case NeoUnauthorized():
            return (
                "Pulumi Cloud does not accept the bridge's access token any more. "
                "Whoever runs this bridge has to renew PULUMI_ACCESS_TOKEN."
            )
        case NeoForbidden():
            return (
                f"Pulumi Cloud does not allow it to the bridge's user: {error.message} "
                "Whoever manages your Pulumi organization can change that."
            )
        case TaskGone():
            return NO_NEO if starting else NO_TASK
        case TaskBusy():
            return "Neo is busy with something else."
        case _:
            return f"Neo's own words: {error.message}"


def budget_in_words(budget: TokenBudget) -> str:
    """Return how much of Neo was used, of how much, and when there is more."""
    used = _used(budget)
    if not budget.exhausted:
        return f"Neo's budget may be too small for this: {used or 'how much is left is not told'}."
    numbers = f" ({used})" if used else ""
    manager = "whoever manages your Pulumi organization"
    if not 0 < (budget.window_end or 0) < LATEST:
        return f"Neo's budget is used up{numbers}, and does not begin anew. Ask {manager} for more."
    end = datetime.fromtimestamp(budget.window_end or 0, UTC)
    return (
        f"Neo's budget is used up{numbers}. It begins anew on {end.day} {end:%B %Y, %H:%M} UTC: "
        f"ask again then, or ask {manager} for more."
    )


def _used(budget: TokenBudget) -> str:
    cents = _either(budget.effective_allowance_cents, budget.base_allowance_cents)
    if cents is not None and budget.consumed_cents is not None:
        return f"${budget.consumed_cents / 100:,.2f} of ${cents / 100:,.2f}"
    tokens = _either(budget.effective_allowance_tokens, budget.base_allowance_tokens)
    if tokens is not None and budget.consumed_tokens is not None:
        return f"{budget.consumed_tokens:,} of {tokens:,} tokens"
    return ""


def _either(effective: int | None, base: int | None) -> int | None:
    return base if effective is None else effective


async def budget_behind(neo: NeoClient, identity: Identity, error: NeoError) -> TokenBudget | None:
    """Return the budget that a refusal is about, or that is used up; None where it is not that."""
    if error.status not in _MAY_BE_BUDGET:
        return None
    try:
        async with asyncio.timeout(ASK_SECONDS):
            budget = await neo.token_budget(identity)
    except (NeoError, TimeoutError) as untold:
        log.info("budget_not_told", why=str(untold))
        return None
    if budget is None:
        return None
    # A 429 that is about the pace speaks of limits, too.
    is_about = _ABOUT_BUDGET.search(error.message) and not isinstance(error, NeoRateLimited)
    return budget if budget.exhausted or is_about else None


def refuses_entities(error: NeoError) -> bool:
    """Whether Neo refused what was to be added to the context: all of it, whichever it was."""
    return _is_bad_request(error) and "invalid entit" in error.message.casefold()


def refuses_source(error: NeoError) -> bool:
    """Whether Neo refused that a task says where it comes from."""
    return _is_bad_request(error) and _ABOUT_SOURCE.search(error.message) is not None


def _is_bad_request(error: NeoError) -> bool:
    return isinstance(error, NeoRejected) and error.status == HTTPStatus.BAD_REQUEST
