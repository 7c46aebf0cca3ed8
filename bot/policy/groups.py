"""How the members of user groups are found out, live: people come and go while a card is open."""

from typing import Protocol

from bot.ids import UserId
from bot.policy.rules import Rule


class GroupMembers(Protocol):
    """Knows who is in a user group; `bot.slack.reader.SlackReader` is one."""

    async def group_members(self, group: str) -> frozenset[UserId]:
        """Return the members of a group now, nobody where it is gone.

        Raises what the network raises: then nobody is known to be in it, nor not to be.
        """
        ...


async def members_for(rule: Rule, known: GroupMembers) -> dict[str, frozenset[UserId]]:
    """Return the members of every user group that a rule names, by the group's id.

    Asks nothing where it names none. Raises as `group_members` does.
    """
    return {group: await known.group_members(group) for group in sorted(rule.groups)}
