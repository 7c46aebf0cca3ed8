"""The Slack sandbox: a local Slack that refuses what the real one refuses."""

from bot.sandbox.slack.model import Bot, Ephemeral, File, Message
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.text import buttons, plain_text

BOT_USER_ID = Bot("").user_id
"""The user id of the bot in every sandbox."""


def mention(text: str) -> str:
    """Return a text that mentions the bot."""
    return f"<@{BOT_USER_ID}> {text}"


__all__ = [
    "BOT_USER_ID",
    "Ephemeral",
    "File",
    "Message",
    "SlackSandbox",
    "buttons",
    "mention",
    "plain_text",
]
