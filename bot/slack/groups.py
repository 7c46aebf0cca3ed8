"""Who is in a user group, as Slack says now."""

from collections.abc import Mapping

import structlog

from bot.clock import Clock
from bot.errors import SlackFeatureMissing, SlackGone, SlackRejected
from bot.ids import UserId
from bot.slack.identity import BotIdentity
from bot.slack.names import Names, Recent
from bot.slack.session import Call
from bot.slack.shape import as_objects, as_text, items, text

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MEMBERS_FRESH = 10.0
"""Seconds for which an answer is good enough to be shown; who decides is asked for anew."""

_GONE = "no_such_subteam"


class UserGroups:
    """The members of user groups. Needs the scope `usergroups:read`."""

    def __init__(self, call: Call, bot: BotIdentity, clock: Clock) -> None:
        self._call = call
        self._recent = Recent[frozenset[UserId]](clock, MEMBERS_FRESH)
        self._names = Names(clock)
        # With the token of a whole organisation, Slack has to be told in which workspace.
        org_wide = bot.installation != bot.team_id
        self._where: Mapping[str, object] = {"team_id": bot.team_id} if org_wide else {}

    async def members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        """Return the members of a group; nobody is in one that is switched off or gone.

        `anew`: as Slack says now. Raises `SlackError`: an old answer never stands in for one that
        Slack does not give.
        """
        known = None if anew else self._recent.get(group)
        if known is None:
            known = await self._ask(group)
            self._recent.put(group, known)
        return known

    async def handle(self, group: str) -> str:
        """Return the name by which a group is mentioned, or the id where Slack does not tell.

        Raises transient `SlackError`.
        """
        known = self._names.get(group)
        if known is None:
            known = (await self._handles()).get(group) or group
            self._names.put(group, known)
        return known

    async def _handles(self) -> dict[str, str]:
        try:
            answer = await self._call("usergroups.list", self._where)
        except (SlackRejected, SlackGone, SlackFeatureMissing) as error:
            log.info("group_names_not_told", code=error.code)
            return {}
        groups = as_objects(answer.get("usergroups"))
        return {text(group, "id"): text(group, "handle") for group in groups}

    async def _ask(self, group: str) -> frozenset[UserId]:
        try:
            answer = await self._call("usergroups.users.list", {"usergroup": group, **self._where})
        except SlackRejected as refused:
            if refused.code != _GONE:
                raise
            log.warning("user_group_gone", group=group, code=refused.code)
            return frozenset()
        return frozenset(UserId(user) for user in map(as_text, items(answer, "users")) if user)
