"""How the members of user groups are found out, live: people come and go while a card is open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import SlackError
from bot.ids import UserId
from bot.policy.rules import Rule
from bot.policy.votes import Groups


class GroupMembers(Protocol):
    """Knows who is in a user group; `bot.slack.reader.SlackReader` is one."""

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        """Return the members of a group, nobody where it is gone.

        `anew`: as they are now; else the answer may be some seconds old. Raises `SlackError`: then
        nobody is known to be in it, nor not to be.
        """
        ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """Knows of a group those of its members who may use the bridge: nobody else's word counts."""

    known: GroupMembers
    admits: Callable[[UserId], bool]

    async def group_members(self, group: str, *, anew: bool = False) -> frozenset[UserId]:
        """Return them as `GroupMembers` does. Raises `SlackError`."""
        return frozenset(filter(self.admits, await self.known.group_members(group, anew=anew)))


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in the user groups of a rule.

    `untold` are those that Slack says nothing of now, with its word for why.
    """

    groups: Groups
    untold: Mapping[str, str] = field(default_factory=dict[str, str])


async def members_for(rule: Rule, known: GroupMembers, *, anew: bool = False) -> Members:
    """Return who is in the user groups that a rule names; asks nothing where it names none."""
    groups: dict[str, frozenset[UserId]] = {}
    untold: dict[str, str] = {}
    for group in sorted(rule.groups):
        try:
            groups[group] = await known.group_members(group, anew=anew)
        except SlackError as error:
            # Nobody is guessed to be in it, from an older answer neither.
            untold[group] = error.code
    return Members(groups, untold)
