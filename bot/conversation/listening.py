"""Whether Neo hears every reply in a thread, or only what mentions the bot. Pure."""

from bot.conversation.talk import Talk, ts_order
from bot.ids import Ts


def listening(talk: Talk, since: Ts, *, quiet: bool) -> Talk:
    """Return the talk that is `quiet`, or is not, from a moment on.

    What was said while the thread was quiet stays between people; what was said before that does
    not, even if it comes after.
    """
    if quiet == talk.quiet:
        return talk
    moment = "quiet_since" if quiet else "listens_since"
    return talk.model_copy(update={"quiet": quiet, moment: since})


def listened_at(talk: Talk, ts: Ts) -> bool:
    """Whether Neo heard every reply when this one was said, whatever became of it since."""
    was_quiet = talk.quiet and ts_order(ts) > ts_order(talk.quiet_since)
    return not was_quiet and ts_order(ts) > ts_order(talk.listens_since)
