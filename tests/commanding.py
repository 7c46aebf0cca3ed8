"""Typing `/neo`, and what comes of it."""

from bot.sandbox.slack.model import Message
from bot.sandbox.slack.text import plain_text
from stage import ANN, INFRA, Stage
from support import wait_until


async def neo(stage: Stage, text: str = "", *, user: str = ANN, channel: str = INFRA) -> str:
    """Let somebody type `/neo`; return what they alone are shown, empty for nothing."""
    delivery = await stage.slack.command(user, channel, "/neo", text)
    await wait_until(lambda: delivery.acked_at, "an ack")
    if delivery.response is None:
        return ""
    assert delivery.response["response_type"] == "ephemeral"
    return str(delivery.response["text"])


def roots(stage: Stage, channel: str = INFRA) -> list[Message]:
    """Return the bot's messages at the top of a channel."""
    messages = stage.slack.messages(channel)
    ours = [m for m in messages if m.user == stage.slack.bot_user_id and not m.deleted]
    return [m for m in ours if m.thread_ts in (None, m.ts)]


async def root(stage: Stage, channel: str = INFRA) -> str:
    """Wait for the only root and return its `ts`."""
    await wait_until(lambda: len(roots(stage, channel)) == 1, "one root")
    return roots(stage, channel)[0].ts


def read_top(stage: Stage, channel: str = INFRA) -> list[str]:
    """Return what people read of the bot at the top of a channel."""
    return [plain_text(message) for message in roots(stage, channel)]
