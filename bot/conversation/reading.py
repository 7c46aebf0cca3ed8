"""What the edges find out about a message before anything is decided about it."""

from bot.conversation.freezing import readable
from bot.conversation.hear import Said
from bot.conversation.means import Means
from bot.slack import text
from bot.slack.inbound import Edited, Heard


async def as_said(means: Means, heard: Heard) -> Said:
    """Return a message readable, with whom it is said to; its files are not read yet."""
    return Said(
        heard=heard,
        text=await readable(means, heard.text),
        to_other=text.is_to_other(heard.text, bot=means.bot.bot_user_id),
        now=means.clock.now(),
    )


def as_heard(edited: Edited) -> Heard:
    """Return an edited message as if it had been said like that from the beginning."""
    return Heard(
        thread=edited.thread,
        user=edited.user,
        ts=edited.ts,
        text=edited.text,
        dm=edited.dm,
        mentions_bot=edited.mentions_bot,
        mentioned_at=edited.edited_ts,
        files=edited.files,
    )
