"""Who the bot is in its workspace."""

from pydantic import BaseModel, ConfigDict

from bot.ids import Installation, Ts, UserId


class BotIdentity(BaseModel):
    """The bot as Slack knows it: from `auth.test`, and `bots.info` for the app's id.

    `enterprise_id` is set in an Enterprise Grid. `installation` is the enterprise's id when the
    app is installed for the whole organisation, else the workspace's. `url` is where people open
    the workspace, with a slash at its end; empty where Slack did not say.
    """

    model_config = ConfigDict(frozen=True)

    team_id: str
    enterprise_id: str | None = None
    installation: Installation
    bot_user_id: UserId
    bot_id: str
    app_id: str
    name: str
    url: str = ""

    def is_author(self, user: str, bot_id: str) -> bool:
        """Tell whether a message by `user` or `bot_id` (either may be empty) is our own."""
        return user == self.bot_user_id or (bool(bot_id) and bot_id == self.bot_id)

    def is_foreign(self, home: str, *, shared: bool) -> bool:
        """Tell whether a person of workspace `home` (empty: not told) is of another organisation.

        In a Grid the sister workspaces are of the same organisation, and only a channel shared
        with another one has strangers in it; elsewhere any other workspace is foreign.
        """
        if not home or home in {self.team_id, self.enterprise_id}:
            return False
        return shared or self.enterprise_id is None

    def link_in(self, channel: str, root: Ts, ts: Ts) -> str:
        """Return the address of a message in a thread, empty where it is not known."""
        url = self.link_to(channel, ts)
        return f"{url}?thread_ts={root}&cid={channel}" if url else ""

    def link_to(self, channel: str, root: Ts) -> str:
        """Return the address of a thread, empty where the workspace's own is not known."""
        return f"{self.url}archives/{channel}/p{root.replace('.', '')}" if self.url else ""
