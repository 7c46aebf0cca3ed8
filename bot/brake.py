"""`/neo pause` and `/neo resume`: a named admin stops all approvals of the workspace at once."""

from datetime import UTC, datetime

import structlog

from bot.audit.record import AuditKind, Fact
from bot.ids import UserId
from bot.ownership.edges import Edges
from bot.slack.inbound import SlashCommand
from bot.slack.mrkdwn import Mrkdwn, joined, mention, mrkdwn
from bot.store.audit import Audit
from bot.store.pauses import Pause

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NOBODY = mrkdwn(
    "Nobody can: no admin is named. Whoever runs this bridge can name some: NEO_SLACK_ADMINS."
)
NOT_PAUSED = mrkdwn("Approvals are not paused.")
RESUMED = mrkdwn("▶️ Approvals are resumed. What waited can be approved again.")
PAUSED = mrkdwn(
    "⏸️ *All approvals are paused.* From now on nothing is approved here, whoever tries, until "
    "an admin types `/neo resume`. Deny and Stop still work. What a task's approval mode settles "
    "by itself, and what is approved in Pulumi Cloud, this does not hold up."
)


async def brake(edges: Edges, command: SlashCommand, *, on: bool) -> Mrkdwn:
    """Pause or resume for whoever may, and return what they are told.

    Raises `StoreUnavailable` when it could not be stored: then nothing is certain.
    """
    kind, user = AuditKind.PAUSED if on else AuditKind.RESUMED, command.user
    if user not in edges.admission.admins:
        refused = Fact(kind=kind, who=user, outcome="not_allowed")
        await Audit(edges.store, edges.bot.installation).append(refused, once=command.trigger_id)
        return _only(sorted(edges.admission.admins))
    fact = Fact(kind=kind, who=user, outcome="asked")
    said = await (_pause(edges, user, fact) if on else _resume(edges, fact))
    log.warning("approvals_braked", on=on, by=user)
    return said


async def _pause(edges: Edges, user: UserId, fact: Fact) -> Mrkdwn:
    standing, is_new = await edges.pauses.pause(user, fact)
    return PAUSED if is_new else mrkdwn("Approvals are paused already: {by}.", by=since(standing))


async def _resume(edges: Edges, fact: Fact) -> Mrkdwn:
    return RESUMED if await edges.pauses.resume(fact) else NOT_PAUSED


def since(pause: Pause) -> Mrkdwn:
    """Return who paused, and when."""
    at = datetime.fromtimestamp(pause.at, UTC)
    return mrkdwn("by {who} at {at}", who=mention(pause.by), at=f"{at:%H:%M} UTC, {at:%d %B}")


def _only(admins: list[str]) -> Mrkdwn:
    if not admins:
        return NOBODY
    who = joined(", ", (mention(UserId(user)) for user in admins))
    return mrkdwn("Only an admin can pause and resume approvals: {who}.", who=who)
