"""`auth.test`, `users.*`, `usergroups.*`, `bots.info` and `team.info`: who is who."""

from bot.sandbox.slack.methods.paging import page
from bot.sandbox.slack.shapes import user_shape
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused
from bot.sandbox.slack.workspace import Workspace


class Directory:
    """The people, bots and the team of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bot = workspace.bot

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "auth.test": self.auth_test,
            "users.info": self.users_info,
            "users.list": self.users_list,
            "usergroups.list": self.usergroups_list,
            "usergroups.users.list": self.usergroups_users_list,
            "bots.info": self.bots_info,
            "team.info": self.team_info,
        }

    def auth_test(self, _args: Args) -> JSON:
        """Return whose token this is."""
        return {
            "url": f"https://{self._bot.domain}.slack.com/",
            "team": self._bot.domain,
            "team_id": self._bot.team_id,
            "user": self._bot.name,
            "user_id": self._bot.user_id,
            "bot_id": self._bot.bot_id,
            "is_enterprise_install": False,
        }

    def users_info(self, args: Args) -> JSON:
        """Return one user."""
        user = self._workspace.user(args.require("user"))
        return {"user": user_shape(user, self._bot.team_id)}

    def users_list(self, args: Args) -> JSON:
        """Return everybody."""
        shown, following = page([*self._workspace.users.values()], args, default=100)
        return {"members": [user_shape(each, self._bot.team_id) for each in shown], **following}

    def usergroups_list(self, _args: Args) -> JSON:
        """Return every user group; without its members, as nobody asks for them here."""
        handles = self._workspace.group_handles
        groups = [
            {
                "id": group,
                "team_id": self._bot.team_id,
                "is_usergroup": True,
                "handle": handles[group],
            }
            | {"name": handles[group].title(), "user_count": len(members), "date_delete": 0}
            for group, members in self._workspace.groups.items()
        ]
        return {"usergroups": groups}

    def usergroups_users_list(self, args: Args) -> JSON:
        """Return who is in a user group, all on one page."""
        group = args.require("usergroup")
        if group not in self._workspace.groups:
            raise Refused("no_such_subteam")
        return {"users": self._workspace.groups[group]}

    def bots_info(self, args: Args) -> JSON:
        """Return our bot; there is no other."""
        if args.require("bot") != self._bot.bot_id:
            raise Refused("bot_not_found")
        bot = {
            "id": self._bot.bot_id,
            "app_id": self._bot.app_id,
            "user_id": self._bot.user_id,
            "name": self._bot.name,
            "deleted": False,
        }
        return {"bot": bot}

    def team_info(self, args: Args) -> JSON:
        """Return the team."""
        if args.text("team", self._bot.team_id) != self._bot.team_id:
            raise Refused("team_not_found")
        domain = self._bot.domain
        return {"team": {"id": self._bot.team_id, "name": domain.title(), "domain": domain}}
