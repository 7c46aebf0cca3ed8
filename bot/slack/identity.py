"""Who the bot is in its workspace."""

from pydantic import BaseModel, ConfigDict

from bot.ids import Installation, UserId


class BotIdentity(BaseModel):
    """The bot as Slack knows it: from `auth.test`, and `bots.info` for the app's id.

    `enterprise_id` is set in an Enterprise Grid. `installation` is the enterprise's id when the
    app is installed for the whole organisation, else the workspace's.
    """

    model_config = ConfigDict(frozen=True)

    team_id: str
    enterprise_id: str | None = None
    installation: Installation
    bot_user_id: UserId
    bot_id: str
    app_id: str
    name: str

    def is_author(self, user: str, bot_id: str) -> bool:
        """Tell whether a message by `user` or `bot_id` (either may be empty) is our own."""
        return user == self.bot_user_id or (bool(bot_id) and bot_id == self.bot_id)
